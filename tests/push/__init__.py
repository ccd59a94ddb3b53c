"""Web Push: sealed so that only the phone can read it, sent only where it may go, and never late."""
