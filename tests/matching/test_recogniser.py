"""Plays are taken for known tracks behind the evening's back, and what DJs said of names counts more."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from appliance.domain.analysis import Tempo
from appliance.domain.events import Happened, LibraryChanged, PlayIdentified
from appliance.domain.identity import NameWord, Reason, Verdict, spoken
from appliance.domain.models import Dj, TrackInfo
from appliance.matching.recogniser import Recogniser
from appliance.usecases import plays, sessions
from appliance.usecases.plays import ToldPlay
from tests.contract.conftest import play_out
from tests.contract.test_library import put
from tests.contract.test_links import Link, heard
from tests.contract.test_told_tracks import HASH, sounds
from tests.support.evening import Evening
from tests.support.library import KNOWN, UNKNOWN, library_track

__all__ = ["play_out"]

Scene = Callable[[Evening], Awaitable[None]]
PlayOut = Callable[[Scene], None]
BEAT = Tempo(bpm=60.01, confidence=1.0, steadiness=1.0, first_beat_ms=0)


class Hall:
    """An evening whose plays are recognised."""

    def __init__(self, evening: Evening) -> None:
        self.evening, self.recogniser = evening, Recogniser(look_every_s=0.01)
        self._told = 0
        evening.told.listeners.append(self._hear_of_library)
        self._on: Dj | None = None

    async def begin(self, name: str = "DJ Anna") -> Dj:
        """The stage is another DJ's now."""
        if self._on is not None:
            await sessions.end_session(self.evening.ports, dj=self._on)
        self._on = await self.evening.dj(name)
        await sessions.start_session(self.evening.ports, dj=self._on, stage_id="main-floor")
        return self._on

    async def play(self, dj: Dj, title: str, artist: str = "Nina Simone", **known: object) -> str:
        track = TrackInfo(artist=artist, title=title, **known)  # type: ignore[arg-type]
        announced = await plays.announce_play(self.evening.ports, dj=dj, told=ToldPlay(track))
        self.hear()
        return announced.play.id

    def _hear_of_library(self, events: Sequence[Happened]) -> None:
        self.recogniser.on_commit([one for one in events if isinstance(one, LibraryChanged)])

    def hear(self) -> None:
        """The recogniser is told what happened since."""
        for commit in self.evening.told.commits[self._told :]:
            self.recogniser.on_commit(commit)
        self._told = len(self.evening.told.commits)

    async def taken_for(self, play_id: str) -> tuple[str | None, Reason, Verdict] | None:
        one = await self.evening.ports.reader.identity(play_id)
        return (one.track_id, one.reason, one.verdict) if one else None

    async def settled(self, play_id: str, *, within_s: float = 3) -> tuple[str | None, Reason, Verdict]:
        async with asyncio.timeout(within_s):
            while (found := await self.taken_for(play_id)) is None:
                await asyncio.sleep(0.005)
        return found

    async def bpm(self, play_id: str) -> float | None:
        play = await self.evening.ports.reader.play(play_id)
        assert play is not None
        return play.track.bpm

    async def idle(self) -> None:
        """Until everything was looked at once."""
        await asyncio.sleep(0.1)


def scene_of(play_out: PlayOut, story: Callable[[Hall], Awaitable[None]]) -> None:
    async def scene(evening: Evening) -> None:
        hall = Hall(evening)
        await put(
            evening,
            library_track("own", "Sinnerman", "Nina Simone"),
            library_track("live", "Sinnerman (Live)", "Nina Simone"),
            library_track("wild", "Wild Is the Wind", "Nina Simone"),
            library_track("long", "Feeling Good (Extended Mix)", "Nina Simone"),
            library_track("mute", "Strange Fruit", "Nina Simone", sound=UNKNOWN),
        )
        hall.recogniser.start(evening.ports)
        try:
            await story(hall)
        finally:
            await hall.recogniser.stop()

    play_out(scene)


def test_a_ghost_gets_the_tempo_of_the_track_that_it_is_like(play_out: PlayOut) -> None:
    async def story(hall: Hall) -> None:
        dj = await hall.begin()
        ghost = await hall.play(dj, "SINNERMAN (Radio Edit)")
        assert await hall.settled(ghost) == ("own", Reason.SAME_WORDS, Verdict.FOUND)
        assert await hall.bpm(ghost) == 120.0
        assert [event.kind for event in hall.evening.told.commits[-1]] == ["play.identified", "play.enriched"]
        # What the DJ's program says stays.
        known = await hall.play(dj, "Sinnerman", bpm=140.0)
        await hall.settled(known)
        assert await hall.bpm(known) == 140.0
        mute = await hall.play(dj, "Strange Fruit")
        assert await hall.settled(mute) == ("mute", Reason.SAME_WORDS, Verdict.FOUND)
        assert await hall.bpm(mute) is None

    scene_of(play_out, story)


def test_what_is_only_possible_is_kept_for_the_dj_and_shown_to_nobody(play_out: PlayOut) -> None:
    async def story(hall: Hall) -> None:
        dj = await hall.begin()
        play = await hall.play(dj, "Feeling Good")
        assert await hall.settled(play) == ("long", Reason.OTHER_VERSION, Verdict.OFFERED)
        assert await hall.bpm(play) is None
        other = await hall.play(dj, "Sinnerman (Felix da Housecat Remix)")
        await hall.idle()
        assert await hall.taken_for(other) is None

    scene_of(play_out, story)


def test_a_track_that_was_relabelled_is_found_by_its_new_name_and_not_by_the_old_one(play_out: PlayOut) -> None:
    async def story(hall: Hall) -> None:
        dj = await hall.begin()
        assert (await hall.settled(await hall.play(dj, "Wild Is the Wind")))[0] == "wild"
        await put(hall.evening, library_track("wild", "Lilac Wine", "Jeff Buckley"))
        assert await hall.settled(await hall.play(dj, "Lilac Wine", "Jeff Buckley")) == (
            "wild", Reason.SAME_WORDS, Verdict.FOUND)  # fmt: skip
        lost = await hall.play(dj, "Wild is the wind")
        await hall.idle()
        assert await hall.taken_for(lost) is None

    scene_of(play_out, story)


def test_what_is_known_later_is_found_later(play_out: PlayOut) -> None:
    async def story(hall: Hall) -> None:
        dj = await hall.begin()
        play = await hall.play(dj, "Lilac Wine")
        await hall.idle()
        assert await hall.taken_for(play) is None
        await put(hall.evening, library_track("late", "Lilac Wine", "Nina Simone"))
        assert (await hall.settled(play))[0] == "late"
        assert await hall.bpm(play) == 120.0
        # A box that starts in the middle looks at what is on.
        again = Recogniser(look_every_s=0.01)
        await put(hall.evening, library_track("later", "Baltimore", "Nina Simone"))
        await hall.recogniser.stop()
        on = await hall.play(dj, "Baltimore")
        again.start(hall.evening.ports)
        assert (await hall.settled(on))[0] == "later"
        await again.stop()

    scene_of(play_out, story)


def test_a_dj_who_denied_a_track_is_not_offered_it_again(play_out: PlayOut) -> None:
    async def story(hall: Hall) -> None:
        anna = await hall.begin()
        said = spoken(TrackInfo(artist="Nina Simone", title="Sinnerman"))
        word = NameWord(anna.id, said, "own", is_same=False)
        await hall.evening.ports.store.write(lambda tx: tx.put_name_word(word))
        play = await hall.play(anna, "Sinnerman")
        await hall.idle()
        assert await hall.taken_for(play) is None
        # For another DJ it is one word against none.
        ben = await hall.begin("DJ Ben")
        other = await hall.play(ben, "Sinnerman")
        assert (await hall.settled(other))[0] == "own"

    scene_of(play_out, story)


def test_what_a_laptop_tells_of_a_known_recording_joins_it_by_its_sound(play_out: PlayOut) -> None:
    words = random.Random(5).randbytes(948 * 4)
    own = replace(KNOWN, fingerprint=words, duration_ms=200_000)
    # Another file of it: some bits of each word differ, and a second of silence stands in front.
    other = bytes(32) + bytes(byte ^ (index % 16 == 3) for index, byte in enumerate(words[:-32]))
    told = replace(KNOWN, fingerprint=other, duration_ms=201_000, tempo=BEAT)
    strange = replace(KNOWN, fingerprint=random.Random(6).randbytes(948 * 4))

    async def story(hall: Hall) -> None:
        evening = hall.evening
        await put(
            evening, replace(library_track("mine", "Naima", sound=own), analysis=replace(own, file_hash="9" * 64))
        )
        link = Link(evening, await evening.dj())
        await link.send(
            heard("1"), sounds("1", sound=told), heard("2"), sounds("2", sound=strange, file_hash="cd" * 32)
        )
        hall.hear()
        groups: dict[str, str] = {}
        async with asyncio.timeout(3):
            while groups.get(HASH) != "mine":
                found = [await evening.ports.reader.library_track_by_hash(one) for one in (HASH, "cd" * 32)]
                groups = {one.analysis.file_hash: one.group for one in found if one}
                await asyncio.sleep(0.01)
        assert groups["cd" * 32] != "mine"
        # The box's own ears count, also for the next play of that file.
        await link.send(heard("3", title="1"))
        assert await hall.bpm("3") == 120.0

    scene_of(play_out, story)


def test_a_word_of_a_dj_counts_at_once_and_for_others_unless_it_is_denied(play_out: PlayOut) -> None:
    async def story(hall: Hall) -> None:
        anna = await hall.begin()
        said = spoken(TrackInfo(artist="Nina Simone", title="Sinner Man, that thing"))
        word = NameWord(anna.id, said, "own", is_same=True)
        await hall.evening.ports.store.write(lambda tx: tx.put_name_word(word))
        play = await hall.play(anna, "Sinner Man, THAT thing")
        assert await hall.taken_for(play) == ("own", Reason.SAID, Verdict.CONFIRMED)
        assert await hall.bpm(play) == 120.0
        ben = await hall.begin("DJ Ben")
        other = await hall.play(ben, "Sinner Man, that thing")
        assert await hall.taken_for(other) == ("own", Reason.SAID, Verdict.FOUND)
        carla = await hall.evening.dj("DJ Carla")
        denial = replace(word, dj_id=carla.id, is_same=False)
        await hall.evening.ports.store.write(lambda tx: tx.put_name_word(denial))
        third = await hall.play(ben, "Sinner Man, that thing")
        assert await hall.taken_for(third) is None
        own = await hall.play(await hall.begin(), "Sinner Man, that thing")
        assert await hall.taken_for(own) == ("own", Reason.SAID, Verdict.CONFIRMED)
        told = [event for commit in hall.evening.told.commits for event in commit if isinstance(event, PlayIdentified)]
        assert {event.body()["file_hash"] for event in told} == {"own" * 4}

    scene_of(play_out, story)
