"""Which track a name means: measured on names that people wrote."""
