"""What a transaction on SQLite does with the library: `ports.LibraryTransaction`."""

from collections.abc import Sequence

from appliance.domain.library import LibraryFile, LibraryTrack
from appliance.store.library import rows
from appliance.store.running import Running


class LibraryWriting(Running):
    """Lives on the writer's thread."""

    def library_track(self, track_id: str) -> LibraryTrack | None:
        row = self._one("library_track", {"id": track_id})
        return rows.track(row, is_whole=True) if row else None

    def library_track_by_hash(self, file_hash: str) -> LibraryTrack | None:
        row = self._one("library_track_by_hash", {"file_hash": file_hash})
        return rows.track(row, is_whole=True) if row else None

    def put_library_track(self, track: LibraryTrack) -> None:
        self._run("put_library_track", rows.track_parameters(track))

    def library_file(self, path: bytes) -> LibraryFile | None:
        row = self._one("library_file", {"path": path})
        return rows.file(row) if row else None

    def put_library_file(self, file: LibraryFile) -> None:
        self._run("put_library_file", rows.file_parameters(file))

    def library_files_of_track(self, track_id: str) -> Sequence[LibraryFile]:
        return [rows.file(row) for row in self._run("library_files_of_track", {"track_id": track_id})]

    def library_root_gone(self, root: str) -> None:
        self._run("library_root_gone", {"root": root})

    def drop_library_file(self, path: bytes) -> None:
        self._run("drop_library_file", {"path": path})
