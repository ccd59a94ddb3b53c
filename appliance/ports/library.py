"""What is asked of the store about the box's own tracks."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from appliance.domain.library import LibraryCounts, LibraryFile, LibraryTrack, Playable, Sounding


class LibraryTransaction(Protocol):
    """Files and their sound inside one write transaction. What changes is told after it (`LibraryChanged`)."""

    def library_track(self, track_id: str) -> LibraryTrack | None: ...
    def library_track_by_hash(self, file_hash: str) -> LibraryTrack | None:
        """The track that a file is whose content has this SHA-256, hexadecimal."""
        ...

    def put_library_track(self, track: LibraryTrack) -> None:
        """Keeps a track; in the place of what was known of it, if it was known. No other may have its file's hash."""
        ...

    def mark_library_tracks(self, *, after: str, limit: int) -> str | None:
        """Notes the marks of so many tracks behind `after`, by id, as `put_library_track` does; the last one's id.

        For tracks that were put by an earlier version; None when there are no more.
        """
        ...

    def library_file(self, path: bytes) -> LibraryFile | None: ...
    def put_library_file(self, file: LibraryFile) -> None:
        """Keeps a file; in the place of what was known of its path, if anything was."""
        ...

    def library_files_of_track(self, track_id: str) -> Sequence[LibraryFile]:
        """Where a track is or was, what is there first."""
        ...

    def library_root_gone(self, root: str) -> None:
        """A stick was pulled out: none of its files is there."""
        ...

    def drop_library_file(self, path: bytes) -> None:
        """Forgets a file; its sound stays known."""
        ...


class LibraryReader(Protocol):
    """Questions about the box's own tracks. Tracks are light but for the first:
    without fingerprint, shape and course."""

    async def library_track(self, track_id: str) -> LibraryTrack | None: ...
    async def library_track_by_hash(self, file_hash: str) -> LibraryTrack | None:
        """The track that a file is whose content has this SHA-256, hexadecimal."""
        ...

    async def library_search(self, words: Sequence[str], *, limit: int, after: int = 0) -> Sequence[LibraryTrack]:
        """Tracks in which each word is found, spelled as `bare` spells them; one of each recording, the one first in
        which the first word stands earliest. Without words, all of them by title. `after` are left out in front.
        """
        ...

    async def library_copies(self, groups: Sequence[str]) -> Mapping[str, int]:
        """How many tracks each of these recordings is."""
        ...

    async def library_here(self, groups: Sequence[str]) -> frozenset[str]:
        """Those of these recordings that some file here holds."""
        ...

    async def library_group(self, group: str) -> Sequence[LibraryTrack]:
        """Every track that is the same recording."""
        ...

    async def library_file(self, path: bytes) -> LibraryFile | None: ...
    async def library_files_of_track(self, track_id: str) -> Sequence[LibraryFile]:
        """Where a track is or was, what is there first."""
        ...

    async def library_files_of_root(self, root: str, *, after: bytes = b"", limit: int = 1000) -> Sequence[LibraryFile]:
        """Files ever seen in a folder or on a stick, by path: those behind `after`."""
        ...

    async def library_roots(self) -> Sequence[str]:
        """Folders and sticks in which some file is there as far as anybody knows."""
        ...

    async def library_has_size(self, size: int) -> bool:
        """Whether some file that was heard has exactly so many bytes."""
        ...

    async def library_faulty(self, *, limit: int, after: int = 0) -> Sequence[LibraryFile]:
        """Files that are there and can't be heard, by path."""
        ...

    async def library_marked(self, marks: Collection[int], *, least_ms: int, most_ms: int) -> Sequence[Sounding]:
        """What may be the same recording as a track with these marks that plays so long: the likeliest few."""
        ...

    async def library_playable_track(self, track_id: str) -> Playable | None:
        """Where a recording can be played from: its own file, or that of another copy. None when none is there."""
        ...

    async def library_counts(self) -> LibraryCounts:
        """How much there is."""
        ...
