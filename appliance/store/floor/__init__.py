"""How alive floors were, minute by minute."""
