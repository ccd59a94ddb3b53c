"""The plan of an event: slots, what is on now and next by it, and how a set comes to its end."""
