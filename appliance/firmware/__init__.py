"""The operating system's side of the box: its files, rendered from the settings, checked, installed and removed.

Owns the files for the radio, DHCP and DNS, the firewall, the clock, the journal and systemd. What the box's own
programs need is written by `supervision` at each start and is not here.
"""
