"""The box's own tracks, and what is known of their sound."""
