"""Who is told what: its audience and nobody else, in time, once, and gently with services in trouble."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.cloud.boxes import NOW_MS
from tests.push.cloud import Hall, hall

MINUTE = 60_000
Scene = Callable[[Hall], Awaitable[None]]
PlayOut = Callable[[Scene], None]
OTHER_BOX = "c" * 16


@pytest.fixture(params=["postgres", "sqlite"])
def play_out(request: pytest.FixtureRequest, tmp_path: Path) -> PlayOut:
    """Plays a scene in a hall on each engine."""
    on_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/cloud.db" if on_file else request.getfixturevalue("swept_postgres")

    def play(scene: Scene) -> None:
        async def run() -> None:
            async with hall(url, tmp_path) as found:
                await scene(found)

        asyncio.run(run())

    return play


def test_the_event_is_told_and_nobody_else(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        await hall.subscribe("ben", hall.claim("g2", event="e2"))
        await hall.subscribe("carla", hall.claim("g3", box=OTHER_BOX))
        await hall.subscribe("dora", hall.claim("g4"), "main")
        hall.intent("news")
        await hall.deliver()
        assert await hall.rounds.once() == 1
        assert {name: hall.got(name) for name in hall.phones} == {
            "anna": ["news is live"], "ben": [], "carla": [], "dora": [],
        }  # fmt: skip
        assert await hall.rounds.once() == 0
        assert await hall.why() == {"news": "sent"}

    play_out(scene)


def test_a_stage_is_told_what_concerns_it_and_not_the_next_one(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"), "", "main")
        await hall.subscribe("ben", hall.claim("g2"), "", "bar")
        hall.intent("b", stage="bar")
        await hall.deliver()
        await hall.rounds.once()
        assert (hall.got("anna"), hall.got("ben")) == ([], ["b is live"])

    play_out(scene)


def test_three_hours_late_is_recorded_and_not_sent(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        hall.intent("late")
        await hall.deliver()
        hall.now_ms = NOW_MS + 180 * MINUTE
        assert await hall.rounds.once() == 0
        assert await hall.why() == {"late": "expired"}

    play_out(scene)


def test_from_a_boot_whose_time_nobody_knows_nothing_is_sent(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        hall.knows_time = False
        await hall.subscribe("anna", hall.claim("g1"))
        hall.intent("when")
        await hall.deliver()
        await hall.rounds.once()
        assert (hall.got("anna"), await hall.why()) == ([], {"when": None})
        hall.now_ms = NOW_MS + 21 * MINUTE
        await hall.rounds.once()
        assert (hall.got("anna"), await hall.why()) == ([], {"when": "expired"})

    play_out(scene)


def test_who_says_what_time_it_was_right_after_is_heard(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        hall.knows_time, hall.now_ms = False, NOW_MS + 5 * MINUTE
        await hall.subscribe("anna", hall.claim("g1"))
        hall.intent("when", at_ms=5 * MINUTE)
        await hall.deliver()
        assert await hall.rounds.once() == 0
        hall.knows_time = True
        hall.claim("g2")
        await hall.deliver()
        hall.now_ms = NOW_MS + 10 * MINUTE
        assert await hall.rounds.once() == 1
        assert hall.service.received[0].headers["TTL"] == "900"

    play_out(scene)


def test_of_ten_that_say_live_now_the_newest_is_sent(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        for number in range(10):
            hall.intent(f"dj{number}", collapse="live", at_ms=number)
        await hall.deliver()
        await hall.rounds.once()
        assert hall.got("anna") == ["dj9 is live"]
        assert list((await hall.why()).values()).count("replaced") == 9

    play_out(scene)


def test_a_service_may_keep_it_for_the_time_that_is_left(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        hall.intent("news")
        await hall.deliver()
        hall.now_ms = NOW_MS + 5 * MINUTE
        await hall.rounds.once()
        assert hall.service.received[0].headers["TTL"] == "900"

    play_out(scene)


def test_a_subscription_that_is_gone_is_deleted_and_one_refusal_of_our_key_deletes_nobody(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        for number, name in enumerate(["gone", "lost", "kept"]):
            await hall.subscribe(name, hall.claim(f"g{number}"))
        answers = {"gone": 410, "lost": 404, "kept": 201}
        hall.service.answer = lambda phone: (answers[phone], {})
        hall.intent("one")
        await hall.deliver()
        assert await hall.rounds.once() == 1
        assert await subscriptions(hall) == 1
        hall.service.answer = lambda phone: (403, {})  # noqa: ARG005 - everybody
        hall.intent("two")
        await hall.deliver()
        assert await hall.rounds.once() == 0
        assert await subscriptions(hall) == 1
        async with hall.database.transaction(org=None) as tx:
            [alarm] = await tx.all("push_alarms")
        assert (alarm["origin"], alarm["fate"], alarm["times"]) == (hall.service.origin, "refused", 1)
        async with hall.database.transaction(org=None) as tx:
            standing = await tx.one("push_standing", since_ms=hall.now_ms - MINUTE)
        assert standing == {"subscriptions": 1, "waiting": 1, "refusing": 1, "sent": 1, "unknown": 0, "refused": 3}

    play_out(scene)


def test_a_service_that_asks_to_wait_is_left_alone_and_asked_again_while_it_is_worth_it(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        for number in range(170):
            await hall.subscribe(f"p{number}", hall.claim(f"g{number}"))
        hall.service.answer = lambda phone: (429, {"Retry-After": "60"})  # noqa: ARG005 - everybody
        hall.intent("news")
        await hall.deliver()
        assert await hall.rounds.once() == 0
        # What was on its way already is answered; nothing begins after the first word of it.
        asked = hall.service.requests.total()
        assert asked <= 150
        hall.now_ms += 30_000
        assert await hall.rounds.once() == 0
        assert hall.service.requests.total() == asked
        hall.service.answer = lambda phone: (201, {})  # noqa: ARG005 - everybody
        hall.now_ms += 31_000
        assert await hall.rounds.once() == 170
        assert len({one.phone for one in hall.service.received}) == len(hall.service.received) == 170
        await hall.rounds.once()
        assert await hall.why() == {"news": "sent"}

    play_out(scene)


def test_a_broken_answer_is_no_reason_to_tell_twice_and_a_server_error_is_one_to_ask_again(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        hall.service.answer = lambda phone: (500, {})  # noqa: ARG005 - everybody
        hall.intent("news")
        await hall.deliver()
        await hall.rounds.once()
        hall.service.answer = lambda phone: (201, {})  # noqa: ARG005 - everybody
        assert await hall.rounds.once() == 0
        hall.now_ms += 31_000
        assert await hall.rounds.once() == 1
        assert hall.service.requests["anna"] == 2

    play_out(scene)


def test_two_workers_share_the_work_and_nobody_is_told_twice(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        for number in range(60):
            await hall.subscribe(f"p{number}", hall.claim(f"g{number}"))
        hall.intent("news")
        await hall.deliver()
        await asyncio.gather(*(hall.rounds.once() for _ in range(4)))
        assert hall.service.requests == {f"p{number}": 1 for number in range(60)}

    play_out(scene)


def test_a_worker_that_died_after_its_claim_costs_a_message_and_doubles_none(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        await hall.subscribe("ben", hall.claim("g2"))
        hall.intent("news")
        await hall.deliver()
        [waiting] = await hall.rounds.book.waiting()
        some = await hall.rounds.book.audience(waiting, most=1, but=[])
        [taken] = await hall.rounds.book.claim(waiting, some)
        assert await hall.rounds.once() == 1
        assert hall.service.requests.total() == 1
        assert taken.endpoint not in {hall.service.endpoint(hall.phones[one]) for one in hall.service.requests}

    play_out(scene)


def test_a_subscription_from_before_its_box_told_of_the_link_counts_once_it_has(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        digest = hall.claim("g1")
        await hall.subscribe("anna", digest)
        hall.intent("news")
        assert await hall.rounds.once() == 0
        await hall.deliver()
        assert await hall.rounds.once() == 1

    play_out(scene)


def test_a_guest_who_is_forgotten_gets_nothing_and_leaves_nothing(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        hall.forget("g1")
        hall.intent("news")
        await hall.deliver()
        assert await hall.rounds.once() == 0
        assert await subscriptions(hall) == 0
        async with hall.database.transaction(org=None) as tx:
            digest = hall.claim("g1")
            assert await tx.one("push_claim", digest=digest) is None

    play_out(scene)


def test_a_browser_that_came_by_two_links_is_told_once(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        for guest in ("g1", "g2"):
            await hall.subscribe("anna", hall.claim(guest), "main", "*", "")
        for name, stage in (("news", None), ("live", "main"), ("bar", "bar")):
            hall.intent(name, stage=stage)
        await hall.deliver()
        assert await hall.rounds.once() == 3
        assert hall.service.requests == {"anna": 3}
        assert await hall.rounds.once() == 0

    play_out(scene)


def test_what_is_no_intent_is_put_aside_and_stops_nothing(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        hall.intent("broken", path="//evil.example")
        hall.intent("good")
        await hall.deliver()
        assert await hall.rounds.once() == 1
        assert await hall.why() == {"broken": "broken", "good": "sent"}

    play_out(scene)


def test_a_large_venue_does_not_keep_a_small_one_waiting(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        for number in range(520):
            await hall.subscribe(f"p{number}", hall.claim(f"g{number}"))
        await hall.subscribe("small", hall.claim("s", box=OTHER_BOX))
        hall.intent("large")
        hall.intent("small", box=OTHER_BOX)
        await hall.deliver()
        assert await hall.rounds.once() == 521
        assert [one.phone for one in hall.service.received].index("small") <= 500

    play_out(scene)


def test_what_a_box_takes_back_before_it_was_sent_is_sent_to_nobody(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        hall.intent("news")
        hall.intent("wrong")
        hall.retract("wrong")
        await hall.deliver()
        assert await hall.rounds.once() == 1
        assert hall.got("anna") == ["news is live"]
        assert await hall.why() == {"news": "sent", "wrong": "retracted"}

    play_out(scene)


def test_what_is_taken_back_in_the_middle_reaches_nobody_who_was_not_claimed_yet(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        for number in range(20):
            await hall.subscribe(f"p{number}", hall.claim(f"g{number}"))
        hall.intent("wrong")
        await hall.deliver()
        [waiting] = await hall.rounds.book.waiting()
        phones = await hall.rounds.book.audience(waiting, most=99, but=[])
        assert len(await hall.rounds.book.claim(waiting, phones[:5])) == 5
        hall.retract("wrong")
        await hall.deliver()
        assert list(await hall.rounds.book.claim(waiting, phones)) == []
        assert list(await hall.rounds.book.audience(waiting, most=99, but=[])) == []
        # Who closes it later changes nothing.
        await hall.rounds.book.close(waiting, why="sent")
        assert await hall.why() == {"wrong": "retracted"}

    play_out(scene)


def test_a_word_that_is_taken_back_before_it_is_told_of_is_never_sent(play_out: PlayOut) -> None:
    """A box that goes on from a copy has two histories, and nobody knows which one is read first."""

    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        hall.retract("wrong")
        hall.intent("wrong")
        await hall.deliver()
        assert await hall.rounds.once() == 0
        assert await hall.why() == {"wrong": "retracted"}

    play_out(scene)


def test_one_box_takes_nothing_of_another_back(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        hall.intent("news")
        hall.retract("news", box=OTHER_BOX)
        await hall.deliver()
        assert await hall.rounds.once() == 1

    play_out(scene)


def test_what_was_sent_stays_sent_when_it_is_taken_back(play_out: PlayOut) -> None:
    async def scene(hall: Hall) -> None:
        await hall.subscribe("anna", hall.claim("g1"))
        hall.intent("news")
        await hall.deliver()
        assert await hall.rounds.once() == 1
        hall.retract("news")
        await hall.deliver()
        assert await hall.rounds.once() == 0
        assert await hall.why() == {"news": "sent"}

    play_out(scene)


async def subscriptions(hall: Hall) -> int:
    """How many browsers are known."""
    async with hall.database.transaction(org=None) as tx:
        counted = await tx.one("count_all_subscriptions")
    assert counted is not None
    return int(counted["n"])
