"""From a release file to a decision about it: every check, in order, before anything that runs is touched."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from appliance.errors import Refused, Unavailable
from appliance.store import handover
from appliance.update import staging, trial
from appliance.update.layout import Layout, acting_as_owner_of, version_key
from appliance.update.manifest import Manifest
from appliance.update.record import Phase, Record
from appliance.update.trial import Box

_FOLLOW_EVERY_S = 0.5
_FOLLOW_LONGER_S = 300.0


@contextlib.contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """One update at a time.

    Raises: Unavailable with the code `update_running` or `update_not_allowed`.
    """
    try:
        lock = os.open(layout.program / ".update.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(
            "update_not_allowed",
            f"{layout.program} can't be changed ({error.strerror}).",
            advice="Run this as root, on a box that ./box install made.",
        ) from error
    try:
        _take(lock)
        yield
    finally:
        os.close(lock)


def _take(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Unavailable(
            "update_running", "Another update is going on.", advice="Look: ./box update --status"
        ) from None


def running_version(layout: Layout) -> str:
    """What the box's service runs.

    Raises: Unavailable with the code `not_installed`.
    """
    found = layout.version_at(layout.current)
    if found is None:
        raise Unavailable(
            "not_installed",
            f"There is no installed release at {layout.current}, so there is nothing to update.",
            advice="Install the box first: ./box install",
        )
    return found


def check(box: Box, file: Path, *, allow_older: bool, force: bool) -> Manifest | None:
    """Looks a release file through as an update would; None when it is the version that runs.

    Raises: Refused, Unavailable, OSError.
    """
    with staging.opened(file, layout=box.layout) as (manifest, _):
        box.tell(f"the signature is good: version {manifest.version}")
        if not _is_wanted(box, manifest, allow_older=allow_older, force=force):
            return None
        staging.check_room(manifest, layout=box.layout)
        return manifest


def prepare(box: Box, file: Path, *, allow_older: bool, force: bool) -> Record | None:
    """Puts the release together beside the running one and in its place, unstarted; None when it runs already.

    Raises: Refused, Unavailable, with nothing changed that runs; OSError.
    """
    layout, running = box.layout, running_version(box.layout)
    with staging.opened(file, layout=layout) as (manifest, reader):
        box.tell(f"the signature is good: version {manifest.version}")
        if not _is_wanted(box, manifest, allow_older=allow_older, force=force):
            return None
        if layout.version_at(layout.confirmed) != running:
            layout.point(layout.confirmed, running)
        layout.keep_only({running})
        staging.check_room(manifest, layout=layout)
        staging.stage(manifest, reader, layout=layout, tell=box.tell)
    record, _ = box.record.load()
    box.record.save(Record(phase=Phase.STAGED, target=manifest.version, previous=running, bad=record.bad))
    trial.begin(box, target=manifest.version, previous=running)
    return box.record.load()[0]


def _is_wanted(box: Box, manifest: Manifest, *, allow_older: bool, force: bool) -> bool:
    running = running_version(box.layout)
    record, _ = box.record.load()
    wanted = manifest.version
    if version_key(wanted) == version_key(running):
        return False
    if version_key(wanted) < version_key(running) and not allow_older:
        raise Refused(
            "release_older",
            f"Version {wanted} is older than {running}, which runs.",
            advice="If that is meant, add --allow-older.",
        )
    if wanted in record.bad and not force:
        raise Refused(
            "release_known_bad",
            f"Version {wanted} was tried on this box and taken back: {record.bad[wanted]}.",
            advice="Ask its maker for a newer one; --force tries it once more.",
        )
    _check_data(box, manifest)
    staging.check_machine(manifest)
    return True


def _check_data(box: Box, manifest: Manifest) -> None:
    with acting_as_owner_of(box.layout.data):
        written = handover.written(box.database)
    if written is not None and not written.is_readable_by(manifest.schema):
        raise Refused(
            "data_too_new",
            f"Version {manifest.version} can't read what this box has stored: it knows schema {manifest.schema}, "
            f"and the database is at {written.schema}.",
            advice="Take a release that is newer.",
        )


def follow(box: Box, *, target: str) -> Record:
    """Waits for the decision of somebody else who watches.

    Raises: Unavailable with the code `update_undecided`.
    """
    deadline = time.monotonic() + box.patience.within_s + box.patience.steady_s + _FOLLOW_LONGER_S
    while time.monotonic() < deadline:
        record, _ = box.record.load()
        if record.target != target or record.phase not in {Phase.TRYING, Phase.ROLLING_BACK}:
            return record
        time.sleep(_FOLLOW_EVERY_S)
    raise Unavailable(
        "update_undecided", "Nobody has decided about the update yet.", advice="Start the box again: it decides then."
    )
