"""The box's own tracks on both stores."""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from appliance.domain.analysis import FaultCode, Key
from appliance.domain.library import LibraryCounts, LibraryFile, LibraryTrack
from appliance.domain.recordings import marks
from appliance.ports import Transaction
from appliance.usecases import identifying
from tests.contract.conftest import Scene, sqlite_evening
from tests.support.evening import Evening
from tests.support.library import KNOWN, UNKNOWN, library_file, library_track

PlayOut = Callable[[Scene], None]


async def put(evening: Evening, *kept: LibraryTrack | LibraryFile) -> None:
    def job(tx: Transaction) -> None:
        for one in kept:
            if isinstance(one, LibraryTrack):
                tx.put_library_track(one)
            else:
                tx.put_library_file(one)

    await evening.ports.store.write(job)


def test_what_was_heard_comes_back_as_it_was_and_what_is_unknown_as_unknown(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        known, unknown = library_track("a", "So What"), library_track("b", "Hm", sound=UNKNOWN)
        major = library_track("c", "C", sound=replace(KNOWN, key=Key(0, False, 1.0, 0), tempo=None, character=None))
        await put(evening, known, unknown, major)
        reader = evening.ports.reader
        for one in (known, unknown, major):
            assert await reader.library_track(one.id) == one
            light = await reader.library_track_by_hash(one.analysis.file_hash)
            assert light == replace(one, analysis=replace(one.analysis, fingerprint=None, shape=None, course=()))
        assert await reader.library_track("z") is None
        again = replace(unknown, labels=replace(unknown.labels, title="Hum", is_explicit=None))
        await put(evening, again)
        assert await reader.library_track("b") == again
        inside = await evening.ports.store.write(lambda tx: (tx.library_track("a"), tx.library_track_by_hash("bbbb")))
        assert inside == (known, again)

    play_out(scene)


def test_search_finds_words_in_any_order_and_spelling_one_of_each_recording(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await put(
            evening,
            library_track("a", "Łódź Blues", "Zoé"),
            library_track("b", "Blue Skies", "Ella", group="b"),
            library_track("c", "Blue Skies", "Ella", group="b"),
            library_track("d", "100% Pure", "Ben"),
        )

        async def ids(*words: str, limit: int = 9, after: int = 0) -> list[str]:
            found = await evening.ports.reader.library_search(words, limit=limit, after=after)
            return [track.id for track in found]

        assert await ids("blue") == ["b", "a"]
        assert await ids("zoe", "lodz") == ["a"]
        assert await ids("skies", "zoe") == []
        assert await ids("%") == ["d"]
        assert await ids() == ["d", "b", "a"]
        assert await ids(limit=1, after=1) == ["b"]
        assert await ids("ete", "swing", "b", "l", "u", "e", "more than is looked at") == ["a", "b"]
        assert [one.id for one in await evening.ports.reader.library_group("b")] == ["b", "c"]
        assert dict(await evening.ports.reader.library_copies(["a", "b", "none"])) == {"a": 1, "b": 2}

    play_out(scene)


def test_what_can_be_played_is_what_is_there_once_for_each_recording(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await put(
            evening,
            *(library_track(one, one) for one in "ax"),
            library_track("c", "c", group="b"),
            library_track("b", "b", group="b"),
            library_track("s", "short", sound=UNKNOWN),
            library_file("a2", "a"),
            library_file("a1", "a"),
            library_file("c1", "c"),
            library_file("b1", "b", root="/stick"),
            library_file("s", "s"),
            replace(library_file("bad"), fault=FaultCode.BROKEN),
            replace(library_file("x", "x"), is_gone=True),
        )
        reader = evening.ports.reader
        assert [one.id for one in await reader.house_tracks()] == ["a", "b"]
        assert await reader.library_counts() == LibraryCounts(files=6, heard=5, faulty=1, gone=1, playable=2)
        await evening.ports.store.write(lambda tx: tx.library_root_gone("/stick"))
        assert [one.id for one in await reader.house_tracks()] == ["a", "c"]
        other = await reader.library_playable_track("b")
        assert other
        assert (other.track.id, other.path) == ("c", b"/music/c1")
        assert other.track.analysis.fingerprint is None
        assert await reader.library_playable_track("x") is None
        assert await reader.library_here(["a", "b", "x", "none"]) == {"a", "b"}
        assert (await reader.library_counts()).gone == 2

    play_out(scene)


def test_files_are_found_by_place_track_size_and_fault_whatever_their_names(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        odd = LibraryFile(b"/music/caf\xe9.mp3", "/music", 7, 1, fault=FaultCode.NOT_AUDIO, version=1)
        here, gone = library_file("a", "a"), replace(library_file("0", "a"), is_gone=True)
        await put(evening, library_track("a", "a"), odd, here, gone)
        reader = evening.ports.reader
        assert list(await reader.library_files_of_root("/music")) == [gone, here, odd]
        assert list(await reader.library_files_of_root("/music", after=gone.path, limit=1)) == [here]
        assert list(await reader.library_files_of_root("/elsewhere")) == []
        assert list(await reader.library_files_of_track("a")) == [here, gone]
        assert list(await reader.library_faulty(limit=9)) == [odd]
        assert list(await reader.library_faulty(limit=9, after=1)) == []
        # A copy of what nobody could hear is listened to anew.
        assert await reader.library_roots() == ["/music"]
        assert list(await evening.ports.store.write(lambda tx: tx.library_files_of_track("a"))) == [here, gone]
        assert [await reader.library_has_size(size) for size in (1000, 7)] == [True, False]
        await evening.ports.store.write(lambda tx: tx.drop_library_file(odd.path))
        assert await evening.ports.store.write(lambda tx: tx.library_file(odd.path)) is None
        assert await evening.ports.store.write(lambda tx: tx.library_file(here.path)) == here

    play_out(scene)


def test_the_same_recording_is_looked_for_by_its_marks_among_what_plays_as_long(play_out: PlayOut) -> None:
    chance = random.Random(4)
    words, other = chance.randbytes(948 * 4), chance.randbytes(948 * 4)

    async def scene(evening: Evening) -> None:
        def heard(track_id: str, fingerprint: bytes, *, group: str = "", length: int = 200_000) -> LibraryTrack:
            sound = replace(KNOWN, fingerprint=fingerprint, duration_ms=length)
            return library_track(track_id, track_id, group=group, sound=sound)

        async def found() -> list[tuple[str, str]]:
            near = await evening.ports.reader.library_marked(marks(words), least_ms=0, most_ms=250_000)
            return [(one.id, one.group) for one in near]

        longer, short = heard("b", words, length=300_000), library_track("c", "c", sound=UNKNOWN)
        await put(evening, heard("a", words[400:], group="first"), longer, short, heard("d", other))
        assert await found() == [("a", "first")]
        # Heard again it sounds otherwise, and another one does so now.
        await put(evening, heard("a", other), heard("d", words))
        assert await found() == [("d", "d")]
        for _ in range(2):
            await identifying.mark_known(evening.ports)
        assert await found() == [("d", "d")]

    play_out(scene)


def test_tracks_of_an_earlier_version_get_their_marks_at_the_first_start(tmp_path: Path) -> None:
    async def scene() -> None:
        async with sqlite_evening(tmp_path / "box.db") as evening:
            sounds = [replace(KNOWN, fingerprint=random.Random(n).randbytes(948 * 4)) for n in range(120)]
            await put(evening, *(library_track(f"t{n:03}", f"t{n}", sound=sound) for n, sound in enumerate(sounds)))
            with closing(sqlite3.connect(tmp_path / "box.db")) as older:
                older.execute("DELETE FROM library_marks")
                older.commit()
            wanted = marks(sounds[77].fingerprint or b"")
            assert await evening.ports.reader.library_marked(wanted, least_ms=0, most_ms=999_999) == []
            await identifying.mark_known(evening.ports)
            near = await evening.ports.reader.library_marked(wanted, least_ms=0, most_ms=999_999)
            assert [one.id for one in near] == ["t077"]

    asyncio.run(scene())
