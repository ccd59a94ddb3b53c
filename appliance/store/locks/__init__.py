"""Sets behind a PIN."""
