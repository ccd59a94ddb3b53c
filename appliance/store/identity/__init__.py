"""Which known track a play was, and what DJs say of that."""
