"""The box's own music: found, listened to, kept known."""
