"""Who a phone is at an event: another guest at each, so that nobody can follow a phone from one to the next.

The phone's own id is in its cookie and nowhere else; what is stored and journaled are the ids made of it here. Without
an event's key none of them leads back to the phone, or to the same phone's id at another event.
"""

import hashlib
import hmac
import secrets

_HEX = 24


def new_phone() -> str:
    """A phone's own id: random, for its cookie only."""
    return secrets.token_hex(_HEX // 2)


def guest_at(phone: str, *, key: bytes) -> str:
    """The phone's guest id at the event with this guest key."""
    return hmac.new(key, f"guest\0{phone}".encode(), hashlib.sha256).hexdigest()[:_HEX]
