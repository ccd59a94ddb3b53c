"""Updates that can't brick a box: signed releases, installed beside the running one, tried, and taken back if bad.

Owns what is below `/opt/pika-box`. Fetches nothing from any network: a release comes as one file.
"""
