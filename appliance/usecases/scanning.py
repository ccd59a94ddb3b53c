"""Writing down what is found out about the box's own music."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from appliance.domain.analysis import ANALYSIS_VERSION, Analysis, FaultCode
from appliance.domain.library import Labels, LibraryFile, LibraryTrack, Sounding
from appliance.domain.looking import Changes, Found
from appliance.ports import Ports, Transaction

#: rows of one transaction: a stick with thousands of files holds no like up
_AT_ONCE = 200


async def note_changes(ports: Ports, changes: Changes) -> None:
    """Keeps what one look through a folder tells without listening. Raises: Unavailable."""
    for start in range(0, len(changes.kept), _AT_ONCE):
        await ports.store.write(partial(_put, rows=changes.kept[start : start + _AT_ONCE]))
    for start in range(0, len(changes.dropped), _AT_ONCE):
        await ports.store.write(partial(_drop, paths=changes.dropped[start : start + _AT_ONCE]))


def _put(tx: Transaction, *, rows: Sequence[LibraryFile]) -> None:
    for row in rows:
        tx.put_library_file(row)


def _drop(tx: Transaction, *, paths: Sequence[bytes]) -> None:
    for path in paths:
        tx.drop_library_file(path)


async def note_gone(ports: Ports, *, root: str) -> None:
    """A stick was pulled out, or a folder is no longer looked into. Raises: Unavailable."""
    await ports.store.write(lambda tx: tx.library_root_gone(root))


async def keep_fault(ports: Ports, found: Found, *, root: str, fault: FaultCode) -> None:
    """A file can't be heard. Raises: Unavailable."""
    row = LibraryFile(found.path, root, found.size, found.modified_ns, fault=fault, version=ANALYSIS_VERSION)
    await ports.store.write(lambda tx: tx.put_library_file(row))


async def keep_copy(ports: Ports, found: Found, *, root: str, file_hash: str) -> bool:
    """A file is byte for byte one that was heard, or was that one before it was moved; whether it is.

    Raises: Unavailable.
    """

    def job(tx: Transaction) -> bool:
        track = tx.library_track_by_hash(file_hash)
        if track is None or track.analysis.version != ANALYSIS_VERSION or tx.told_by(track.id) is not None:
            # What only a DJ's laptop says is not believed of a file that the box can hear itself.
            return False
        _put_file(tx, found, root=root, track_id=track.id)
        return True

    return await ports.store.write(job)


async def keep_heard(
    ports: Ports, found: Found, *, root: str, analysis: Analysis, labels: Labels, same: Sounding | None
) -> LibraryTrack:
    """A file was heard. `same` is another track that is the same recording. Raises: Unavailable."""

    def job(tx: Transaction) -> LibraryTrack:
        # Known by its content, or as what was at this place before its labels were changed: it keeps its id, and what
        # people said of it.
        track = tx.library_track_by_hash(analysis.file_hash) or _relabelled(tx, found.path, same)
        if track is None:
            track_id = ports.new_id()
            group = same.group if same else track_id
            track = LibraryTrack(track_id, group, labels, analysis, ports.clock.now())
        else:
            track = replace(track, labels=labels, analysis=analysis, heard=ports.clock.now())
        tx.put_library_track(track)
        tx.note_told(track.id, dj_id=None)
        _put_file(tx, found, root=root, track_id=track.id)
        return track

    return await ports.store.write(job)


def _relabelled(tx: Transaction, path: bytes, same: Sounding | None) -> LibraryTrack | None:
    """The track that a file was before somebody changed its labels: the same recording, and nowhere else."""
    file = tx.library_file(path)
    if file is None or file.track_id is None or same is None:
        return None
    track = tx.library_track(file.track_id)
    others = [one for one in tx.library_files_of_track(file.track_id) if one.path != path]
    return track if track is not None and track.group == same.group and not others else None


def _put_file(tx: Transaction, found: Found, *, root: str, track_id: str) -> None:
    for other in tx.library_files_of_track(track_id):
        # It was moved within its place: nothing is missing there.
        if other.is_gone and other.root == root and other.path != found.path:
            tx.drop_library_file(other.path)
    row = LibraryFile(found.path, root, found.size, found.modified_ns, track_id=track_id, version=ANALYSIS_VERSION)
    tx.put_library_file(row)
