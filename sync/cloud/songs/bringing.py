"""Bringing songs: part by part into the store, by whichever process is asked, so that what broke off goes on anywhere.

Parts have one size but for the last, as stores want it; what is less than one when a sender breaks off is sent again.
A song exists once it was read back from the store: its digest is of what stands there, and so is what it is.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from appliance.domain.rules import clean_text
from appliance.domain.uploads import SIZE_MOST, name_by_content
from appliance.errors import Invalid, NotKnown, Refused, Unavailable
from sync.cloud.organisations import new_id
from sync.cloud.songs.kinds import ENDINGS, HEAD_BYTES, kind_of
from sync.cloud.songs.ports import PART_BYTES, SongBytes
from sync.cloud.songs.settings import SongsSettings
from sync.cloud.store.ports import Database, Row

#: songs on their way at once, of one organisation
UNFINISHED_MOST = 50
_NAME_MOST = 1000
_CHECK_WITHIN_S = 4.0
#: how long the last answer of the store counts, milliseconds
_CHECKED_FOR_MS = 2_000


@dataclass(frozen=True, slots=True)
class Coming:
    """A song on its way."""

    id: str
    #: as its sender calls it
    name: str
    #: bytes in all, and how many stand in the store
    size: int
    came: int
    #: its name in the store, and the store's word for what is not whole
    object: str
    handle: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A song that came."""

    id: str
    name: str
    #: whether the same bytes were there before
    was_there: bool


def _coming(row: Row) -> Coming:
    return Coming(**{name: row[name] for name in Coming.__slots__})


def _no_audio() -> Invalid:
    return Invalid(
        "song_not_audio",
        "What is in this file is no sound that a box can play, whatever it is called.",
        advice="Send mp3, m4a, flac, ogg, opus or wav.",
    )


class Bringing:
    """The songs of all organisations on their way into one store."""

    def __init__(
        self, database: Database, store: SongBytes, *, settings: SongsSettings, now_ms: Callable[[], int]
    ) -> None:
        self._database, self.store, self.settings, self._now_ms = database, store, settings, now_ms
        self._checked_ms, self._trouble = 0, ""

    async def begin(self, org: str, *, name: str, size: int) -> Coming:
        """A song will be sent.

        Raises: Invalid with the code `song_size_invalid`; Refused with the code `songs_too_many`, `songs_no_room` or
        `uploads_too_many`; Unavailable.
        """
        if not 0 < size <= SIZE_MOST:
            raise Invalid(
                "song_size_invalid",
                "The file is empty." if size <= 0 else f"A song may have {SIZE_MOST // 1_000_000} MB at most.",
                advice="Choose another file.",
            )
        await self._check_room(org, size)
        # Nothing of a title: whoever guesses names in the store finds nothing.
        place = f"{org}/{secrets.token_hex(16)}"
        handle = await self.store.begin(place)
        coming = Coming(new_id(), clean_text(name)[:_NAME_MOST], size, 0, place, handle)
        async with self._database.transaction(org=org) as tx:
            await tx.one("songs_turn", org=org)
            kept = await tx.one("songs_kept", org=org)
            is_room = kept is not None and self._problem(kept, size) is None
            if is_room:
                row = {"id": coming.id, "name": coming.name, "size": size, "object": place, "handle": handle}
                await tx.run("song_upload_begun", org=org, now_ms=self._now_ms(), **row)
            else:
                await tx.run("song_left", org=org, object=place, handle=handle, now_ms=self._now_ms())
        if not is_room:
            await self._check_room(org, size)
        return coming

    async def _check_room(self, org: str, size: int) -> None:
        async with self._database.transaction(org=org) as tx:
            kept = await tx.one("songs_kept", org=org)
        if kept is not None and (problem := self._problem(kept, size)):
            raise problem

    def _problem(self, kept: Row, size: int) -> Refused | None:
        most = self.settings
        if kept["uploads"] >= UNFINISHED_MOST:
            detail = f"{UNFINISHED_MOST} songs are on their way already."
            return Refused("uploads_too_many", detail, advice="Finish or drop some of them first.")
        if kept["songs"] + kept["uploads"] >= most.songs_most:
            detail = f"Your organisation may keep {most.songs_most} songs here, and has them."
            return Refused("songs_too_many", detail, advice="Delete some, or ask who runs the cloud for more.")
        if kept["bytes"] + kept["coming"] + size > most.bytes_most:
            detail = f"Your organisation may keep {most.bytes_most // 1_000_000_000} GB here; this song is too much."
            return Refused("songs_no_room", detail, advice="Delete some, or ask who runs the cloud for more.")
        return None

    async def find(self, org: str, upload_id: str) -> Coming:
        """A song on its way. Raises: NotKnown with the code `upload_unknown`; Unavailable."""
        async with self._database.transaction(org=org) as tx:
            row = await tx.one("song_upload", org=org, id=upload_id)
        if row is None:
            raise NotKnown(
                "upload_unknown", "No such song is on its way: it came, or was given up.", advice="Send it again."
            )
        return _coming(row)

    async def waiting(self, org: str) -> list[Coming]:
        """Every song on its way. Raises: Unavailable."""
        async with self._database.transaction(org=org) as tx:
            return [_coming(row) for row in await tx.all("song_uploads", org=org)]

    async def append(
        self, org: str, coming: Coming, body: AsyncIterator[bytes], *, ends_it: bool = False
    ) -> Coming | Kept:
        """What comes, part by part; with `ends_it` the body's end is the song's, else its length says where that is.

        Raises: Invalid with the code `song_not_audio`, `song_size_invalid` or `upload_piece_small`; Refused with the
        code `upload_too_long` or `upload_offset`; Unavailable; what `body` raises. What the store holds by then stays.
        """
        block, before = bytearray(), coming.came
        async for piece in body:
            block += piece
            if coming.came + len(block) > coming.size:
                detail = "More came than the file was said to have."
                raise Refused("upload_too_long", detail, advice="Drop it and send it again.")
            while len(block) > PART_BYTES or (len(block) == PART_BYTES and coming.came + PART_BYTES < coming.size):
                content = bytes(block[:PART_BYTES])
                del block[:PART_BYTES]
                coming = await self._went_on(org, coming, content)
        if ends_it:
            coming = replace(coming, size=coming.came + len(block))
        if coming.came + len(block) == coming.size and block:
            await self._put(org, coming, bytes(block), came=None)
            return await self._finish(org, coming)
        if coming.came == before:
            if ends_it:
                raise Invalid("song_size_invalid", "The file is empty.", advice="Choose another file.")
            raise Invalid(
                "upload_piece_small",
                f"A piece must have {PART_BYTES} bytes, or several times that, but for the last.",
                advice="Send larger pieces, or all at once.",
            )
        return coming

    async def _went_on(self, org: str, coming: Coming, content: bytes) -> Coming:
        came = coming.came + len(content)
        await self._put(org, coming, content, came=came)
        return replace(coming, came=came)

    async def _put(self, org: str, coming: Coming, content: bytes, *, came: int | None) -> None:
        if coming.came == 0 and not kind_of(content[:HEAD_BYTES]):
            raise _no_audio()
        number = coming.came // PART_BYTES + 1
        tag = await self.store.add(coming.object, coming.handle, number=number, content=content)
        # The last part counts once all is well: until then whoever asks is told to send it again.
        counted = coming.came if came is None else came
        async with self._database.transaction(org=org) as tx:
            changed = await tx.run(
                "song_upload_went_on", org=org, id=coming.id, came=counted, before=coming.came, now_ms=self._now_ms()
            )
            if not changed:
                detail = "Another piece of this song was faster."
                raise Refused("upload_offset", detail, advice="Ask how much there is, and go on from there.")
            await tx.run("song_part_came", org=org, upload=coming.id, number=number, tag=tag)

    async def _finish(self, org: str, coming: Coming) -> Kept:
        async with self._database.transaction(org=org) as tx:
            tags = [row["tag"] for row in await tx.all("song_parts", org=org, upload=coming.id)]
        await self.store.finish(coming.object, coming.handle, tags=tags)
        head, sha256 = await self._read_back(coming)
        kind = kind_of(head)
        if not kind:
            raise _no_audio()
        name = name_by_content(coming.name, ENDINGS[kind])
        async with self._database.transaction(org=org) as tx:
            await tx.one("songs_turn", org=org)
            if not await tx.run("song_upload_over", org=org, id=coming.id):
                raise Refused("upload_offset", "This song came meanwhile.", advice="Look at the list of songs.")
            there = await tx.one("song_of_sha256", org=org, sha256=sha256)
            if there is not None:
                await tx.run("song_left", org=org, object=coming.object, handle="", now_ms=self._now_ms())
                return Kept(there["id"], there["name"], was_there=True)
            kept = Kept(new_id(), name, was_there=False)
            song = {"size": coming.size, "sha256": sha256, "object": coming.object}
            await tx.run("add_song", org=org, id=kept.id, name=name, now_ms=self._now_ms(), **song)
        return kept

    async def _read_back(self, coming: Coming) -> tuple[bytes, str]:
        digest, head, size = hashlib.sha256(), b"", 0
        async for block in self.store.read(coming.object, start=0, stop=coming.size):
            head = head or block[:HEAD_BYTES]
            size += len(block)
            digest.update(block)
        if size != coming.size:
            raise Unavailable(
                "songs_away", "The store of songs did not keep all of this one.", advice="Drop it and send it again."
            )
        return head, digest.hexdigest()

    async def drop(self, org: str, upload_id: str) -> None:
        """A song is not wanted after all. Raises: NotKnown with the code `upload_unknown`; Unavailable."""
        coming = await self.find(org, upload_id)
        async with self._database.transaction(org=org) as tx:
            await tx.run("song_left", org=org, object=coming.object, handle=coming.handle, now_ms=self._now_ms())
            await tx.run("song_upload_over", org=org, id=upload_id)

    async def trouble(self) -> str:
        """Why the store can't be used now, in words for a page; empty when it can."""
        if self._now_ms() - self._checked_ms > _CHECKED_FOR_MS:
            try:
                async with asyncio.timeout(_CHECK_WITHIN_S):
                    await self.store.check()
                self._trouble = ""
            except TimeoutError:
                self._trouble = "The store of songs does not answer."
            except Unavailable as error:
                self._trouble = str(error)
            self._checked_ms = self._now_ms()
        return self._trouble
