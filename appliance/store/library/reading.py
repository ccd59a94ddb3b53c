"""What pages ask of SQLite about the library: `ports.LibraryReader`."""

import json
from collections.abc import Collection, Mapping, Sequence

from appliance.domain.library import WORDS_MOST, LibraryCounts, LibraryFile, LibraryTrack, Playable, Sounding
from appliance.domain.recordings import MARKED_MOST, SHARED_MARKS
from appliance.store.library import rows
from appliance.store.running import Asking
from appliance.store.statements import Parameters


class LibraryReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def library_track(self, track_id: str) -> LibraryTrack | None:
        row = await self._one("library_track", {"id": track_id})
        return rows.track(row, is_whole=True) if row else None

    async def library_track_by_hash(self, file_hash: str) -> LibraryTrack | None:
        row = await self._one("library_track_by_hash", {"file_hash": file_hash})
        return rows.track(row) if row else None

    async def library_search(self, words: Sequence[str], *, limit: int, after: int = 0) -> Sequence[LibraryTrack]:
        # An empty word is found in everything.
        wanted = [*words[:WORDS_MOST], *[""] * WORDS_MOST]
        places = {f"word{place}": wanted[place - 1] for place in range(1, WORDS_MOST + 1)}
        found = await self._all("library_search", {**places, "limit": limit, "after": after})
        return [rows.track(row) for row in found]

    async def library_copies(self, groups: Sequence[str]) -> Mapping[str, int]:
        found = await self._all("library_copies", {"groups": json.dumps(list(groups))})
        return {row["of_group"]: row["copies"] for row in found}

    async def library_here(self, groups: Sequence[str]) -> frozenset[str]:
        found = await self._all("library_here", {"groups": json.dumps(list(groups))})
        return frozenset(row["of_group"] for row in found)

    async def library_group(self, group: str) -> Sequence[LibraryTrack]:
        return [rows.track(row) for row in await self._all("library_group", {"of_group": group})]

    async def library_file(self, path: bytes) -> LibraryFile | None:
        row = await self._one("library_file", {"path": path})
        return rows.file(row) if row else None

    async def library_files_of_track(self, track_id: str) -> Sequence[LibraryFile]:
        return [rows.file(row) for row in await self._all("library_files_of_track", {"track_id": track_id})]

    async def library_files_of_root(self, root: str, *, after: bytes = b"", limit: int = 1000) -> Sequence[LibraryFile]:
        found = await self._all("library_files_of_root", {"root": root, "after": after, "limit": limit})
        return [rows.file(row) for row in found]

    async def library_roots(self) -> Sequence[str]:
        return [row["root"] for row in await self._all("library_roots", {})]

    async def library_has_size(self, size: int) -> bool:
        row = await self._one("library_files_of_size", {"size": size})
        return bool(row and row["files"])

    async def library_faulty(self, *, limit: int, after: int = 0) -> Sequence[LibraryFile]:
        return [rows.file(row) for row in await self._all("library_faulty", {"limit": limit, "after": after})]

    async def library_marked(self, marks: Collection[int], *, least_ms: int, most_ms: int) -> Sequence[Sounding]:
        asked: Parameters = {"marks": json.dumps(sorted(marks)), "least_ms": least_ms, "most_ms": most_ms}
        found = await self._all("library_marked", asked | {"fewest": SHARED_MARKS, "limit": MARKED_MOST})
        return [rows.sounding(row) for row in found]

    async def library_playable_track(self, track_id: str) -> Playable | None:
        row = await self._one("library_playable_track", {"id": track_id})
        return Playable(rows.track(row), row["path"]) if row else None

    async def library_counts(self) -> LibraryCounts:
        row = await self._one("library_counts", {})
        assert row is not None  # it counts, whatever there is
        return rows.counts(row)
