"""What the box must do, from the smallest rule to a real browser."""
