"""When somebody should look at a box. Pure: what is known of it in, what to raise and what is over out.

A box is judged by what arrives from it, never by whether it is there: one that says hello while its backlog waits and
nothing of it arrives needs somebody; one that is silent is switched off, like every box on a Tuesday afternoon, and
keeps the alarms it had. An alarm is over when what it was about goes on again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.domain.models import ClockTrust

_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000
#: a box says something every minute; one that was heard within this time is there
HEARD_MS = 3 * _MINUTE_MS
#: a box that is there so long, with a backlog of which nothing arrives, does not get through
STUCK_MS = 10 * _MINUTE_MS
#: a whole night, seconds
NIGHT_S = 6 * 3600
#: the room on a box's disk: too little below the first share, enough again above the second
DISK_LOW, DISK_FINE = 0.10, 0.12
#: a loss is shown for a day after the last one
_LOSS_FOR_MS = 24 * _HOUR_MS
#: a box whose key was taken back tries again every few minutes while it runs
_REVOKED_FOR_MS = 24 * _HOUR_MS
#: two boxes with one history meet whenever both run
_TWINS_FOR_MS = 7 * 24 * _HOUR_MS
_UNSET = frozenset({ClockTrust.NONE.value, ClockTrust.SAVED.value})


class Kind(StrEnum):
    """What an alarm is about; the names are stored. The first two are raised where batches are taken."""

    FORKED = "history_forked"
    TWO_HISTORIES = "two_histories"
    #: a box that was given up still tries
    REVOKED = "key_revoked"
    #: what a box sends can't be taken, and will not be when it comes again
    REFUSED = "batch_refused"
    #: it is there, much waits in it, and nothing arrives
    STUCK = "stuck"
    #: a whole night of which nobody knows when it was
    CLOCK = "clock_unknown"
    DISK = "disk_low"
    #: it gave up something for want of room
    DROPPED = "dropped"


_Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_Text = Annotated[str, msgspec.Meta(max_length=64)]


class Told(msgspec.Struct, frozen=True):
    """What a box last told of itself; what it did not tell is None."""

    backlog: _Number | None = None
    oldest_wait_s: _Number | None = None
    clock: _Text | None = None
    disk_free: _Number | None = None
    disk_total: _Number | None = None
    uptime_s: _Number | None = None
    dropped: _Number | None = None
    version: _Text | None = None

    @property
    def room(self) -> float | None:
        """The free share of the disk."""
        if self.disk_free is None or not self.disk_total:
            return None
        return self.disk_free / self.disk_total


@dataclass(frozen=True, slots=True)
class BoxNow:
    """A box as the cloud knows it. Times are milliseconds of Unix time by the cloud's clock."""

    box_id: str
    name: str
    version: str
    #: the history that it writes
    epoch: str | None
    claimed_ms: int
    released_ms: int | None
    last_seen_ms: int | None
    #: when it last brought something new
    last_progress_ms: int | None
    #: what it told, and when
    told: Told
    told_ms: int | None

    def is_heard(self, now_ms: int) -> bool:
        """Whether it is there."""
        return self.last_seen_ms is not None and now_ms - self.last_seen_ms <= HEARD_MS

    def tells(self, now_ms: int) -> bool:
        """Whether what it told is of now."""
        return self.told_ms is not None and now_ms - self.told_ms <= HEARD_MS


@dataclass(frozen=True, slots=True)
class Watched:
    """What is remembered of a box from one look to the next."""

    #: since when it is heard without a pause
    heard_since_ms: int | None = None
    #: what it had given up for want of room, and when that last grew
    dropped: int = 0
    dropped_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that somebody should look at."""

    kind: str
    #: such as the epoch of a history; empty where there is one at most
    subject: str
    raised_ms: int
    last_ms: int
    times: int = 1


def look(before: Watched, box: BoxNow, *, now_ms: int) -> Watched:
    """What is remembered after a look at the box."""
    now = before
    if not box.is_heard(now_ms):
        now = replace(now, heard_since_ms=None)
    elif now.heard_since_ms is None:
        now = replace(now, heard_since_ms=now_ms)
    dropped = box.told.dropped
    if dropped is not None and dropped != now.dropped:
        # Fewer than before: the box was set up anew, and counts from there.
        now = replace(now, dropped=dropped, dropped_ms=now_ms if dropped > now.dropped else now.dropped_ms)
    return now


def to_raise(box: BoxNow, watched: Watched, *, now_ms: int) -> list[Kind]:
    """What is wrong with the box at this moment, as far as it can be seen from what it tells."""
    if box.released_ms is not None:
        return []
    found = []
    if watched.dropped_ms is not None and now_ms - watched.dropped_ms <= _LOSS_FOR_MS:
        found.append(Kind.DROPPED)
    if not box.tells(now_ms):
        return found
    if _is_stuck(box, watched, now_ms=now_ms):
        found.append(Kind.STUCK)
    if box.told.clock in _UNSET and (box.told.uptime_s or 0) >= NIGHT_S:
        found.append(Kind.CLOCK)
    if box.told.room is not None and box.told.room < DISK_LOW:
        found.append(Kind.DISK)
    return found


def _is_stuck(box: BoxNow, watched: Watched, *, now_ms: int) -> bool:
    if not box.told.backlog or (box.told.oldest_wait_s or 0) * 1000 < STUCK_MS or watched.heard_since_ms is None:
        return False
    # One that comes back after a week has its ten minutes too.
    since_ms = max(watched.heard_since_ms, box.last_progress_ms or 0)
    return now_ms - since_ms >= STUCK_MS


def is_over(alarm: Alarm, box: BoxNow, watched: Watched, *, now_ms: int) -> bool:
    """Whether nobody needs to look at this any more. A box that is silent proves nothing."""
    progress_ms = box.last_progress_ms or 0
    claimed_anew = box.claimed_ms > alarm.last_ms
    if box.released_ms is not None and alarm.kind != Kind.REVOKED:
        return True
    told = box.told if box.tells(now_ms) else Told()
    match alarm.kind:
        case Kind.STUCK:
            return progress_ms > alarm.last_ms or told.backlog == 0
        case Kind.REFUSED:
            return progress_ms > alarm.last_ms
        case Kind.FORKED:
            return progress_ms > alarm.last_ms and box.epoch != alarm.subject
        case Kind.TWO_HISTORIES:
            return claimed_anew or now_ms - alarm.last_ms > _TWINS_FOR_MS
        case Kind.REVOKED:
            return claimed_anew or now_ms - alarm.last_ms > _REVOKED_FOR_MS
        case Kind.CLOCK:
            return told.clock is not None and told.clock not in _UNSET
        case Kind.DISK:
            return told.room is not None and told.room >= DISK_FINE
        case Kind.DROPPED:
            return watched.dropped_ms is None or now_ms - watched.dropped_ms > _LOSS_FOR_MS
    return False


def verdict(alarms: Sequence[Alarm], box: BoxNow, watched: Watched, *, now_ms: int) -> tuple[list[Kind], list[Alarm]]:
    """What is to be raised that is not yet, or said again, and which of `alarms` are over."""
    wrong = to_raise(box, watched, now_ms=now_ms)
    open_kinds = {alarm.kind for alarm in alarms}
    over = [alarm for alarm in alarms if alarm.kind not in wrong and is_over(alarm, box, watched, now_ms=now_ms)]
    return [kind for kind in wrong if kind not in open_kinds], over
