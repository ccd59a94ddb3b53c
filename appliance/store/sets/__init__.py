"""Sets in the store: sessions, plays and their tracks, likes, and how far links' histories are durable here."""
