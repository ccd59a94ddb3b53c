"""What the hall is told, as it is stored."""
