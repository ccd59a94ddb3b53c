"""An evening to start from: a clock that tests turn, ports over a store, and a few people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from appliance.domain.audit import STAFF
from appliance.domain.events import Happened, Journaled, LibraryChanged
from appliance.domain.models import ClockTrust, Dj, Stamp, TrackInfo
from appliance.ports import Ports, Reader, Store
from appliance.usecases import people, stages

NOON_MS = 1_800_000_000_000


@dataclass
class TurnedClock:
    """A clock that goes only when told."""

    boot: str = "boot-1"
    boot_ms: int = 60_000
    wall_ms: int = NOON_MS
    trust: ClockTrust = ClockTrust.SAVED

    def now(self) -> Stamp:
        return Stamp(boot=self.boot, boot_ms=self.boot_ms, wall_ms=self.wall_ms, trust=self.trust)

    def pass_s(self, seconds: float) -> None:
        """Time goes by."""
        self.boot_ms += int(seconds * 1000)
        self.wall_ms += int(seconds * 1000)

    def reboot(self, *, up_s: float = 5) -> None:
        """The plug was pulled and put back."""
        self.boot += "+"
        self.boot_ms = int(up_s * 1000)


@dataclass
class Told:
    """What left after commits, in order, one entry per commit."""

    #: what is told inside of the box alone is left out
    commits: list[Sequence[Journaled]] = field(default_factory=list)
    #: who follows along
    listeners: list[Callable[[Sequence[Happened]], None]] = field(default_factory=list)

    def __call__(self, events: Sequence[Happened]) -> None:
        if journaled := [event for event in events if not isinstance(event, LibraryChanged)]:
            self.commits.append(journaled)
        for listener in self.listeners:
            listener(events)

    def kinds(self) -> list[str]:
        return [event.kind for commit in self.commits for event in commit]


@dataclass
class Evening:
    """Everything a use case needs, with what it told."""

    ports: Ports
    clock: TurnedClock
    told: Told

    async def dj(self, name: str = "DJ Anna") -> Dj:
        """A DJ with a token."""
        return (await people.issue_token(self.ports, dj_name=name, verifier=plain_verifier, by=STAFF)).dj


def plain_verifier(secret: str) -> str:
    """Stands in for the broker's hash where no broker is involved."""
    return f"verifier-of-{len(secret)}"


def counting_ids() -> Callable[[], str]:
    """Ids that say the order they were made in."""
    made = 0

    def new_id() -> str:
        nonlocal made
        made += 1
        return f"id{made:018d}"

    return new_id


async def open_evening(store: Store, reader: Reader, told: Told) -> Evening:
    """An evening on a store, with its default stage."""
    clock = TurnedClock()

    async def nothing_to_refresh() -> None:
        return None

    ports = Ports(
        store=store, reader=reader, clock=clock, new_id=counting_ids(), refresh_credentials=nothing_to_refresh
    )
    await stages.open_doors(ports)
    return Evening(ports=ports, clock=clock, told=told)


def track(title: str = "So What", artist: str = "Miles Davis") -> TrackInfo:
    """A track."""
    return TrackInfo(artist=artist, title=title)
