"""The conversation by which a link and a box that share a short code find out that nobody stands between them.

SPAKE2 (spake2 only here; RFC 9382's idea, the library's own encoding) gives both the same key only if both know the
code, and lets whoever is in between test one code for each conversation. Both then prove the key over everything that
was said and over the key that the box's certificate shows, as each side sees it. Shared by both sides; pure but for
the system's randomness. Nothing of it is kept.
"""

import hashlib
import hmac
from dataclasses import dataclass

from spake2 import SPAKE2_A, SPAKE2_B, SPAKEError
from spake2.ed25519_basic import NotOnCurve

from appliance.domain.pairing import Code
from appliance.errors import Invalid

#: a message: one byte for the side, 32 for the point
MESSAGE_BYTES = 33
_LINK, _BOX = b"pika link 1", b"pika box 1"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the conversation is about."""

    box_id: str
    #: SHA-256 of the box's public key: the box's own, or as the link's connection shows it; 64 hexadecimal digits
    fingerprint: str


@dataclass(frozen=True, slots=True, repr=False)
class Proofs:
    """What both can show when they share a key; each is 64 hexadecimal digits."""

    #: by the link, first: whoever guesses must show the guess to the box
    link: str
    #: by the box, as the answer
    box: str
    #: by the link, for the token, once and over the trusted connection only
    claim: str


def _broken() -> Invalid:
    return Invalid("pairing_broken", "This is not how a pairing goes.", advice="Begin again.")


class Side:
    """One side of one conversation. Good for one `finish`."""

    def __init__(self, code: Code, *, is_box: bool) -> None:
        kind = SPAKE2_B if is_box else SPAKE2_A
        self._code, self._is_box = code, is_box
        self._exchange = kind(str(code).encode(), idA=_LINK, idB=_BOX)
        #: what the other side gets
        self.message: bytes = self._exchange.start()

    def finish(self, other: bytes, *, subject: Subject) -> Proofs:
        """What both can show, if the other side knows the code and sees the same subject.

        Raises: Invalid with the code `pairing_broken`, for a message that can't be one.
        """
        if len(other) != MESSAGE_BYTES:
            raise _broken()
        try:
            key: bytes = self._exchange.finish(other)
        except (SPAKEError, ValueError, NotOnCurve, AssertionError) as error:
            raise _broken() from error
        said = (other, self.message) if self._is_box else (self.message, other)
        parts = [str(self._code.slot).encode(), *said, subject.box_id.encode(), subject.fingerprint.encode()]
        # With their lengths, so that nothing can be moved from one part to the next.
        transcript = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return Proofs(*(_proof(key, name, transcript) for name in (b"link", b"box", b"claim")))


def _proof(key: bytes, name: bytes, transcript: bytes) -> str:
    return hmac.new(key, b"pika pairing 1 " + name + b"\0" + transcript, hashlib.sha256).hexdigest()


def is_same(shown: str, wanted: str) -> bool:
    """Whether a proof is the one wanted; how long that takes says nothing."""
    return hmac.compare_digest(shown.encode(), wanted.encode())
