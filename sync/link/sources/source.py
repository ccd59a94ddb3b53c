"""What every source gives, and what it is given. See `shared` tests in tests/link for what each must hold.

Polled sources read files and answer at once; listening ones wait for somebody to tell them. Neither decides anything:
loaded is not heard, and which is which is the source's to say, not its reader's to guess.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from appliance.domain.origins import FactOrigin


class Confidence(StrEnum):
    """How sure it is that dancers hear it."""

    #: the program or its mixer says that it is audible
    HEARD = "heard"
    #: it was played for a while; what the program itself calls played
    PLAYED = "played"
    #: it is on a deck, and nobody knows more
    LOADED = "loaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One track in one deck of a DJ's program, as the program says it. Nothing is cleaned or guessed here."""

    #: the source's name, such as `virtualdj`
    source: str
    #: names this very play for good: two plays of one track have two; never made from artist and title alone
    native_id: str
    confidence: Confidence
    title: str
    #: empty when the program does not know it
    artist: str = ""
    remix: str = ""
    #: when it began, milliseconds of Unix time by the program's own stamp; None when it has none
    started_ms: int | None = None
    #: 1 is the first
    deck: int | None = None
    #: the file, as the program spells it; None for a stream or when unknown
    path: str | None = None
    #: what a streaming service calls it, such as `netsearch://dz123`
    stream_id: str | None = None
    #: beats a minute; None when unknown and never 0
    bpm: float | None = None
    #: as the program spells it, in any notation
    key: str | None = None
    #: whether the program says tempo and key of what plays now, or has them from its database
    bpm_origin: FactOrigin = FactOrigin.SOURCE
    key_origin: FactOrigin = FactOrigin.SOURCE
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll found."""

    #: every new sighting since the cursor, oldest first; a sighting may come again with more confidence or more known
    sightings: Sequence[Sighting]
    #: where to go on; kept in the same transaction as what the sightings led to
    cursor: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A place that was looked at, for `doctor`."""

    #: a path, a port, a setting
    place: str
    #: whether it is what was looked for
    found: bool
    #: in plain words: why it works or not, and what to do
    words: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What a look around found. A source that is not there is no fault."""

    #: whether it can be polled or listened to now
    usable: bool
    #: everything that was looked at, in that order
    tried: Sequence[Tried] = ()
    #: one line for the DJ where a program is here and can't be used, or only late; empty where there is nothing to do
    words: str = ""


class SourceTrouble(Exception):
    """The source is there and can't be read now; the words are one clear line for the DJ. Others go on."""


class PolledSource(Protocol):
    """A source that is asked about once a second, in a worker thread."""

    @property
    def name(self) -> str:
        """Stable, lower case; part of every play's identity."""
        ...

    def probe(self) -> Probe:
        """Looks whether the program is there and keeps what it found for `poll`. Never raises; takes well under 1 s."""
        ...

    def poll(self, cursor: str | None, *, now_ms: int) -> Polled:
        """Everything new since `cursor`.

        `None` is the first sight: then nothing old is told but the newest sighting, and that only if it began less
        than `FIRST_SIGHT_MS` before `now_ms` (milliseconds of Unix time). A cursor that the source can't read any
        more counts as None. Half-written entries are left for the next poll. Raises: SourceTrouble.
        """
        ...


class ListeningSource(Protocol):
    """A source that is told by somebody: a port that programs connect to, a bus."""

    @property
    def name(self) -> str: ...

    def probe(self) -> Probe:
        """As `PolledSource.probe`; here mostly whether the port is free."""
        ...

    async def listen(self, tell: Callable[[Sighting], None]) -> None:
        """Listens until cancelled. `tell` is called on the event loop. Raises: SourceTrouble."""
        ...


#: what reading a cursor may raise that is damaged or another version's; it counts as None then
CURSOR_FAULTS = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
#: how far back the newest sighting may lie at the first sight of a source: the DJ started the link late
FIRST_SIGHT_MS = 10 * 60 * 1000
