"""What a transaction on SQLite does with the library: `ports.LibraryTransaction`."""

from collections.abc import Sequence

from appliance.domain.events import Happened, LibraryChanged
from appliance.domain.library import LibraryFile, LibraryTrack
from appliance.domain.recordings import marks
from appliance.store.library import rows
from appliance.store.running import Running


class LibraryWriting(Running):
    """Lives on the writer's thread."""

    #: what is told after the commit
    happened: list[Happened]

    def library_track(self, track_id: str) -> LibraryTrack | None:
        row = self._one("library_track", {"id": track_id})
        return rows.track(row, is_whole=True) if row else None

    def library_track_by_hash(self, file_hash: str) -> LibraryTrack | None:
        row = self._one("library_track_by_hash", {"file_hash": file_hash})
        return rows.track(row, is_whole=True) if row else None

    def put_library_track(self, track: LibraryTrack) -> None:
        before = self._one("library_fingerprint", {"id": track.id})
        self._run("put_library_track", rows.track_parameters(track))
        was, now = before["fingerprint"] if before else None, track.analysis.fingerprint
        if was != now:
            self._mark("drop_library_mark", track.id, was)
            self._mark("put_library_mark", track.id, now)
        self._changed(track.id)

    def mark_library_tracks(self, *, after: str, limit: int) -> str | None:
        found = self._run("library_fingerprints", {"after": after, "limit": limit}).fetchall()
        for row in found:
            self._mark("put_library_mark", row["id"], row["fingerprint"])
        return found[-1]["id"] if found else None

    def _mark(self, statement: str, track_id: str, fingerprint: bytes | None) -> None:
        for mark in marks(fingerprint or b""):
            self._run(statement, {"mark": mark, "track_id": track_id})

    def library_file(self, path: bytes) -> LibraryFile | None:
        row = self._one("library_file", {"path": path})
        return rows.file(row) if row else None

    def put_library_file(self, file: LibraryFile) -> None:
        before = self.library_file(file.path)
        self._run("put_library_file", rows.file_parameters(file))
        self._changed(file.track_id, before.track_id if before else None)

    def library_files_of_track(self, track_id: str) -> Sequence[LibraryFile]:
        return [rows.file(row) for row in self._run("library_files_of_track", {"track_id": track_id})]

    def library_root_gone(self, root: str) -> None:
        there = [row["track_id"] for row in self._run("library_tracks_of_root", {"root": root})]
        self._run("library_root_gone", {"root": root})
        self._changed(*there)

    def drop_library_file(self, path: bytes) -> None:
        before = self.library_file(path)
        self._run("drop_library_file", {"path": path})
        self._changed(before.track_id if before else None)

    def _changed(self, *track_ids: str | None) -> None:
        if known := frozenset(filter(None, track_ids)):
            self.happened.append(LibraryChanged(known))
