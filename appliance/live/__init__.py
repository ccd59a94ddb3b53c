"""What phones see at once: each message is encoded once and written to every open stream."""
