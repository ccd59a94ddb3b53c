"""Signed values for cookies: what the box wrote, it can recognise, and nobody else can write.

`<value>.<mac>` with HMAC-SHA256 cut to 128 bits (RFC 2104 section 5 allows half). Not encrypted: put no secret in.
"""

import hashlib
import hmac
import re

_MAC_BYTES = 16
_SIGNED = re.compile(r"(?P<value>[A-Za-z0-9:_-]{1,120})\.(?P<mac>[0-9a-f]{32})")


def _mac(value: str, *, key: bytes, purpose: str) -> str:
    message = f"{purpose}\0{value}".encode()
    return hmac.new(key, message, hashlib.sha256).digest()[:_MAC_BYTES].hex()


def sign(value: str, *, key: bytes, purpose: str) -> str:
    """The value with its signature. `purpose` keeps one kind of cookie from passing for another."""
    return f"{value}.{_mac(value, key=key, purpose=purpose)}"


def verify(signed: str, *, key: bytes, purpose: str) -> str | None:
    """The value, or None when it is not exactly what `sign` made with this key and purpose."""
    found = _SIGNED.fullmatch(signed)
    if found is None:
        return None
    value = found["value"]
    return value if hmac.compare_digest(found["mac"], _mac(value, key=key, purpose=purpose)) else None
