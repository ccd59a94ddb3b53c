"""What the carrier must remember: which history it tells, and how far the cloud has proven to hold it."""
