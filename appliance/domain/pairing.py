"""Pairing codes: what staff read to a DJ so that the DJ's link and the box get to know each other, once.

`3-4711-0815`: the first digit names the code and is no secret, the other eight are. So few digits are enough because
nobody can try them out unheard: each guess is a conversation with the box, and three wrong ones end the code.
"""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from appliance.domain.models import Stamp
from appliance.errors import Invalid

GOOD_FOR_MS = 10 * 60 * 1000
TRIES = 3
#: codes at one time; each has its digit
SLOTS = range(1, 10)
#: how an invitation begins
SCHEME = "pika://"

_CODE = re.compile(r"(?P<slot>[1-9])(?P<secret>[0-9]{8})")


@dataclass(frozen=True, slots=True)
class Code:
    """A code as people type it."""

    #: which of the codes that wait
    slot: int
    #: eight digits
    secret: str

    def __str__(self) -> str:
        return f"{self.slot}-{self.secret[:4]}-{self.secret[4:]}"

    def __repr__(self) -> str:
        return f"Code({self.slot}-****-****)"


def read_code(text: str) -> Code:
    """The code as meant: spaces and hyphens aside.

    Raises: Invalid with the code `pairing_code_broken`.
    """
    found = _CODE.fullmatch(re.sub(r"[\s-]", "", text)) if text.isascii() else None
    if found is None:
        raise Invalid(
            "pairing_code_broken", "This is no pairing code.", advice="It has nine digits, such as 3-4711-0815."
        )
    return Code(int(found["slot"]), found["secret"])


@dataclass(frozen=True, slots=True)
class Waiting:
    """A code that was given out."""

    slot: int
    #: eight digits. Kept readable, because both sides must know it; it is worth nothing after ten minutes
    secret: str
    #: whom the token will be for
    dj_name: str
    boot: str
    #: until when it is good, boot time in milliseconds
    until_ms: int
    tries: int = TRIES

    def is_good(self, now: Stamp) -> bool:
        """Whether it may still be used: in the boot that it was made in, for its ten minutes."""
        return self.boot == now.boot and now.boot_ms < self.until_ms and self.tries > 0

    def __repr__(self) -> str:
        return f"Waiting({self.slot}-****-****, {self.tries} tries)"


def new(slot: int, *, dj_name: str, now: Stamp) -> Waiting:
    """A fresh code."""
    return Waiting(slot, f"{secrets.randbelow(10**8):08}", dj_name, now.boot, now.boot_ms + GOOD_FOR_MS)


def one_wrong(waiting: Waiting) -> Waiting:
    """The same code with a try less."""
    return replace(waiting, tries=waiting.tries - 1)


def invitation(code: Code, *, host: str, port: int, fingerprint: str) -> str:
    """Everything a link needs where it can't find the box by itself. `host` as in an address, IPv6 in brackets."""
    return f"{SCHEME}{host}:{port}/?code={code}&key={fingerprint}"


def to_text(codes: Sequence[Waiting]) -> str | None:
    """The codes as they are kept; None for none."""
    return json.dumps([asdict(code) for code in codes]) if codes else None


def from_text(text: str | None, now: Stamp) -> list[Waiting]:
    """Those of the kept codes that are good now."""
    kept = [Waiting(**fields) for fields in json.loads(text)] if text else []
    return [code for code in kept if code.is_good(now)]
