"""What was heard at an event before, on any of its stages, on both stores."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.domain.models import Dj, TrackInfo
from appliance.errors import Invalid
from appliance.ports import HeardBefore
from appliance.usecases import locks, plays, sessions, stages
from appliance.usecases.plays import Announced, ToldPlay
from appliance.usecases.schedule import repeats
from tests.contract.conftest import Scene
from tests.support.evening import Evening, track
from tests.support.places import another_event

PlayOut = Callable[[Scene], None]


async def start(evening: Evening, name: str, stage_id: str) -> Dj:
    dj = await evening.dj(name)
    await sessions.start_session(evening.ports, dj=dj, stage_id=stage_id)
    return dj


async def play(evening: Evening, dj: Dj, play_id: str, what: TrackInfo) -> Announced:
    sent = ToldPlay(track=what, play_id=play_id)
    return await plays.announce_play(evening.ports, dj=dj, told=sent)


def told(before: HeardBefore | None) -> tuple[str, str, str] | None:
    return (before.play.id, before.dj_name, before.stage_name) if before else None


def test_a_play_names_the_one_it_repeats_with_whose_and_where(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await stages.add_stage(evening.ports, name="Cellar")
        anna, ben = await start(evening, "DJ Anna", "main-floor"), await start(evening, "DJ Ben", "cellar")
        assert (await play(evening, anna, "p1", track())).before is None
        assert (await play(evening, anna, "p2", track("Blue in Green"))).before is None
        # As tracks have it: letter case and width aside.
        again = await play(evening, ben, "p3", track("SO WHAT", "ｍiles davis"))
        assert told(again.before) == ("p1", "DJ Anna", "Main Floor")
        third = await play(evening, anna, "p4", track())
        assert told(third.before) == ("p3", "DJ Ben", "Cellar")
        # Sent again, it repeats what it repeated.
        assert told((await play(evening, ben, "p3", track())).before) == ("p1", "DJ Anna", "Main Floor")
        assert (await play(evening, anna, "p5", track("So What", "Somebody else"))).before is None

    play_out(scene)


def test_what_was_taken_back_or_heard_at_another_event_does_not_count(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        garden = await another_event(evening, stage="Garden")
        anna, ben = await start(evening, "DJ Anna", "main-floor"), await start(evening, "DJ Ben", garden.id)
        await play(evening, anna, "p1", track())
        assert (await play(evening, ben, "p2", track())).before is None
        await evening.ports.store.write(lambda tx: tx.retract_play("p1"))
        assert (await play(evening, anna, "p3", track())).before is None

    play_out(scene)


def test_at_an_event_without_dates_only_a_day_counts(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        [event] = await evening.ports.reader.events()
        anna = await start(evening, "DJ Anna", "main-floor")
        await play(evening, anna, "p1", track())
        evening.clock.pass_s(24 * 3600)
        assert told((await play(evening, anna, "p2", track())).before) == ("p1", "DJ Anna", "Main Floor")
        evening.clock.pass_s(24 * 3600 + 1)
        assert await repeats.before_playing(evening.ports, event=event, track=track()) is None
        assert await repeats.heard_at_event(evening.ports, event=event, limit=9) == []
        dated = replace(event, starts_ms=0)
        await evening.ports.store.write(lambda tx: tx.set_event(dated))
        assert told(await repeats.before_playing(evening.ports, event=dated, track=track())) is not None
        assert told((await play(evening, anna, "p3", track())).before) == ("p2", "DJ Anna", "Main Floor")

    play_out(scene)


def test_what_is_being_typed_is_looked_up_and_each_track_is_listed_once(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        [event] = await evening.ports.reader.events()
        anna = await start(evening, "DJ Anna", "main-floor")
        for play_id, title in (("p1", "So What"), ("p2", "Blue in Green"), ("p3", "So What")):
            await play(evening, anna, play_id, track(title))

        async def typed(title: str, artist: str) -> tuple[str, str, str] | None:
            meant = TrackInfo(artist=artist, title=title)
            return told(await repeats.before_playing(evening.ports, event=event, track=meant))

        assert await typed("  so   what ", "Miles Davis") == ("p3", "DJ Anna", "Main Floor")
        assert await typed("So Wha", "Miles Davis") is None
        assert await typed("", "") is None
        heard = await repeats.heard_at_event(evening.ports, event=event, limit=9)
        assert [one.play.id for one in heard] == ["p3", "p2"]
        assert [one.play.id for one in await repeats.heard_at_event(evening.ports, event=event, limit=1)] == ["p3"]
        first = await evening.ports.reader.play("p1")
        last = await evening.ports.reader.play("p3")
        assert first is not None
        assert last is not None
        assert await repeats.before_play(evening.ports, play=first, event=event) is None
        assert told(await repeats.before_play(evening.ports, play=last, event=event)) == (
            "p1",
            "DJ Anna",
            "Main Floor",
        )

    play_out(scene)


def test_a_search_finds_tracks_by_words_in_any_order_and_spelling(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        garden = await another_event(evening, stage="Garden")
        [event, _] = await evening.ports.reader.events()
        anna, ben = await start(evening, "DJ Anna", "main-floor"), await start(evening, "DJ Ben", garden.id)
        await play(evening, anna, "p1", track("So What", "Miles Davis"))
        await play(evening, anna, "p2", track("Straße", "Die Ärzte"))
        await play(evening, anna, "p3", track('100% "Love" _x_', "Crystal Waters"))
        await play(evening, anna, "p4", track("So What", "Miles Davis"))
        await play(evening, ben, "p5", track("So What", "Elsewhere"))

        async def found(text: str, *, limit: int = 9) -> list[str]:
            return [one.play.id for one in await repeats.find(evening.ports, event=event, text=text, limit=limit)]

        assert await found("what miles") == ["p4"]
        assert await found("MIL whA") == ["p4"]
        assert await found("ｓｏ") == ["p4"]
        assert await found("STRASSE") == ["p2"]
        assert await found("arzte") == []
        # Signs that a pattern would take for more than themselves.
        assert await found("%") == await found('"love"') == await found("_X_") == ["p3"]
        assert await found("s") == ["p4", "p3", "p2"]
        assert await found("s", limit=2) == ["p4", "p3"]
        assert await found("elsewhere") == []
        assert await found("   ") == await found("\u202e") == []

    play_out(scene)


def test_a_search_reaches_further_back_than_repeats_do_and_never_behind_a_pin(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        [event] = await evening.ports.reader.events()
        anna = await start(evening, "DJ Anna", "main-floor")
        await play(evening, anna, "p1", track())
        evening.clock.pass_s(3 * 24 * 3600)
        [found] = await repeats.find(evening.ports, event=event, text="what", limit=9)
        assert found.play.id == "p1"
        await locks.lock_set(evening.ports, dj=anna, session_id=None, pin="042042")
        assert await repeats.find(evening.ports, event=event, text="what", limit=9) == []
        with pytest.raises(Invalid) as refused:
            await repeats.find(evening.ports, event=event, text="x" * 201, limit=9)
        assert refused.value.code == "search_too_long"

    play_out(scene)
