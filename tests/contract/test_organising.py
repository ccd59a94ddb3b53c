"""What organisers do with events and stages, on both stores."""

from collections.abc import Callable

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.events import DjAssigned, EventChanged, SessionEnded, StagesOrdered
from appliance.domain.happenings import EventDraft, StageDraft
from appliance.domain.models import Doors, EndReason, Event, Logo, Phase
from appliance.errors import BoxError, NotKnown, Refused
from appliance.ports import Transaction
from appliance.usecases import doors, events, lineup, sessions, stages
from tests.contract.conftest import Scene
from tests.support.evening import Evening

PlayOut = Callable[[Scene], None]


async def the_event(evening: Evening) -> Event:
    return (await evening.ports.reader.events())[0]


async def on_stage(evening: Evening, stage_id: str = "main-floor") -> str:
    dj = await evening.dj()
    return (await sessions.start_session(evening.ports, dj=dj, stage_id=stage_id)).session.id


async def ended(evening: Evening, session_id: str) -> EndReason | None:
    session = await evening.ports.reader.session(session_id)
    assert session is not None
    return session.ended


async def trail(evening: Evening) -> list[str]:
    """What the trail says of events, stages and DJs, oldest first."""
    found = [entry.deed.act for entry in await evening.ports.reader.audit(limit=99)]
    return [act for act in reversed(found) if act.partition(".")[0] in {"event", "stage", "stages", "dj"}]


def test_an_event_is_made_edited_published_and_ended_and_each_act_is_in_the_trail_once(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        ports = evening.ports
        event = await events.add_event(ports, draft=EventDraft(name="Ball"), by=STAFF)
        with pytest.raises(Refused, match="no stage"):
            await events.set_phase(ports, event_id=event.id, phase=Phase.PUBLISHED, by=STAFF)
        stage = await stages.add_stage(ports, name="Hall", event_id=event.id, capacity=300, by=STAFF)
        assert stage.capacity == 300
        better = EventDraft(name="Great Ball", zone="Europe/Vienna", starts="2026-11-20T21:00", accent="#ffcc00")
        for _ in range(2):
            await events.edit_event(ports, event_id=event.id, draft=better, by=STAFF)
            await events.set_phase(ports, event_id=event.id, phase=Phase.PUBLISHED, by=STAFF)
        await events.set_phase(ports, event_id=event.id, phase=Phase.ENDED, by=STAFF)
        found = await ports.reader.event(event.id)
        assert found is not None
        assert (found.name, found.accent, found.phase) == ("Great Ball", "#ffcc00", Phase.ENDED)
        assert found.guest_key == event.guest_key
        assert await trail(evening) == ["event.made", "stage.made", "event.edited", "event.published", "event.ended"]
        told = [one.body() for commit in evening.told.commits for one in commit if isinstance(one, EventChanged)]
        assert [body["phase"] for body in told] == ["draft", "published", "ended"]
        assert "guest_key" not in str(told)

    play_out(scene)


def test_what_is_refused_changes_nothing(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        event, before = await the_event(evening), await evening.ports.reader.journal_span()
        for draft in (EventDraft(name=""), EventDraft(name="b", zone="Nowhere"), EventDraft(name="b", accent="#000")):
            with pytest.raises(BoxError):
                await events.edit_event(evening.ports, event_id=event.id, draft=draft, by=STAFF)
        with pytest.raises(NotKnown):
            await events.edit_event(evening.ports, event_id="nowhere", draft=EventDraft(name="b"), by=STAFF)
        assert await the_event(evening) == event
        assert await evening.ports.reader.journal_span() == before
        assert await trail(evening) == []

    play_out(scene)


def test_the_end_of_an_event_ends_its_sets_and_no_other_event_s(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        ports, event = evening.ports, await the_event(evening)
        other = await events.add_event(ports, draft=EventDraft(name="Next door"), by=STAFF)
        cellar = await stages.add_stage(ports, name="Cellar", event_id=other.id)
        await events.set_phase(ports, event_id=other.id, phase=Phase.PUBLISHED, by=STAFF)
        here, there = await on_stage(evening), await on_stage(evening, cellar.id)
        await events.set_phase(ports, event_id=event.id, phase=Phase.ENDED, by=STAFF)
        assert (await ended(evening, here), await ended(evening, there)) == (EndReason.CLOSED, None)
        with pytest.raises(Refused) as error:
            await on_stage(evening)
        assert error.value.code == "event_over"
        await events.set_phase(ports, event_id=event.id, phase=Phase.PUBLISHED, by=STAFF)
        assert await on_stage(evening)

    play_out(scene)


def test_a_paused_stage_keeps_its_set_and_a_closed_one_ends_it_and_takes_no_other(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        ports = evening.ports
        session_id = await on_stage(evening)
        for _ in range(2):
            assert (await doors.set_doors(ports, stage_id="main-floor", doors=Doors.PAUSED, by=STAFF)).doors == "paused"
        assert await ended(evening, session_id) is None
        assert await on_stage(evening) == session_id
        await doors.set_doors(ports, stage_id="main-floor", doors=Doors.CLOSED, by=STAFF)
        assert await ended(evening, session_id) is EndReason.CLOSED
        assert isinstance(evening.told.commits[-1][0], SessionEnded)
        with pytest.raises(Refused) as error:
            await on_stage(evening)
        assert error.value.code == "stage_closed"
        await doors.set_doors(ports, stage_id="main-floor", doors=Doors.OPEN, by=STAFF)
        assert await on_stage(evening) != session_id
        assert await trail(evening) == ["stage.paused", "stage.closed", "stage.open"]
        with pytest.raises(NotKnown):
            await doors.set_doors(ports, stage_id="nowhere", doors=Doors.OPEN, by=STAFF)

    play_out(scene)


def test_stages_are_named_anew_and_put_in_order(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        ports, event = evening.ports, await the_event(evening)
        for name in ("Garden", "Cellar"):
            await stages.add_stage(ports, name=name)
        await stages.edit_stage(ports, stage_id="garden", draft=StageDraft(name="Park", capacity=50), by=STAFF)
        await stages.move_stage(ports, stage_id="cellar", by_places=-1, by=STAFF)
        assert [stage.id for stage in await ports.reader.stages()] == ["main-floor", "cellar", "garden"]
        wanted = ["garden", "main-floor", "cellar"]
        for _ in range(2):
            await stages.order_stages(ports, event_id=event.id, stage_ids=wanted, by=STAFF)
        await stages.add_stage(ports, name="Attic")
        assert [stage.name for stage in await ports.reader.stages()] == ["Park", "Main Floor", "Cellar", "Attic"]
        told = [one for commit in evening.told.commits for one in commit if isinstance(one, StagesOrdered)]
        assert [one.stage_ids for one in told] == [("main-floor", "cellar", "garden"), tuple(wanted)]
        for stage_id in ("nowhere", ""):
            with pytest.raises(NotKnown):
                await stages.move_stage(ports, stage_id=stage_id, by_places=1, by=STAFF)

    play_out(scene)


def test_a_picture_is_kept_in_the_database_in_the_place_of_the_one_before(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        ports, event = evening.ports, await the_event(evening)
        assert await ports.reader.logo(event.id) is None
        for name, content in (("1.png", b"one"), ("2.png", b"two")):
            logo = Logo("image/png", content)
            await events.set_logo(ports, event_id=event.id, logo=logo, name=name, by=STAFF)
        assert (await the_event(evening)).logo == "2.png"
        assert await ports.reader.logo(event.id) == Logo("image/png", b"two")
        await events.set_logo(ports, event_id=event.id, logo=None, name=None, by=STAFF)
        assert (await the_event(evening)).logo is None
        assert await ports.reader.logo(event.id) is None
        with pytest.raises(NotKnown):
            await events.set_logo(ports, event_id="nowhere", logo=None, name=None, by=STAFF)

    play_out(scene)


def test_a_key_from_staff_lets_a_dj_play_at_what_is_going_on_and_at_nothing_else(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        ports, event = evening.ports, await the_event(evening)
        draft = await events.add_event(ports, draft=EventDraft(name="Next year"), by=STAFF)
        anna = await evening.dj("DJ Anna")
        again = await evening.dj("DJ Anna")
        ben = await evening.dj("Ben")
        assert again == anna
        assert list(await ports.reader.assigned_djs(event.id)) == [ben, anna]
        assert await ports.reader.events_of_dj(anna.id) == frozenset({event.id})
        assert list(await ports.reader.assigned_djs(draft.id)) == []
        told = [one for commit in evening.told.commits for one in commit if isinstance(one, DjAssigned)]
        assert [one.dj for one in told] == [anna, ben]

    play_out(scene)


def test_organisers_decide_who_plays_at_their_event(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        ports, event = evening.ports, await the_event(evening)
        anna = await evening.dj("DJ Anna")

        def look(tx: Transaction) -> bool:
            return tx.is_assigned(event.id, dj_id=anna.id)

        assert await ports.store.write(look)
        for _ in range(2):
            await lineup.unassign(ports, event_id=event.id, dj_id=anna.id, by=STAFF)
        assert not await ports.store.write(look)
        for _ in range(2):
            assert await lineup.assign(ports, event_id=event.id, dj_id=anna.id, by=STAFF) == anna
        assert await ports.store.write(look)
        assert await trail(evening) == ["dj.unassigned", "dj.assigned"]
        for event_id, dj_id in (("nowhere", anna.id), (event.id, "nobody")):
            with pytest.raises(NotKnown):
                await lineup.assign(ports, event_id=event_id, dj_id=dj_id, by=STAFF)
            with pytest.raises(NotKnown):
                await lineup.unassign(ports, event_id=event_id, dj_id=dj_id, by=STAFF)

    play_out(scene)
