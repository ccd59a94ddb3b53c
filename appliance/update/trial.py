"""A new release on trial: put in place, watched, then kept or taken back. Also the decision at each boot.

Every step is on the disk before the next one begins, and each can be done again: after a pulled plug at any of them,
`current` leads to a complete release and `at_boot` knows how to go on.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from appliance.clock import Clock
from appliance.errors import Unavailable
from appliance.notices import Notices
from appliance.store import handover
from appliance.store.backup import copy_database
from appliance.store.migrate import steps
from appliance.supervision import starts
from appliance.update import health
from appliance.update.layout import Layout, acting_as_owner_of
from appliance.update.record import Phase, Record, RecordFile
from appliance.update.service import Service

log = logging.getLogger(__name__)

#: boots that may begin while a release is on trial: one pulled plug is not its fault, more may be
BOOTS_MOST = 2
#: of its starts that may come to nothing; one more, and the box would go into safe mode with it
STARTS_MOST = 2
_EVERYTHING = "Everything that was stored is there."


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a new release has."""

    #: seconds from its start until it must have been well for long enough
    within_s: float = 120.0
    #: seconds without any fault that are long enough
    steady_s: float = 20.0
    #: seconds between two looks
    every_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Box:
    """The box that is updated."""

    layout: Layout
    database: Path
    #: where its pages are
    host: str
    port: int
    service: Service
    record: RecordFile
    notices: Notices
    clock: Clock
    patience: Patience
    #: progress, for whoever watches
    tell: Callable[[str], None]

    def notice(self, code: str, words: str) -> None:
        """Tells staff."""
        with acting_as_owner_of(self.layout.data):
            self.notices.add(code, words)


def begin(box: Box, *, target: str, previous: str) -> None:
    """Puts a complete release in place; it is not started yet.

    Raises: Unavailable with the code `backup_failed`, with nothing changed; OSError.
    """
    layout = box.layout
    if box.database.is_file():
        box.tell("copying the database aside")
        with acting_as_owner_of(layout.data):
            copy_database(box.database, layout.database_copy)
    whole: tuple[str, ...] = ()
    try:
        whole = tuple(sorted(health.look(box.host, box.port).whole))
    except (OSError, ValueError) as error:
        log.info("The box does not serve before the update: %s", error)
    record, _ = box.record.load()
    stamp = box.clock.now()
    box.record.save(
        Record(
            phase=Phase.TRYING,
            target=target,
            previous=previous,
            boot=stamp.boot,
            deadline_ms=_deadline(box, stamp.boot_ms),
            whole_before=whole,
            bad=record.bad,
        )
    )
    layout.point(layout.current, target)


def _deadline(box: Box, boot_ms: int) -> int:
    return boot_ms + int(box.patience.within_s * 1000)


def judge(box: Box) -> Record:
    """Decides about a release that is on trial, or goes on with the way back; how it ended.

    Raises: Unavailable with the code `service_failed` when the release before can't be started; OSError.
    """
    record, _ = box.record.load()
    if record.phase is Phase.ROLLING_BACK:
        return roll_back(box, record, why=record.why)
    if record.phase is not Phase.TRYING:
        return record
    layout = box.layout
    if layout.version_at(layout.confirmed) == record.target:
        return confirm(box, record)
    if layout.version_at(layout.current) != record.target:
        return _interrupted(box, record)
    if record.boots == 0 or _another_answers(box, record):
        box.tell(f"starting version {record.target}")
        try:
            _start(box)
        except Unavailable as error:
            return roll_back(box, record, why=str(error))
    wrong = _watched(box, record)
    return roll_back(box, record, why=wrong) if wrong else confirm(box, record)


def _another_answers(box: Box, record: Record) -> bool:
    try:
        return health.look(box.host, box.port).version != record.target
    except (OSError, ValueError):
        return False


def _watched(box: Box, record: Record) -> str:
    """Watches the new release until it was well for long enough; what is wrong with it, or empty."""
    now = box.clock.now()
    deadline = record.deadline_ms if record.boot == now.boot else _deadline(box, now.boot_ms)
    box.tell(f"watching it for {box.patience.steady_s:.0f} seconds without a fault")
    well_since: int | None = None
    last = "it was not well for long enough"
    while True:
        wrong = health.problem(box.host, box.port, version=record.target, whole_before=frozenset(record.whole_before))
        boot_ms = box.clock.now().boot_ms
        if wrong:
            well_since, last = None, wrong
        else:
            well_since = boot_ms if well_since is None else well_since
            if boot_ms - well_since >= box.patience.steady_s * 1000:
                return ""
        failed = starts.unhealthy(box.layout.data, now=box.clock.now())
        if len(failed) >= STARTS_MOST:
            return f"it failed to start {len(failed)} times: {failed[-1].words or last}"
        if boot_ms >= deadline:
            return last
        time.sleep(box.patience.every_s)


def confirm(box: Box, record: Record) -> Record:
    """The new release stays. Raises: OSError."""
    layout = box.layout
    layout.point(layout.confirmed, record.target)
    bad = {version: why for version, why in record.bad.items() if version != record.target}
    kept = msgspec.structs.replace(record, phase=Phase.CONFIRMED, bad=bad)
    with acting_as_owner_of(layout.data):
        box.notices.dismiss("update_rolled_back")
    box.notice("update", f"The box was updated from version {record.previous} to {record.target}. It runs well.")
    box.record.save(kept)
    layout.keep_only({record.target, record.previous})
    # Guests' data is not kept twice for longer than it may be needed.
    layout.database_copy.unlink(missing_ok=True)
    return kept


def roll_back(box: Box, record: Record, *, why: str, runs: bool = True) -> Record:
    """Back to the release before, data included. `runs` is whether the box's service may be running.

    Raises: Unavailable with the code `service_failed`; OSError.
    """
    box.tell(f"taking version {record.target} back: {why}")
    going = msgspec.structs.replace(record, phase=Phase.ROLLING_BACK, why=why)
    box.record.save(going)
    if runs:
        try:
            box.service.stop()
        except Unavailable as error:
            log.warning("%s", error)
    previous = _way_back(box.layout, record)
    going = _data_back(box, going, previous=previous)
    box.layout.point(box.layout.current, previous)
    bad = {**record.bad, record.target: why}
    back = msgspec.structs.replace(going, phase=Phase.ROLLED_BACK, previous=previous, bad=bad)
    # Told before it is done with: told twice is better than never.
    box.notice("update_rolled_back", _told(back))
    # A start that fails is tried again with all of this, and at the latest by the next boot.
    if runs:
        _start(box)
    else:
        _make_ready(box)
    box.record.save(back)
    if back.lost == _EVERYTHING:
        box.layout.database_copy.unlink(missing_ok=True)
    return back


def _told(record: Record) -> str:
    bad = f"Version {record.target} did not run well ({record.why})"
    if record.previous == record.target:
        return f"{bad}, and there is no other version on this box to go back to. Install another one."
    back = f"so the box went back to version {record.previous} by itself."
    return f"{bad}, {back} {record.lost} It is not tried again; ask its maker for a newer one."


def _start(box: Box) -> None:
    _make_ready(box)
    box.service.restart()


def _make_ready(box: Box) -> None:
    box.service.refresh()
    # Else the release that is started now would pay for the starts that the other one failed.
    with acting_as_owner_of(box.layout.data):
        starts.forget(box.layout.data)


def _way_back(layout: Layout, record: Record) -> str:
    """The version to go back to: the one before, or else any other that is complete, or else the one there is."""
    others = [version for version in layout.complete() if version != record.target]
    for version in (record.previous, layout.version_at(layout.confirmed), *reversed(others)):
        if version and version != record.target and layout.is_complete(version):
            return version
    return record.target


def _data_back(box: Box, record: Record, *, previous: str) -> Record:
    """Sees that the older release can read what the newer one wrote; the record, with what that cost."""
    database, copy = box.database, box.layout.database_copy
    known = steps(box.layout.release(previous) / "appliance/store/migrations")
    with acting_as_owner_of(box.layout.data):
        try:
            now, then = handover.written(database), handover.written(copy)
        except Unavailable as error:
            # A damaged database is the box's own business, at its start.
            log.warning("%s", error)
            return record
        if now is None or now.is_readable_by(max(known, default=0)):
            return msgspec.structs.replace(record, lost=record.lost or _EVERYTHING)
        if then is None:
            lost = f"Its database can't be read by version {previous} and there is no copy of it from before."
            return msgspec.structs.replace(record, lost=lost)
    aside = box.layout.database_aside
    lost = (
        f"What the box stored since the update began is not shown any more ({_missing(now, then)}), because version "
        f"{previous} can't read it; it is kept in {aside.name}."
    )
    # Said before it is done: if the plug is pulled after it, nobody could tell any more.
    going = msgspec.structs.replace(record, lost=lost)
    box.record.save(going)
    try:
        with acting_as_owner_of(box.layout.data):
            handover.put_back(copy, database=database, aside=aside, at=box.clock.now())
    except Unavailable as error:
        # The older version then says itself what is wrong; the new one would not run either.
        return msgspec.structs.replace(going, lost=str(error))
    return going


def _missing(now: handover.Written, then: handover.Written) -> str:
    if now.entries is None or then.entries is None:
        return "how much that is can't be told"
    return f"{now.entries - then.entries} entries of its journal"


def at_boot(box: Box) -> Record:
    """What a box that starts must do before its service: nothing, or go on with an update that was interrupted.

    Raises: OSError.
    """
    record, is_readable = box.record.load()
    layout, stamp = box.layout, box.clock.now()
    match record.phase:
        case Phase.TRYING if record.boot != stamp.boot:
            record = _still_trying(box, record)
        case Phase.ROLLING_BACK:
            record = roll_back(box, record, why=record.why, runs=False)
        case Phase.STAGED:
            record = _interrupted(box, record)
    confirmed, running = layout.version_at(layout.confirmed), layout.version_at(layout.current)
    if running is None or (not is_readable and confirmed):
        # No way to know what was tried: the last one that is known to be well, or else the newest that is whole.
        wanted = confirmed or next(reversed(layout.complete()), None)
        if wanted is not None and wanted != running:
            layout.point(layout.current, wanted)
            box.notice("update_mended", f"It was not clear which version to start, so the box started {wanted}.")
    return record


def _still_trying(box: Box, record: Record) -> Record:
    layout, stamp = box.layout, box.clock.now()
    if layout.version_at(layout.confirmed) == record.target:
        return confirm(box, record)
    if layout.version_at(layout.current) != record.target:
        return _interrupted(box, record)
    if record.boots >= BOOTS_MOST:
        why = f"the box started {record.boots + 1} times and it never ran well for long enough"
        return roll_back(box, record, why=why, runs=False)
    box.service.refresh()
    deadline = _deadline(box, stamp.boot_ms)
    again = msgspec.structs.replace(record, boots=record.boots + 1, boot=stamp.boot, deadline_ms=deadline)
    box.record.save(again)
    return again


def _interrupted(box: Box, record: Record) -> Record:
    """The plug was pulled before the new release was in place."""
    idle = Record(bad=record.bad)
    box.record.save(idle)
    box.notice(
        "update",
        f"The update to version {record.target} was interrupted before it began. Nothing was changed; start it again.",
    )
    return idle
