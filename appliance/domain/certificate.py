"""What a certificate is good for now. Pure: who reads it and who checks its chain are elsewhere.

Encryption is an upgrade that may vanish (a box that was dark for a season holds an expired certificate), so every
state but two means: plain HTTP goes on, and nothing else is said.
"""

from dataclasses import dataclass
from enum import StrEnum


class CertificateState(StrEnum):
    """What staff are shown."""

    NONE = "none"
    VALID = "valid"
    #: valid, and ends within three weeks
    EXPIRING = "expiring"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    #: it is there and phones would not trust it: a wrong name, a wrong key, a chain that leads nowhere
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The box's certificate as it stands."""

    state: CertificateState
    #: the public name it is for; empty when there is none
    name: str = ""
    #: when it ends, milliseconds of UTC; None when there is none
    not_after_ms: int | None = None
    #: why it can't be used, in words for staff; empty when it can
    problem: str = ""
    #: whether encrypted pages are served with it now: it is valid and the clock can be trusted
    in_use: bool = False
