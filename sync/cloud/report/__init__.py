"""What an organiser gets of a night: the report page, its plots, tables to take away, and links to share."""
