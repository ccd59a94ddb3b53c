"""Watching over boxes: what somebody should look at, what is on now, and the service in numbers. Knows no HTTP."""
