"""Sets behind a PIN: who is inside, and how guessing is slowed without keeping the hall out. Pure.

A lock is what a PIN opens. Dancers without it learn that somebody plays and not what; the right PIN makes a phone an
insider of that lock. A set that is handed over keeps the lock, so the party stays among itself.

Six digits are a million PINs. Each phone has a few wrong tries for itself, then waits that double. A guesser could take
another phone for each try, so phones that nobody has seen here before share one more count. Whoever has been in the
hall for some minutes does not: however many strangers guess, they are let in at their first right try.
"""

import hashlib
import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from appliance.errors import Invalid

DIGITS = 6
_PIN = re.compile(r"[0-9]{6}")
#: what a stranger's wrong try counts against, beside their own
STRANGERS = ""

#: the locks that a phone has opened. Whoever asks without saying so is outside of all of them
Inside = Collection[str]
OUTSIDE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Patience:
    """How many wrong tries are free, and how the waits grow after that."""

    free: int
    first_ms: int
    longest_ms: int


#: one phone's
OWN = Patience(free=5, first_ms=30_000, longest_ms=3_600_000)
#: all strangers' together: about 700 tries in a night, of a million
SHARED = Patience(free=200, first_ms=1_000, longest_ms=60_000)


@dataclass(frozen=True, slots=True)
class Lock:
    """What a PIN opens. The PIN itself is nowhere."""

    #: short random id; another PIN is another lock
    id: str
    #: keyed digest of the PIN
    digest: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong tries so far."""

    failures: int = 0
    #: when the last one was, milliseconds of up-time over all boots
    last_up_ms: int = 0

    def wait_ms(self, patience: Patience, *, up_ms: int) -> int:
        """How long until the next try counts; 0 for at once."""
        over = self.failures - patience.free
        if over < 0:
            return 0
        wait = min(patience.longest_ms, patience.first_ms << min(over, 32))
        return max(0, self.last_up_ms + wait - up_ms)

    def failed(self, *, up_ms: int) -> "Tries":
        """With one more."""
        return Tries(self.failures + 1, up_ms)


def may_see(lock: str | None, inside: Inside) -> bool:
    """Whether a phone may see what is played behind a lock, or behind none."""
    return lock is None or lock in inside


def checked_pin(text: str) -> str:
    """Six digits from 0 to 9.

    Raises: Invalid with the code `pin_invalid`.
    """
    pin = text.strip()
    if not _PIN.fullmatch(pin):
        raise Invalid("pin_invalid", "A PIN has six digits from 0 to 9.", advice="Type it as you were told it.")
    return pin


def digest(pin: str, *, lock_id: str, key: bytes) -> str:
    """What is kept of a PIN. Without the box's key a million guesses would find it at once."""
    return hmac.new(key, f"pin\0{lock_id}\0{pin}".encode(), hashlib.sha256).hexdigest()


def opens(lock: Lock, pin: str, *, key: bytes) -> bool:
    """Whether it is the right PIN; how long that takes says nothing."""
    return hmac.compare_digest(lock.digest, digest(pin, lock_id=lock.id, key=key))
