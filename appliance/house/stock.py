"""The shelf of this run: the library is read once, page by page, and then only what changed in it.

Owns the shelf and what it still has to hear of. Reads and sums are done beside the event loop; numpy is loaded by the
first question, so that a box without a house player never pays for it.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from appliance.domain.events import Happened, LibraryChanged
from appliance.domain.house import HouseTrack
from appliance.ports import Reader

if TYPE_CHECKING:
    from appliance.house.shelf import Shelf

#: tracks read at once: some milliseconds of a thread
_PAGE = 500
#: when so many tracks changed, everything is read anew
_MANY = 1000


class Stock:
    """Keeps up with the library."""

    def __init__(self) -> None:
        self._shelf: Shelf | None = None
        self._touched: set[str] = set()
        self._reading = asyncio.Lock()

    def on_commit(self, events: Sequence[Happened]) -> None:
        """Notes what changed, once that is durable."""
        for event in events:
            if isinstance(event, LibraryChanged):
                self._touched |= event.track_ids

    async def shelf(self, reader: Reader) -> "Shelf":
        """The library as it is now. Raises: Unavailable."""
        async with self._reading:
            if self._shelf is None or self._touched:
                # What changes meanwhile is looked at by the next question, and so is all of this if it fails.
                touched, self._touched = self._touched, set()
                try:
                    self._shelf = await self._read(reader, self._shelf, touched)
                except BaseException:
                    self._touched |= touched
                    raise
            return self._shelf

    async def _read(self, reader: Reader, shelf: "Shelf | None", touched: set[str]) -> "Shelf":
        if shelf is None or len(touched) > _MANY:
            return await _read_all(reader)
        # A track that stood for a recording and became part of another one leaves the rest of the first one behind.
        left = {shelf.groups[shelf.rows[one]] for one in touched if one in shelf.rows}
        return await asyncio.to_thread(_with, shelf, await reader.house_tracks_like(touched | left), touched)


async def _read_all(reader: Reader) -> "Shelf":
    """Page by page, so that no more than a page of tracks is held as more than numbers."""
    pieces: list[Shelf] = []
    last = ""
    while page := await reader.house_tracks(after=last, limit=_PAGE):
        pieces.append(await asyncio.to_thread(_piece, page))
        last = page[-1].group
    return await asyncio.to_thread(_joined, pieces)


def _piece(page: Sequence[HouseTrack]) -> "Shelf":
    from appliance.house.shelf import piece  # noqa: PLC0415 - see the module

    return piece(page)


def _joined(pieces: "Sequence[Shelf]") -> "Shelf":
    from appliance.house.shelf import joined, piece  # noqa: PLC0415 - see the module

    return joined(pieces or [piece([])])


def _with(shelf: "Shelf", fresh: Sequence[HouseTrack], touched: set[str]) -> "Shelf":
    from appliance.house.shelf import changed  # noqa: PLC0415 - see the module

    return changed(shelf, fresh, without=touched)
