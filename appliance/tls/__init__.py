"""Encryption: what a certificate is worth, and the door that stands open for as long as it is worth something."""
