"""`./box demo`: a fictional evening, driven through the box's own doors. Only the command `demo` imports this."""
