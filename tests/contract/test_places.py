"""Events and stages, on both stores."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.events import ClaimMade, IntentMade, LikeGiven
from appliance.domain.guests import guest_at
from appliance.domain.models import Doors, Phase, Stage
from appliance.errors import NotKnown, Refused
from appliance.ports import Transaction
from appliance.usecases import claims, events, likes, plays, privacy, sessions, stages
from appliance.usecases.plays import ToldPlay
from tests.contract.conftest import Scene
from tests.support.evening import Evening, track
from tests.support.places import another_event, draft_of

PlayOut = Callable[[Scene], None]
PHONE = "0123456789abcdef01234567"


async def second_event(evening: Evening) -> tuple[str, Stage]:
    """One more event with a stage of its own, whose name the first event has too."""
    stage = await another_event(evening, "Next door", stage="Main Floor")
    return stage.event_id, stage


async def heard_on(evening: Evening, stage_id: str) -> str:
    """A play there; its id."""
    dj = await evening.dj(f"DJ {stage_id}")
    session = (await sessions.start_session(evening.ports, dj=dj, stage_id=stage_id)).session
    sent = ToldPlay(track=track(), play_id=f"on-{stage_id}", session_id=session.id)
    return (await plays.announce_play(evening.ports, dj=dj, told=sent)).play.id


async def guests(evening: Evening) -> list[str]:
    """Who the phone is at each event."""
    return [guest_at(PHONE, key=event.guest_key) for event in await evening.ports.reader.events()]


def test_a_stage_belongs_to_one_event_and_its_address_to_it_alone(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event_id, stage = await second_event(evening)
        [first, second] = await evening.ports.reader.events()
        assert (second.id, second.phase) == (event_id, Phase.PUBLISHED)
        assert (stage.id, stage.name, stage.event_id) == ("main-floor-2", "Main Floor", event_id)

        def look(tx: Transaction) -> list[str]:
            found = [tx.event_of_stage(stage_id) for stage_id in ("main-floor", "main-floor-2")]
            assert found == [first, second]
            assert tx.event_of_stage("nowhere") is None
            assert tx.event("nowhere") is None
            return [one.id for one in tx.stages_of(event_id)]

        assert await evening.ports.store.write(look) == ["main-floor-2"]
        with pytest.raises(Refused, match="address already"):
            await stages.add_stage(evening.ports, name="main  FLOOR", event_id=event_id)
        with pytest.raises(NotKnown):
            await stages.add_stage(evening.ports, name="Garden", event_id="nowhere")

    play_out(scene)


def test_stages_are_listed_by_event_and_the_first_event_s_first(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event_id, _ = await second_event(evening)
        [first, _] = await evening.ports.reader.events()
        await stages.add_stage(evening.ports, name="Garden", event_id=first.id)
        await stages.add_stage(evening.ports, name="Cellar", event_id=event_id)
        listed = [stage.id for stage in await evening.ports.reader.stages()]
        assert listed == ["main-floor", "garden", "main-floor-2", "cellar"]
        assert await evening.ports.store.write(lambda tx: list(tx.stage_ids())) == listed
        assert [state.stage.id for state in await evening.ports.reader.stage_states()] == listed

    play_out(scene)


def test_all_that_can_be_changed_of_an_event_and_a_stage_is_kept_and_nothing_else(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        [event], [stage] = await evening.ports.reader.events(), await evening.ports.reader.stages()
        wanted = replace(
            event,
            name="Ball",
            phase=Phase.ENDED,
            zone="Europe/Budapest",
            starts_ms=1,
            ends_ms=2,
            capacity=900,
            accent="#ffcc00",
        )
        other = replace(stage, name="Hall", doors=Doors.PAUSED, capacity=300)

        def change(tx: Transaction) -> None:
            tx.set_event(replace(wanted, guest_key=b"another"))
            tx.set_stage(replace(other, event_id="another"))

        await evening.ports.store.write(change)
        assert await evening.ports.reader.event(event.id) == wanted
        assert list(await evening.ports.reader.stages()) == [other]
        assert await evening.ports.reader.event("nowhere") is None

    play_out(scene)


def test_where_nobody_names_an_event_the_newest_that_dancers_find_is_meant(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event_id, _ = await second_event(evening)
        await draft_of(evening, "Next year")
        assert (await stages.add_stage(evening.ports, name="Garden")).event_id == event_id
        await events.set_phase(evening.ports, event_id=event_id, phase=Phase.ENDED, by=STAFF)
        assert (await stages.add_stage(evening.ports, name="Cellar")).event_id != event_id
        with pytest.raises(NotKnown):
            await events.set_phase(evening.ports, event_id="nowhere", phase=Phase.ENDED, by=STAFF)

    play_out(scene)


def test_what_happens_on_a_stage_is_told_of_its_own_event(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event_id, stage = await second_event(evening)
        await heard_on(evening, stage.id)
        await heard_on(evening, "main-floor")
        [first, _] = await evening.ports.reader.events()
        told = [one.intent for commit in evening.told.commits for one in commit if isinstance(one, IntentMade)]
        assert [(one.event_id, one.stage_id) for one in told] == [(event_id, stage.id), (first.id, "main-floor")]
        secrets = [await claims.claim(evening.ports, phone=PHONE, event_id=one) for one in (first.id, event_id)]
        made = [one for commit in evening.told.commits for one in commit if isinstance(one, ClaimMade)]
        assert [one.event_id for one in made] == [first.id, event_id]
        assert [one.guest_id for one in made] == await guests(evening)
        assert len({*secrets}) == 2
        with pytest.raises(NotKnown):
            await claims.claim(evening.ports, phone=PHONE, event_id=first.id, stage_id=stage.id)

    play_out(scene)


def test_a_forgotten_phone_is_forgotten_at_every_event_and_nothing_stored_links_its_guests(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        _, stage = await second_event(evening)
        mine = await guests(evening)
        heard = [await heard_on(evening, stage_id) for stage_id in ("main-floor", stage.id)]
        for guest_id, play_id in zip(mine, heard, strict=True):
            await likes.set_like(evening.ports, guest_id=guest_id, play_id=play_id, liked=True)
        await likes.set_like(evening.ports, guest_id="another", play_id=heard[0], liked=True)
        liked = await evening.ports.reader.liked_by(mine, limit=9)
        assert sorted(one.play.id for one in liked) == sorted(heard)
        given = [one for commit in evening.told.commits for one in commit if isinstance(one, LikeGiven)]
        assert [one.guest_id for one in given] == [*mine, "another"]
        assert PHONE not in str([one.body() for commit in evening.told.commits for one in commit])
        assert [await privacy.forget_phone(evening.ports, phone=PHONE) for _ in range(2)] == [2, 0]
        assert await evening.ports.reader.liked_by(mine, limit=9) == []
        assert len(await evening.ports.reader.liked_by(["another"], limit=9)) == 1
        commits = [[str(one.body()) for one in commit] for commit in evening.told.commits]
        # No row names both, and nothing of both happened in one breath.
        assert not [commit for commit in commits if mine[0] in str(commit) and mine[1] in str(commit)]

    play_out(scene)
