"""What a DJ's link tells becomes plays: once, in order, and late ones never as "now". On SQLite and on the twin."""

import json
from collections.abc import Awaitable, Callable, Sequence

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.models import Dj, EndReason
from appliance.usecases import handover, lineup, links, plays, sessions
from appliance.usecases.handover import Handing
from appliance.usecases.links import Taken
from appliance.usecases.plays import ToldPlay
from appliance.web.links import reader_of
from sync.journal.batches import Sent, pack, read
from sync.journal.entries import Entry, Position, beginning
from sync.journal.receiving import Fork, Missing, Take
from tests.support.evening import Evening, track

Scene = Callable[[Evening], Awaitable[None]]
PlayOut = Callable[[Scene], None]
HOUR = 3600 * 1000


def heard(play: str, *, at_ms: int = 0, boot: str = "laptop", **fields: object) -> Entry:
    body = {"play": play, "set": "set1", "artist": "Artist", "title": play, "source": "vdj", "confidence": "heard"}
    return Entry(0, "play.heard", 1, boot, at_ms, at_ms, "saved", json.dumps(body | fields))


def said(kind: str, **fields: object) -> Entry:
    return Entry(0, kind, 1, "laptop", 0, 0, "saved", json.dumps(fields))


class Link:
    """A laptop's history, sent to an evening."""

    def __init__(self, evening: Evening, dj: Dj, *, epoch: str = "e1") -> None:
        self._evening, self.dj, self.epoch = evening, dj, epoch
        self.position = beginning(source="laptop-1", epoch=epoch)

    async def send(self, *entries: Entry | bytes, now_ms: int = 0, start: Position | None = None) -> Taken:
        lines = [one if isinstance(one, bytes) else one.line() for one in entries]
        sent = Sent(boot="laptop", boot_ms=now_ms, wall_ms=now_ms, trust="saved")
        body, end = pack(
            lines, source="laptop-1", epoch=self.epoch, start=start or self.position, sent=sent, program="t/1"
        )
        batch = read(body, encoding="zstd")
        taken = await links.take(self._evening.ports, dj=self.dj, batch=batch, read=reader_of(batch))
        if isinstance(taken.decision, Take):
            self.position = end
        return taken


async def titles(evening: Evening) -> Sequence[str]:
    found = await evening.ports.reader.plays_of_stage("main-floor", limit=100)
    return [play.track.title for play in reversed(found)]


async def now(evening: Evening) -> str | None:
    [state] = await evening.ports.reader.stage_states()
    return state.now.track.title if state.now else None


def test_the_first_play_begins_a_set_and_the_newest_is_what_dancers_see(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        taken = await link.send(heard("A"), heard("B"))
        assert (taken.cursor, taken.aside) == (link.position, [])
        assert (await titles(evening), await now(evening)) == (["A", "B"], "B")
        session = await evening.ports.reader.session("set1")
        assert session is not None
        assert session.dj_name == "DJ Anna"

    play_out(scene)


def test_a_batch_that_comes_again_or_overlaps_changes_nothing(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        start = link.position
        await link.send(heard("A"), heard("B"))
        for _ in range(2):
            taken = await link.send(heard("A"), heard("B"), start=start)
            assert isinstance(taken.decision, Take)
        await link.send(heard("A"), heard("B"), heard("C"), start=start)
        assert await titles(evening) == ["A", "B", "C"]
        assert evening.told.kinds().count("play.announced") == 3

    play_out(scene)


def test_a_gap_is_asked_for_and_another_history_is_refused(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        start = link.position
        await link.send(heard("A"))
        assert isinstance((await link.send(heard("C"), start=Position(2, "ab" * 32))).decision, Missing)
        assert isinstance((await link.send(heard("X"), start=start)).decision, Fork)
        assert await titles(evening) == ["A"]

    play_out(scene)


def test_an_evening_without_a_box_comes_in_order_and_none_of_it_is_now(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        entries = [heard(f"T{number}", at_ms=number * 180_000) for number in range(20)]
        await link.send(*entries, now_ms=8 * HOUR)
        assert await titles(evening) == [f"T{number}" for number in range(20)]
        assert await now(evening) is None
        [state] = await evening.ports.reader.stage_states()
        assert state.session is None
        session = await evening.ports.reader.session("set1")
        assert session is not None
        assert session.ended is EndReason.LATE
        first = (await evening.ports.reader.plays_of_stage("main-floor", limit=100))[-1]
        assert first.age_ms == 8 * HOUR

    play_out(scene)


def test_after_a_short_gap_the_newest_is_now_and_the_ones_before_are_history(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("A", at_ms=0), heard("B", at_ms=240_000), heard("C", at_ms=420_000), now_ms=480_000)
        assert (await titles(evening), await now(evening)) == (["A", "B", "C"], "C")

    play_out(scene)


def test_plays_join_the_set_that_the_same_dj_has_open_on_the_stage(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        dj = await evening.dj()
        session = (await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")).session
        await Link(evening, dj).send(heard("A"))
        play = await evening.ports.reader.play("A")
        assert play is not None
        assert play.session_id == session.id

    play_out(scene)


def test_on_somebody_elses_stage_plays_are_kept_and_not_shown(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        other = await evening.dj("DJ Bert")
        await sessions.start_session(evening.ports, dj=other, stage_id="main-floor")
        await Link(evening, await evening.dj()).send(heard("A"))
        [state] = await evening.ports.reader.stage_states()
        assert state.session is not None
        assert (state.session.dj_name, state.now) == ("DJ Bert", None)
        assert await titles(evening) == ["A"]

    play_out(scene)


def test_what_can_not_be_used_is_kept_aside_and_stops_nothing(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        taken = await link.send(
            heard("A"),
            b"\xff nonsense",
            heard("B", title=" "),
            heard("C", key="far too long a key"),
            heard("D", stage="no-such-stage", set="set2"),
            said("play.heard", title="no play id"),
            said("play.taken_back", play="never-heard"),
            said("something.new", later=True),
            heard("E"),
        )
        assert [(one.seq, one.code) for one in taken.aside] == [
            (2, "line_not_json"),
            (3, "title_empty"),
            (4, "key_too_long"),
            (5, "stage_unknown"),
            (6, "json_wrong_shape"),
            (7, "play_unknown"),
        ]
        assert await titles(evening) == ["A", "E"]
        assert taken.cursor.seq == 9

    play_out(scene)


def test_more_that_becomes_known_reaches_the_play_that_is_on(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("A", artist=""))
        await link.send(said("play.known", play="A", artist="Miles Davis", bpm=136.0, key="Dm"))
        await link.send(said("play.known", play="A", bpm=136.0))
        [state] = await evening.ports.reader.stage_states()
        assert state.now is not None
        track = state.now.track
        assert (track.artist, track.title, track.bpm, track.key) == ("Miles Davis", "A", 136.0, "Dm")
        assert evening.told.kinds().count("play.enriched") == 1

    play_out(scene)


def test_a_play_that_is_taken_back_is_gone_everywhere_and_can_not_come_again(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("A"), heard("B"))
        for _ in range(2):
            await link.send(said("play.taken_back", play="B"))
        await link.send(heard("B"))
        assert (await titles(evening), await now(evening)) == (["A"], None)
        assert evening.told.kinds().count("play.retracted") == 1

    play_out(scene)


def test_another_djs_plays_and_sets_are_out_of_reach(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await Link(evening, await evening.dj()).send(heard("A"))
        thief = Link(evening, await evening.dj("DJ Eve"))
        taken = await thief.send(
            said("play.taken_back", play="A"),
            said("play.known", play="A", title="Stolen"),
            said("set.over", set="set1"),
            heard("X"),
            heard("A"),
        )
        assert [one.code for one in taken.aside] == ["session_not_yours"] * 5
        assert await now(evening) == "A"

    play_out(scene)


def test_a_set_that_is_over_ends_the_session(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("A"), said("set.over", set="set1"))
        [state] = await evening.ports.reader.stage_states()
        assert state.session is None
        await link.send(heard("B"))
        assert (await titles(evening), await now(evening)) == (["A", "B"], None)

    play_out(scene)


@pytest.mark.parametrize("clock", ["backwards", "future"])
def test_a_laptop_with_a_wrong_clock_does_no_harm(play_out: PlayOut, clock: str) -> None:
    async def scene(evening: Evening) -> None:
        at = 10**15 if clock == "future" else -(10**15)
        link = Link(evening, await evening.dj())
        await link.send(heard("A", at_ms=at, boot="an-earlier-boot"), heard("B"))
        assert await titles(evening) == ["A", "B"]
        assert await now(evening) == "B"

    play_out(scene)


def test_a_set_that_began_without_a_box_goes_on_when_one_is_found(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        link = Link(evening, await evening.dj())
        await link.send(heard("A", at_ms=0), heard("B", at_ms=3 * HOUR), now_ms=3 * HOUR)
        assert (await titles(evening), await now(evening)) == (["A", "B"], "B")
        [state] = await evening.ports.reader.stage_states()
        assert state.session is not None
        assert state.session.id == "set1"

    play_out(scene)


def test_a_link_takes_over_what_its_dj_was_offered_and_nothing_else(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        await sessions.start_session(evening.ports, dj=anna, stage_id="main-floor")
        await plays.announce_play(evening.ports, dj=anna, told=ToldPlay(track=track("Annas")))
        link = Link(evening, ben)
        # Ben has begun to play into his headphones: that is history, and Anna's is on.
        assert (await link.send(heard("Bens", set="set2"))).aside == []
        assert await now(evening) == "Annas"
        await handover.offer(evening.ports, dj=anna, handing=Handing(to="DJ Ben"))
        evening.told.commits.clear()
        assert (await link.send(heard("Bens-second", set="set2"))).aside == []
        assert await now(evening) == "Bens-second"
        [commit] = evening.told.commits
        kinds = [event.kind for event in commit]
        assert kinds == ["session.ended", "session.started", "intent.made", "play.announced"]
        session = await evening.ports.reader.session("set2")
        assert session is not None
        assert session.ended is None
        assert (await link.send(said("play.taken_back", play="Bens-second"))).aside == []
        assert await now(evening) is None

    play_out(scene)


def test_a_link_that_takes_back_what_stayed_on_after_a_hand_over_takes_it_off(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna, ben = await evening.dj("DJ Anna"), await evening.dj("DJ Ben")
        link = Link(evening, anna)
        await link.send(heard("Annas"))
        await handover.offer(evening.ports, dj=anna, handing=Handing())
        await sessions.start_session(evening.ports, dj=ben, stage_id="main-floor")
        assert await now(evening) == "Annas"
        await link.send(said("play.taken_back", play="Annas"))
        assert await now(evening) is None

    play_out(scene)


def test_a_connected_link_keeps_its_dj_there_through_a_long_track_and_not_for_ever(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        anna = await evening.dj("DJ Anna")
        await Link(evening, anna).send(heard("Long"))
        for _ in range(4):
            evening.clock.pass_s(290)
            await links.note_alive(evening.ports, dj=anna)
            assert await sessions.note_silence(evening.ports) == 0
        evening.clock.pass_s(290)
        await links.note_alive(evening.ports, dj=anna)
        evening.clock.pass_s(20)
        assert await sessions.note_silence(evening.ports) == 1

    play_out(scene)


def test_a_link_of_a_stranger_to_the_event_puts_nothing_on_its_stages(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        ben = await evening.dj("DJ Ben")
        [event] = await evening.ports.reader.events()
        await lineup.unassign(evening.ports, event_id=event.id, dj_id=ben.id, by=STAFF)
        taken = await Link(evening, ben).send(heard("Now"), heard("Late", at_ms=-HOUR, boot="laptop"))
        assert [one.code for one in taken.aside] == ["dj_not_assigned"] * 2
        assert (await titles(evening), await now(evening)) == ([], None)

    play_out(scene)
