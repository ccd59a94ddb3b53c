"""From what boxes tell to nights: whole, in order, at their true times, on both engines."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.events import GuestForgotten, JournalRestored
from appliance.errors import NotKnown
from sync.cloud.derive.nights import load_night, nights, true_ms
from sync.cloud.derive.projecting import derive_next, enlist
from sync.cloud.derive.worker import Deriving
from sync.cloud.night.house import of_house
from sync.cloud.night.records import Night
from sync.cloud.store.engine import Database, migrate, open_database
from tests.cloud.boxes import BOX, ORG, enrolled
from tests.cloud.stories import EVENT, HOUR, MAIN, MINUTE, TRUE_MS, Story, an_evening, derive, rows, tables

Scene = Callable[[Database, str], Awaitable[Any]]


@pytest.fixture(params=["postgres", "sqlite"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a row."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/cloud.db"
    url: str = request.getfixturevalue("swept_postgres")
    return url


def play_out(address: str, scene: Scene) -> None:
    async def run() -> None:
        async with open_database(address) as database:
            await migrate(database)
            await scene(database, address)

    asyncio.run(run())


async def night_of(database: Database, *, box: str = BOX) -> Night:
    async with database.transaction(org=ORG) as tx:
        return await load_night(tx, box, EVENT)


async def derived(database: Database, *stories: Story) -> Night:
    """The night that these stories tell, one after the other."""
    sender = await enrolled(database)
    for story in stories:
        await story.send(database, sender)
    await derive(database)
    return await night_of(database)


def test_a_night_is_told_whole_in_order_and_at_its_times(address: str) -> None:
    async def scene(database: Database, _: str) -> None:
        night = await derived(database, an_evening())
        assert (night.box, night.event, night.name) == (BOX, EVENT, "Summer Ball")
        assert [(stage.id, stage.name) for stage in night.stages] == [(MAIN.id, "Main Floor"), ("cellar", "Cellar")]
        first, second = night.sets
        assert [(one.id, one.dj_name, one.began_ms, one.ended_ms) for one in (first, second)] == [
            ("s1", "DJ Anna", TRUE_MS + MINUTE, TRUE_MS + 10 * MINUTE),
            ("s2", "DJ Bela", TRUE_MS + 10 * MINUTE, TRUE_MS + 26 * MINUTE),
        ]
        # The one that came late stands where it was heard, and ends what was on then.
        heard = [(one.id, (one.began_ms or 0) - TRUE_MS, (one.ended_ms or 0) - TRUE_MS) for one in night.plays]
        assert heard == [
            ("p1", MINUTE, 5 * MINUTE),
            ("p2", 5 * MINUTE, 7 * MINUTE + 1_000),
            ("p3", 7 * MINUTE + 1_000, 10 * MINUTE),
            ("p4", 10 * MINUTE, 26 * MINUTE),
        ]
        assert (night.plays[0].artist, night.plays[0].title, night.plays[0].bpm) == ("Miles Davis", "Track p1", 120.5)
        assert [(one.play, one.guest) for one in night.likes] == [("p1", "ann"), ("p1", "cyd"), ("p2", "ann")]
        assert night.likes[2].at_ms == TRUE_MS + 5 * MINUTE
        assert [(one.stage, one.guests, one.left, one.came_from) for one in night.presence] == [
            (MAIN.id, 4, 0, {}),
            ("cellar", 4, 0, {MAIN.id: 2}),
        ]
        assert [list(one.minutes) for one in night.presence] == [[1, 2, 3, 3, 2]] * 2
        assert [(one.to_session, one.before, one.stayed) for one in night.handovers] == [("s2", 4, 3)]
        assert [(one.guest, one.vote) for one in night.tempo_votes] == [("ann", "perfect")]
        assert [(one.kind, one.n) for one in night.reactions] == [("thanks", 2)]
        assert [(one.question, list(one.counts)) for one in night.polls] == [("Encore?", [2, 0]), ("More?", [5, 6])]
        assert night.polls[1].closed_ms == TRUE_MS + 25 * MINUTE
        # The network's tenth of a second, and what a crystal drifts in the 26 minutes after it.
        assert (night.unknown_boots, night.error_ms) == (0, 178)
        orders = [one.order for one in night.plays]
        orders.insert(2, night.likes[2].order)
        assert orders == sorted(orders)
        assert len(set(orders)) == 5

    play_out(address, scene)


def test_the_list_of_nights_and_the_views_say_the_same_on_both_engines(address: str) -> None:
    async def scene(database: Database, url: str) -> None:
        await derived(database, an_evening())
        async with database.transaction(org=ORG) as tx:
            [head] = await nights(tx, ORG)
            told = (head.box, head.box_name, head.event, head.name, head.sets, head.plays, head.likes, head.most_guests)
            assert told == (BOX, "Box", EVENT, "Summer Ball", 2, 4, 3, 4)
            assert (head.began_ms, head.ended_ms) == (TRUE_MS + MINUTE, TRUE_MS + 10 * MINUTE)
            later = await true_ms(tx, org=ORG, box=BOX, boot="boot-1", boot_ms=10_000 + HOUR)
            assert later == TRUE_MS + HOUR
            assert await true_ms(tx, org=ORG, box=BOX, boot="other", boot_ms=0) is None
            with pytest.raises(NotKnown):
                await load_night(tx, BOX, "another event")
        plays = await rows(url, "SELECT play_id, likes, listeners, dj_name FROM report_plays ORDER BY began_ms")
        assert [tuple(row.values()) for row in plays] == [
            ("p1", 2, 4, "DJ Anna"),
            ("p2", 1, None, "DJ Anna"),
            ("p3", 0, None, "DJ Anna"),
            ("p4", 0, None, "DJ Bela"),
        ]
        [heard, *_] = await rows(url, "SELECT * FROM report_set_list ORDER BY began_ms")
        assert (heard["began_ms"], heard["ended_ms"]) == (TRUE_MS + MINUTE, TRUE_MS + 5 * MINUTE)
        assert str(heard["began"]).replace("T", " ").startswith("2027-01-15 08:01:00")
        [box] = await rows(url, "SELECT * FROM report_boxes")
        assert (box["box"], box["to_derive"], box["clock"], box["boots_without_time"]) == ("Box", 0, "ntp", 0)
        assert box["entries"] == len(an_evening().entries)
        [change] = await rows(url, "SELECT * FROM report_handovers")
        assert (change["from_dj"], change["to_dj"], change["share"]) == ("DJ Anna", "DJ Bela", 0.75)
        there = await rows(url, "SELECT stage, until_ms FROM report_presence ORDER BY place")
        assert [tuple(row.values()) for row in there] == [
            ("Main Floor", TRUE_MS + 5 * MINUTE),
            ("Cellar", TRUE_MS + 25 * MINUTE),
        ]

    play_out(address, scene)


def test_what_the_house_played_and_what_was_not_for_everybody_is_told_by_its_latest_count(address: str) -> None:
    async def scene(database: Database, url: str) -> None:
        story = an_evening()
        bar = {"player": "bar", "stage": MAIN.id, "dj": "dj-Bela", "works": True}
        story.says("player.changed", bar | {"name": "Terrace"})
        for play, count in (("p4", 3), ("p3", 1), ("p4", 2), ("never told", 5)):
            story.says("dislikes.counted", {"play": play, "stage": MAIN.id, "dislikes": count})
        story.says("dislikes.counted", {"play": "p4", "stage": MAIN.id, "dislikes": -1})
        night = await derived(database, story)
        assert {one.id: one.dislikes for one in night.plays} == {"p1": 0, "p2": 0, "p3": 1, "p4": 2}
        assert night.house == {"dj-Bela"}
        found = of_house(night)
        assert found is not None
        assert [(one.stage_name, one.plays, one.dislikes) for one in found.stages] == [("Main Floor", 1, 2)]
        told = await rows(url, "SELECT player, play_id, dislikes FROM report_house")
        assert [tuple(row.values()) for row in told] == [("Terrace", "p4", 2)]

    play_out(address, scene)


def test_wall_clocks_that_jump_by_years_change_nothing(address: str) -> None:
    async def scene(database: Database, _: str) -> None:
        jumping, dice = an_evening(), random.Random(7)
        for number, entry in enumerate(jumping.entries):
            off = dice.randint(-10, 10) * 365 * 24 * HOUR
            jumping.entries[number] = type(entry)(*entry_fields(entry, wall_ms=entry.wall_ms + off))
        night = await derived(database, jumping)
        assert [one.id for one in night.plays] == ["p1", "p2", "p3", "p4"]
        assert night.sets[0].began_ms == TRUE_MS + MINUTE

    play_out(address, scene)


def entry_fields(entry: Any, *, wall_ms: int) -> tuple[Any, ...]:
    return (entry.seq, entry.kind, entry.v, entry.boot, entry.boot_ms, wall_ms, entry.trust, entry.body)


def test_an_anchor_that_comes_late_puts_the_whole_boot_right(address: str) -> None:
    async def scene(database: Database, _: str) -> None:
        sender = await enrolled(database)
        story = Story().opens().starts("s1")
        # The crystal goes wrong by 40 in a million, and staff set the time by a minute and a half beside it.
        for number in range(12):
            story.later(HOUR // 2).plays(f"p{number}")
        await story.send(database, sender)
        await derive(database)
        night = await night_of(database)
        assert [one.began_ms for one in night.plays] == [None] * 12
        assert (night.unknown_boots, [one.id for one in night.plays][:2]) == (1, ["p0", "p1"])
        story.set_by_staff(TRUE_MS + 6 * HOUR + 90_000)
        await story.send(database, sender)
        await derive(database)
        rough = await night_of(database)
        assert rough.plays[0].began_ms == TRUE_MS + HOUR // 2 + 90_000
        async with database.transaction(org=ORG) as tx:
            [before] = await nights(tx, ORG)
        story.later(6 * HOUR).anchored(TRUE_MS + 12 * HOUR + int(12 * HOUR * 40e-6))
        await story.send(database, sender)
        await derive(database)
        night = await night_of(database)
        for number, play in enumerate(night.plays):
            assert play.began_ms is not None
            truly = TRUE_MS + (number + 1) * HOUR // 2 * (1 + 40e-6)
            assert abs(play.began_ms - truly) <= 2_000
        assert night.error_ms is not None
        assert 100 < night.error_ms < 3_000
        async with database.transaction(org=ORG) as tx:
            [after] = await nights(tx, ORG)
        assert after.revision > before.revision

    play_out(address, scene)


def test_of_three_boots_the_one_without_an_anchor_keeps_its_place_and_has_no_hour(address: str) -> None:
    async def scene(database: Database, url: str) -> None:
        story = Story().opens().anchored(TRUE_MS).starts("s1").plays("p1").likes("p1", "ann").later(HOUR)
        story.plays("p2").reboots("boot-2").plays("p3").likes("p3", "ann", "bob").later(HOUR).plays("p4")
        # Said by a phone that is years off, in a boot that comes after: order stays what it was.
        story.reboots("boot-3").plays("p5").anchored(TRUE_MS + 9 * HOUR).later(MINUTE).plays("p6")
        night = await derived(database, story)
        assert [one.id for one in night.plays] == ["p1", "p2", "p3", "p4", "p5", "p6"]
        assert [one.began_ms is None for one in night.plays] == [False, False, True, True, False, False]
        assert [one.ended_ms is None for one in night.plays] == [False, True, True, False, False, True]
        assert (night.unknown_boots, len(night.likes)) == (1, 3)
        [row] = await rows(url, "SELECT * FROM report_boots WHERE unknown")
        assert (row["boot"], row["not_before_ms"], row["not_after_ms"]) == (
            "boot-2",
            TRUE_MS + HOUR,
            TRUE_MS + 9 * HOUR,
        )
        [head] = await rows(url, "SELECT plays, likes FROM report_nights")
        assert (head["plays"], head["likes"]) == (6, 3)

    play_out(address, scene)


def test_a_play_from_before_the_boot_that_tells_it_stands_where_it_was(address: str) -> None:
    async def scene(database: Database, _: str) -> None:
        story = Story().opens().anchored(TRUE_MS).starts("s1").plays("p1").later(20 * MINUTE).plays("p2")
        story.later(20 * MINUTE).plays("p3").reboots("boot-2").anchored(TRUE_MS + HOUR)
        story.plays("late", age_ms=50 * MINUTE).plays("between", age_ms=10 * MINUTE)
        night = await derived(database, story)
        assert [one.id for one in night.plays] == ["p1", "late", "p2", "p3", "between"]
        assert night.plays[1].began_ms == TRUE_MS + 10 * MINUTE

    play_out(address, scene)


def test_ends_that_nobody_told_are_inferred(address: str) -> None:
    async def scene(database: Database, _: str) -> None:
        story = Story().opens().anchored(TRUE_MS).starts("s1").plays("p1").later(HOUR).likes("p1", "ann")
        story.reboots("boot-2").anchored(TRUE_MS + 3 * HOUR).starts("s2", dj="Bela").plays("p2", session="s2")
        night = await derived(database, story)
        # The first DJ's set ended no later than the plug was pulled; the second may still be on.
        assert [one.ended_ms for one in night.sets] == [TRUE_MS + HOUR, None]
        assert [one.ended_ms for one in night.plays] == [TRUE_MS + HOUR, None]

    play_out(address, scene)


def test_small_pages_and_entries_that_are_derived_again_make_the_same_tables(address: str) -> None:
    async def scene(database: Database, url: str) -> None:
        story = an_evening()
        sender = await enrolled(database)
        await story.send(database, sender, page=5)
        assert await derive(database, page=3) == len(story.entries)
        piecemeal = await tables(url)
        assert await derive(database) == 0
        # As a program with other rules would: everything anew from the raw events.
        async with database.transaction(org=None) as tx:
            await tx.run("derive_turned", turn=0, version=0, org=ORG, box=BOX)
        assert await derive(database) == len(story.entries)
        assert await tables(url) == piecemeal

    play_out(address, scene)


def test_the_same_night_under_a_second_epoch_is_still_one_night(address: str) -> None:
    async def scene(database: Database, url: str) -> None:
        once = await derived(database, an_evening())
        before = {name: len(every) for name, every in (await tables(url)).items()}
        restored = an_evening().under("e2").tell(JournalRestored(previous="e1", epoch="e2", last_seq=9))
        again = await derived(database, restored)
        assert without_orders(again) == without_orders(once)
        assert {name: len(every) for name, every in (await tables(url)).items()} == before
        # What is new under the second epoch is the last word.
        last = await derived(database, restored.likes("p4", "new").unlikes("p2", "ann"))
        assert [(one.play, one.guest) for one in last.likes] == [("p1", "ann"), ("p1", "cyd"), ("p4", "new")]

    play_out(address, scene)


def without_orders(night: Night) -> str:
    """All that is told of a night, but for how far apart in the history things stand."""
    return re.sub(r"order=\d+", "", str(night))


def test_who_wants_to_be_forgotten_is_nowhere_also_when_told_again(address: str) -> None:
    async def scene(database: Database, url: str) -> None:
        story = an_evening()
        sender = await enrolled(database)
        await story.send(database, sender)
        await derive(database)
        story.tell(GuestForgotten("ann"))
        await story.send(database, sender)
        await story.under("e2").send(database, sender)
        await derive(database)
        every = str(await tables(url))
        assert "'bob'" in every
        assert "'ann'" not in every
        raw = await rows(url, "SELECT kind, body FROM events ORDER BY epoch, seq")
        assert len(raw) == 2 * len(story.entries)
        about = [row["kind"] for row in raw if '"ann"' in str(row["body"])]
        assert about == ["guest.forgotten", "guest.forgotten"]
        assert [row["body"] for row in raw if row["kind"] == "erased"] == ["{}"] * 12
        night = await night_of(database)
        assert {one.guest for one in night.likes} == {"cyd"}
        assert night.polls[0].counts == [1, 0]

    play_out(address, scene)


def test_what_nobody_can_read_is_counted_and_stops_nothing(address: str) -> None:
    async def scene(database: Database, url: str) -> None:
        story = Story().opens().says("like.given", {"play": 7, "guest": "ann"}).says("like.given", {"guest": "ann"})
        story.says("stars.aligned", {"planets": [1, 2]}).says("play.announced", {"play": "p9"}, v=99)
        story.says("presence.counted", {"event": EVENT, "stage": MAIN.id, "span_ms": 0, "minutes": [], "guests": 1})
        story.says("token.issued", {"token": "t"}).says("erased", {}).says("shed", {}).says(
            "time.anchored", _anchored(1_000)
        ).starts("s1")
        story.plays("p1")
        night = await derived(database, story)
        assert [one.id for one in night.plays] == ["p1"]
        found = await rows(url, "SELECT kind, code, n FROM skipped ORDER BY kind, code")
        assert [tuple(row.values()) for row in found] == [
            ("like.given", "body_wrong", 2),
            ("play.announced", "version_unknown", 1),
            ("presence.counted", "body_wrong", 1),
            ("stars.aligned", "kind_unknown", 1),
            ("time.anchored", "time_impossible", 1),
        ]
        assert len(await rows(url, "SELECT seq FROM events")) == len(story.entries)

    play_out(address, scene)


def _anchored(wall_ms: int) -> dict[str, object]:
    return {"boot": "boot-1", "boot_ms": 1, "wall_ms": wall_ms, "error_ms": 1, "source": "ntp"}


def test_a_box_that_gave_up_minutes_for_room_still_tells_its_sums(address: str) -> None:
    async def scene(database: Database, _: str) -> None:
        body = {"event": EVENT, "stage": MAIN.id, "span_ms": 300_000, "guests": 7, "active": 2, "arrived": 7, "left": 0}
        night = await derived(database, Story().opens().says("presence.counted", body))
        assert [(one.guests, list(one.minutes), one.came_from) for one in night.presence] == [(7, [], {})]

    play_out(address, scene)


def test_sets_that_were_told_before_their_stage_belong_to_its_event(address: str) -> None:
    async def scene(database: Database, _: str) -> None:
        night = await derived(database, Story().starts("s1").plays("p1").opens().plays("p2"))
        assert ([one.id for one in night.sets], [one.id for one in night.plays]) == (["s1"], ["p1", "p2"])

    play_out(address, scene)


def test_a_worker_derives_what_comes_while_it_runs_and_survives_being_cut_off(address: str) -> None:
    async def scene(database: Database, url: str) -> None:
        sender = await enrolled(database)
        story = an_evening()
        await story.send(database, sender, most=20)
        await enlist(database)
        cut = asyncio.create_task(derive_next(database, turn=1, page=10))
        await asyncio.sleep(0.003)
        cut.cancel()
        with suppress(asyncio.CancelledError):
            await cut
        worker = Deriving(database)
        worker.start()
        await story.send(database, sender)
        worker.wake()
        # What was cut off had ten at most; a batch counts when its worker has heard that it is durable.
        async with asyncio.timeout(10):
            while worker.derived < len(story.entries) - 10 or (
                (await rows(url, "SELECT to_derive FROM report_boxes"))[0]["to_derive"] != 0
            ):
                await asyncio.sleep(0.02)
        assert worker.problem() is None
        await worker.stop()
        assert len((await night_of(database)).plays) == 4
        assert len(await rows(url, "SELECT * FROM likes")) == 5

    play_out(address, scene)
