"""The twin's part for the library."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from appliance.domain import recordings
from appliance.domain.events import Happened, LibraryChanged
from appliance.domain.library import WORDS_MOST, LibraryCounts, LibraryFile, LibraryTrack, Playable, Sounding


@dataclass
class LibraryTables:
    """Rows are frozen, so a shallow copy saves them."""

    library_tracks: dict[str, LibraryTrack] = field(default_factory=dict)
    library_files: dict[bytes, LibraryFile] = field(default_factory=dict)


class MemoryLibraryTransaction:
    """`ports.LibraryTransaction` on dictionaries."""

    _t: LibraryTables
    happened: list[Happened]

    def library_track(self, track_id: str) -> LibraryTrack | None:
        return self._t.library_tracks.get(track_id)

    def library_track_by_hash(self, file_hash: str) -> LibraryTrack | None:
        return _by_hash(self._t, file_hash)

    def put_library_track(self, track: LibraryTrack) -> None:
        self._t.library_tracks[track.id] = track
        self._changed(track.id)

    def mark_library_tracks(self, *, after: str, limit: int) -> str | None:
        # Found by their fingerprints: nothing has to be noted.
        return max(sorted(one for one in self._t.library_tracks if one > after)[:limit], default=None)

    def library_file(self, path: bytes) -> LibraryFile | None:
        return self._t.library_files.get(path)

    def put_library_file(self, file: LibraryFile) -> None:
        before = self._t.library_files.get(file.path)
        self._t.library_files[file.path] = file
        self._changed(file.track_id, before.track_id if before else None)

    def library_files_of_track(self, track_id: str) -> Sequence[LibraryFile]:
        return _files_of(self._t, track_id)

    def library_root_gone(self, root: str) -> None:
        there = {path: file for path, file in self._t.library_files.items() if file.root == root and not file.is_gone}
        self._t.library_files |= {path: replace(file, is_gone=True) for path, file in there.items()}
        self._changed(*{file.track_id for file in there.values()})

    def drop_library_file(self, path: bytes) -> None:
        before = self._t.library_files.pop(path, None)
        self._changed(before.track_id if before else None)

    def _changed(self, *track_ids: str | None) -> None:
        if known := frozenset(filter(None, track_ids)):
            self.happened.append(LibraryChanged(known))


class MemoryLibraryReader:
    """`ports.LibraryReader` on dictionaries."""

    _tables: LibraryTables

    async def library_track(self, track_id: str) -> LibraryTrack | None:
        return self._tables.library_tracks.get(track_id)

    async def library_track_by_hash(self, file_hash: str) -> LibraryTrack | None:
        found = _by_hash(self._tables, file_hash)
        return _light(found) if found else None

    async def library_search(self, words: Sequence[str], *, limit: int, after: int = 0) -> Sequence[LibraryTrack]:
        wanted = [*words[:WORDS_MOST], ""]
        found: dict[str, LibraryTrack] = {}
        for track in sorted(self._tables.library_tracks.values(), key=lambda one: (one.id != one.group, one.id)):
            if all(word in track.labels.searched for word in wanted):
                found.setdefault(track.group, track)
        first = wanted[0]
        ordered = sorted(found.values(), key=lambda one: (one.labels.searched.find(first), one.labels.searched, one.id))
        return [_light(track) for track in ordered[after : after + limit]]

    async def library_copies(self, groups: Sequence[str]) -> Mapping[str, int]:
        return Counter(one.group for one in self._tables.library_tracks.values() if one.group in set(groups))

    async def library_here(self, groups: Sequence[str]) -> frozenset[str]:
        return frozenset(one.track.group for one in self._there()) & set(groups)

    async def library_group(self, group: str) -> Sequence[LibraryTrack]:
        found = [track for track in self._tables.library_tracks.values() if track.group == group]
        return [_light(track) for track in sorted(found, key=lambda one: (one.id != group, one.id))]

    async def library_file(self, path: bytes) -> LibraryFile | None:
        return self._tables.library_files.get(path)

    async def library_files_of_track(self, track_id: str) -> Sequence[LibraryFile]:
        return _files_of(self._tables, track_id)

    async def library_files_of_root(self, root: str, *, after: bytes = b"", limit: int = 1000) -> Sequence[LibraryFile]:
        return [file for file in self._files() if file.root == root and file.path > after][:limit]

    async def library_roots(self) -> Sequence[str]:
        return sorted({file.root for file in self._files() if not file.is_gone})

    async def library_has_size(self, size: int) -> bool:
        return any(file.size == size and file.track_id for file in self._files())

    async def library_faulty(self, *, limit: int, after: int = 0) -> Sequence[LibraryFile]:
        return [file for file in self._files() if file.fault and not file.is_gone][after : after + limit]

    async def library_marked(self, marks: Collection[int], *, least_ms: int, most_ms: int) -> Sequence[Sounding]:
        shared: dict[Sounding, int] = {}
        for track in self._tables.library_tracks.values():
            words = track.analysis.fingerprint
            if words and least_ms <= track.analysis.duration_ms <= most_ms:
                in_both = len(recordings.marks(words) & frozenset(marks))
                shared[Sounding(track.id, track.group, words)] = in_both
        found = [one for one, in_both in shared.items() if in_both >= recordings.SHARED_MARKS]
        return sorted(found, key=lambda one: (-shared[one], one.id))[: recordings.MARKED_MOST]

    async def library_playable_track(self, track_id: str) -> Playable | None:
        track = self._tables.library_tracks.get(track_id)
        copies = [one for one in self._there() if track and one.track.group == track.group]
        return min(copies, key=lambda one: (one.track.id != track_id, one.path), default=None)

    async def library_counts(self) -> LibraryCounts:
        there = [file for file in self._files() if not file.is_gone]
        return LibraryCounts(
            files=len(there),
            heard=sum(file.track_id is not None for file in there),
            faulty=sum(file.fault is not None for file in there),
            gone=sum(file.is_gone for file in self._files()),
            playable=len(self._sounding()),
        )

    def _files(self) -> list[LibraryFile]:
        return [file for _, file in sorted(self._tables.library_files.items())]

    def _sounding(self) -> list[LibraryTrack]:
        """One of each recording that can be played here and now and has an embedding, by recording."""
        found: dict[str, LibraryTrack] = {}
        for track in sorted((one.track for one in self._there()), key=lambda one: (one.id != one.group, one.id)):
            if track.analysis.embedding:
                found.setdefault(track.group, track)
        return [found[group] for group in sorted(found)]

    def _there(self) -> Iterator[Playable]:
        for file in self._files():
            track = self._tables.library_tracks.get(file.track_id or "")
            if track and not file.is_gone and not file.fault:
                yield Playable(_light(track), file.path)


def _by_hash(tables: LibraryTables, file_hash: str) -> LibraryTrack | None:
    tracks = tables.library_tracks.values()
    return next((track for track in tracks if track.analysis.file_hash == file_hash), None)


def _files_of(tables: LibraryTables, track_id: str) -> list[LibraryFile]:
    found = [file for _, file in sorted(tables.library_files.items()) if file.track_id == track_id]
    return sorted(found, key=lambda file: file.is_gone)


def _light(track: LibraryTrack) -> LibraryTrack:
    return replace(track, analysis=replace(track.analysis, fingerprint=None, shape=None, course=()))
