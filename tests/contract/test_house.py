"""What the house player goes by, and what it chooses from that, on both stores."""

import contextlib
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.house import HouseRules, HouseTrack, Reason, Why, minute_of
from appliance.domain.identity import Reason as Because
from appliance.domain.models import ClockTrust, Stamp, TrackInfo
from appliance.errors import NotKnown, Refused
from appliance.house.chooser import HouseChooser
from appliance.ports import Transaction
from appliance.ports.house import StageHouse
from appliance.usecases import bans, dislikes, house, identifying, likes, plays, privacy, settling
from appliance.usecases.identifying import Candidate
from appliance.usecases.plays import ToldPlay
from tests.contract.conftest import Scene
from tests.support.evening import Evening
from tests.support.house import LIBRARY, STAGE, House, put, sounding
from tests.support.library import KNOWN, library_file, library_track

PlayOut = Callable[[Scene], None]


async def set_rules(evening: Evening, rules: HouseRules) -> None:
    await evening.ports.store.write(lambda tx: tx.set_house_rules(STAGE, rules))


def test_one_of_each_recording_that_is_there_can_be_chosen(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await put(evening, [("t1", "Anna", sounding(120)), ("t3", "Ed", sounding(90)), ("t4", "Joe", sounding(91))])

        def change(tx: Transaction) -> None:
            tx.put_library_track(library_track("t2", "title t1", "Anna", group="t1", sound=sounding(120)))
            tx.put_library_file(library_file("copy.mp3", "t2"))
            tx.put_library_file(replace(library_file("t3.mp3", "t3"), is_gone=True))
            tx.put_library_track(library_track("t5", "unheard", "Bo", sound=replace(KNOWN, embedding=None)))
            tx.put_library_file(library_file("t5.mp3", "t5"))

        await evening.ports.store.write(change)
        found = await evening.ports.reader.house_tracks()
        t1 = HouseTrack("t1", "t1", "Anna", "title t1", (0.0, 0.0, 0.0, 0.0, 0.0), 120, "Swing", is_explicit=False)
        assert found == [t1, replace(t1, id="t4", group="t4", artist="Joe", title="title t4", bpm=91)]

    play_out(scene)


def test_what_guests_like_is_heard_as_far_as_it_counts_whoever_played_it(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening, guests=["a", "b", "unseen", "silent"]).open()
        await house.play("t1")
        await house.like("a", "t1")
        await house.like("b", "t1")
        await house.like("unseen", "t1", there=False)
        await house.like("gone", "t1")
        for number in range(2, 8):
            await house.play(f"t{number}")
        evening.clock.pass_s(20 * 3600)
        reasons = {one.track_id: one.reason for one in await house.chooser.best(STAGE, after=(), count=12)}
        assert reasons["t1"] == Reason(Why.LIKED, 2)
        words = await evening.ports.reader.house_words(["a", "b", "unseen"])
        assert {(word.guest_id, word.play_id, word.is_like) for word in words} == {
            ("a", "p-t1", True),
            ("b", "p-t1", True),
        }

    play_out(scene)


def test_a_like_counts_for_the_recording_that_was_heard_however_its_play_is_called(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house, ports = await House(evening, guests=["a"]).open(), evening.ports
        told = ToldPlay(track=TrackInfo(artist="A. Three", title="Something else"), play_id="p-odd")
        play = (await plays.announce_play(ports, dj=house.dj, told=told)).play
        await likes.set_like(ports, guest_id="a", play_id="p-odd", liked=True)

        async def liked() -> set[str]:
            found = await house.chooser.best(STAGE, after=(), count=12)
            return {one.track_id for one in found if one.reason.why is Why.LIKED}

        evening.clock.pass_s(20 * 3600)
        assert await liked() == set()
        await identifying.settle(ports, play, [Candidate("t3", 0.95, Because.ALIKE)])
        assert await liked() == {"t3"}

    play_out(scene)


def test_of_two_files_of_one_name_the_one_that_the_house_played_is_meant(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening, guests=["a"]).open_house()

        def change(tx: Transaction) -> None:
            for track_id in ("t4", "t7"):
                tx.put_library_track(library_track(track_id, "The same", "Anna", sound=sounding(120)))

        await evening.ports.store.write(change)
        await likes.set_like(evening.ports, guest_id="a", play_id=await house.house_plays("t7"), liked=True)
        await house.house_plays("t1")
        evening.clock.pass_s(20 * 3600)
        reasons = {one.track_id: one.reason.why for one in await house.chooser.best(STAGE, after=(), count=12)}
        assert (reasons["t7"], reasons["t4"]) == (Why.LIKED, Why.LIKED_ARTIST)

    play_out(scene)


def test_the_same_question_gets_the_same_answer_and_what_comes_is_not_chosen_again(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening, guests=["a"]).open()
        await house.play("t0")
        queue: list[str] = []
        for _ in range(11):
            found = await house.next(*queue)
            assert found == await house.next(*queue)
            assert found is not None
            queue.append(found[0])
        assert sorted(["t0", *queue]) == sorted(track_id for track_id, _, _ in LIBRARY)

    play_out(scene)


def test_a_library_that_grew_and_a_stick_that_was_pulled_out_are_seen_at_once(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = House(evening)
        assert await house.next() is None
        await put(evening, [("t1", "Anna", sounding(120))])
        assert await house.next() == ("t1", Why.DISCOVERY)
        await put(evening, [("t2", "Ed", sounding(120))])
        assert await house.next("t1") == ("t2", Why.DISCOVERY)
        await evening.ports.store.write(lambda tx: tx.library_root_gone("/music"))
        assert await house.next() is None

    play_out(scene)


def test_the_managers_rules_are_kept_and_no_other_stages(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening).open()
        rules = HouseRules(frozenset({"Swing", "Écossaise"}), allows_explicit=False, bpm_from=118.95, bpm_until=119.05)
        await set_rules(evening, rules)
        assert (await evening.ports.store.write(lambda tx: tx.house_rules(STAGE))) == rules
        assert (await evening.ports.store.write(lambda tx: tx.house_rules("elsewhere"))) == HouseRules()
        found = await house.next()
        assert found is not None
        assert found[0] == "t10"
        await set_rules(evening, replace(rules, genres=frozenset({"Tango"})))
        assert await house.next() is None
        with pytest.raises(NotKnown):
            await house.chooser.next_track("elsewhere", after=())

    play_out(scene)


@pytest.mark.parametrize(
    ("at", "opens", "closes", "is_open"),
    [
        # Clocks are put back at 3:00 in the night to the 25th, so 2:30 comes twice; the house is open both times.
        ("2026-10-24T19:59:00+00:00", "22:00", "02:45", False),
        ("2026-10-24T20:00:00+00:00", "22:00", "02:45", True),
        ("2026-10-25T00:30:00+00:00", "22:00", "02:45", True),
        ("2026-10-25T00:50:00+00:00", "22:00", "02:45", False),
        ("2026-10-25T01:30:00+00:00", "22:00", "02:45", True),
        ("2026-10-25T01:45:00+00:00", "22:00", "02:45", False),
        # Put forward on the 29th of March, clocks never show 2:30: at three it is past that.
        ("2026-03-29T00:59:00+00:00", "22:00", "02:30", True),
        ("2026-03-29T01:00:00+00:00", "22:00", "02:30", False),
        ("2026-03-29T01:00:00+00:00", "02:30", "05:00", True),
    ],
)
def test_hours_follow_the_clocks_of_the_events_zone_over_nights_in_which_they_are_turned(
    at: str, opens: str, closes: str, *, is_open: bool
) -> None:
    rules = HouseRules(opens_min=minute_of(opens, field="opens"), closes_min=minute_of(closes, field="closes"))
    wall_ms = int(datetime.fromisoformat(at).timestamp() * 1000)
    now = Stamp("boot", 1, wall_ms, ClockTrust.NTP)
    if is_open:
        house.check_open(StageHouse("Europe/Vienna", rules), now=now)
    else:
        with pytest.raises(Refused):
            house.check_open(StageHouse("Europe/Vienna", rules), now=now)


def test_the_house_keeps_its_hours_by_the_clock_on_the_wall_unless_nobody_ever_set_it(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        house = await House(evening).open()
        await set_rules(evening, HouseRules(opens_min=22 * 60, closes_min=4 * 60))
        with pytest.raises(Refused) as refused:  # it is eight in the morning
            await house.next()
        assert (refused.value.code, "22:00 to 04:00" in refused.value.detail) == ("house_closed", True)
        evening.clock.trust = ClockTrust.NONE
        assert await house.next() is not None
        evening.clock.trust = ClockTrust.DEVICE
        evening.clock.pass_s(18 * 3600)
        assert await house.next() is not None

    play_out(scene)


async def what_follows_is_what_is_kept(house: House) -> None:
    """A choice by what was followed in memory is the one by what the store says."""
    fresh = HouseChooser(present=lambda stage_id: house.guests if stage_id == STAGE else ())
    fresh.start(house.evening.ports)
    followed = await house.chooser.best(STAGE, after=(), count=14)
    assert followed == await fresh.best(STAGE, after=(), count=14)


def test_whatever_is_said_taken_back_and_found_the_choice_goes_by_what_the_store_says(play_out: PlayOut) -> None:
    chance = random.Random(1)

    async def scene(evening: Evening) -> None:
        house = await House(evening, guests=["a", "b", "c", "d"]).open_house()
        ports, event = evening.ports, (await evening.ports.reader.events())[0]
        said = []
        for number in range(5):
            said.append(await house.house_plays(f"t{number}"))
            await house.asks(said[-1])

        async def step() -> None:
            guest, play, track = chance.choice("abcd"), chance.choice(said), f"t{chance.randrange(12)}"
            match chance.randrange(11):
                case 0 | 1 | 2:
                    is_there, liked = chance.random() < 0.8, chance.random() < 0.7
                    await likes.set_like(ports, guest_id=guest, play_id=play, liked=liked, there=is_there)
                case 3:
                    disliked = chance.random() < 0.7
                    await dislikes.set_dislike(ports, guest_id=guest, play_id=play, disliked=disliked)
                case 4:
                    await settling.let_count(ports, guest_id=guest)
                case 5:
                    with contextlib.suppress(NotKnown):  # who said nothing can't be banned
                        await bans.ban(ports, event_id=event.id, guest_id=guest, why="spam", by=STAFF)
                        await what_follows_is_what_is_kept(house)
                        await bans.lift(ports, event_id=event.id, guest_id=guest, by=STAFF)
                case 6:
                    await privacy.forget_guest(ports, guest_id=guest)
                case 7 | 8 | 9:
                    group, artist = (
                        chance.choice([track, f"t{chance.randrange(12)}"]),
                        chance.choice(["Artist 1", "Somebody"]),
                    )
                    sound = sounding(100 + chance.randrange(40))
                    await ports.store.write(
                        lambda tx: tx.put_library_track(library_track(track, "title", artist, group=group, sound=sound))
                    )
                case _:
                    file = replace(library_file(f"{track}.mp3", track), is_gone=chance.random() < 0.5)
                    await ports.store.write(lambda tx: tx.put_library_file(file))

        for _ in range(90):
            await step()
            if chance.random() < 0.5:
                await what_follows_is_what_is_kept(house)
        await ports.store.write(lambda tx: tx.library_root_gone("/music"))
        await what_follows_is_what_is_kept(house)

    play_out(scene)
