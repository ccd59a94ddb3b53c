"""What the hall is told, on both stores: whose it is, when it ends, and what becomes of its notification."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from appliance.domain.announcements import (
    RUNNING_MOST_OF_EVENT,
    RUNNING_MOST_OF_SET,
    Announcement,
    Ending,
    Wanted,
)
from appliance.domain.announcements import (
    AnnouncementLevel as Level,
)
from appliance.domain.audit import STAFF
from appliance.domain.events import AnnouncementEnded, AnnouncementMade, IntentMade
from appliance.domain.models import ClockTrust, Phase
from appliance.domain.space import Room
from appliance.errors import BoxError, Invalid, NotAllowed, NotKnown, Refused, Unavailable
from appliance.usecases import announcement_ends, announcements, events, sessions, stages
from tests.contract.conftest import Scene
from tests.support.evening import Evening

PlayOut = Callable[[Scene], None]


async def on_stage(evening: Evening, name: str = "DJ Anna", *, stage: str = "main-floor") -> str:
    """A DJ's session."""
    return (await sessions.start_session(evening.ports, dj=await evening.dj(name), stage_id=stage)).session.id


async def event_of(evening: Evening) -> str:
    return (await evening.ports.reader.stages())[0].event_id


def wanted(text: str = "Free water at the bar", **said: Any) -> Wanted:
    return replace(Wanted(text=text, level=Level.INFO, duration_s=600), **said)


async def dj_says(evening: Evening, text: str = "Hello", *, name: str = "DJ Anna", **said: Any) -> Announcement:
    dj = await evening.dj(name)
    return (await announcements.announce_to_stage(evening.ports, dj=dj, wanted=wanted(text, **said))).said


async def staff_say(evening: Evening, text: str = "Welcome", *, stage: str | None = None, **said: Any) -> Announcement:
    made = await announcements.announce_to_event(
        evening.ports,
        by=STAFF,
        event_id=await event_of(evening),
        wanted=wanted(text, **said),
        stage_id=stage,
    )
    return made.said


async def running(evening: Evening) -> list[str]:
    """What nobody has ended, oldest first."""
    return [said.text for said in reversed(await evening.ports.reader.running_announcements())]


def made_of(evening: Evening, kind: type[Any]) -> list[Any]:
    """All of one kind that was told."""
    return [event for commit in evening.told.commits for event in commit if isinstance(event, kind)]


async def refused(code: str, call: Any, kind: type[BoxError] = BoxError) -> BoxError:
    with pytest.raises(kind) as error:
        await call
    assert error.value.code == code
    return error.value


def test_a_dj_tells_the_stage_and_an_organiser_the_event(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await stages.add_stage(evening.ports, name="Garden")
        session = await on_stage(evening)
        assert await evening.ports.reader.newest_announcement() == 0
        mine = await dj_says(evening, "My last hour")
        assert await evening.ports.reader.newest_announcement() == mine.number
        assert (mine.stage_id, mine.session_id, mine.by) == ("main-floor", session, "DJ Anna")
        all_of_it = await staff_say(evening)
        assert (all_of_it.stage_id, all_of_it.session_id, all_of_it.by) == (None, None, "Tonight")
        await staff_say(evening, "The garden closes", stage="garden")
        assert all_of_it.number > mine.number > 0
        reader = evening.ports.reader
        at = {name: await reader.announcements_at(name, limit=9) for name in ("main-floor", "garden", "nowhere")}
        assert {name: [said.text for said in found] for name, found in at.items()} == {
            "main-floor": ["Welcome", "My last hour"],
            "garden": ["The garden closes", "Welcome"],
            "nowhere": [],
        }
        of_event = await reader.announcements_of_event(mine.event_id, limit=2)
        assert [said.text for said in of_event] == ["The garden closes", "Welcome"]
        assert [said.text for said in await reader.announcements_of_session(session, limit=9)] == ["My last hour"]
        assert evening.told.kinds()[-2:] == ["intent.made", "announcement.made"]

    play_out(scene)


def test_the_same_id_again_is_the_same_announcement_and_somebody_else_s_is_refused(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await on_stage(evening)
        first = await dj_says(evening, announcement_id="tap-1")
        assert await dj_says(evening, announcement_id="tap-1") == first
        assert len(made_of(evening, AnnouncementMade)) == 1
        await refused("announcement_id_taken", staff_say(evening, announcement_id="tap-1"), Refused)
        await refused("announcement_id_invalid", staff_say(evening, announcement_id="a b"), Invalid)

    play_out(scene)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"text": ""}, "text_empty"),
        ({"text": "\u200b\u202e"}, "text_empty"),
        ({"text": "x" * 501}, "text_too_long"),
        ({"duration_s": 29}, "duration_out_of_range"),
        ({"duration_s": 13 * 3600}, "duration_out_of_range"),
    ],
)
def test_what_can_t_be_used_leaves_no_trace(play_out: PlayOut, said: dict[str, Any], code: str) -> None:
    async def scene(evening: Evening) -> None:
        await on_stage(evening)
        await refused(code, dj_says(evening, **said), Invalid)
        await refused(code, staff_say(evening, **said), Invalid)
        assert await running(evening) == []
        # Its set's own notification is the only one.
        assert (len(made_of(evening, AnnouncementMade)), len(made_of(evening, IntentMade))) == (0, 1)

    play_out(scene)


def test_nobody_announces_on_another_s_stage_event_or_session_or_after_the_end(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        session = await on_stage(evening)
        ben, anna = await evening.dj("DJ Ben"), await evening.dj()
        say, ports = announcements.announce_to_stage, evening.ports
        await refused("no_session", say(ports, dj=ben, wanted=wanted()))
        await refused("session_not_yours", say(ports, dj=ben, wanted=wanted(), session_id=session), NotAllowed)
        await refused("session_unknown", say(ports, dj=anna, wanted=wanted(), session_id="none"), NotKnown)
        await refused("stage_unknown", say(ports, dj=anna, wanted=wanted(), stage_id="none"), NotKnown)
        await sessions.end_session(ports, dj=anna)
        await refused("session_over", say(ports, dj=anna, wanted=wanted(), session_id=session), Refused)
        tell = announcements.announce_to_event
        await refused("event_unknown", tell(ports, by=STAFF, event_id="none", wanted=wanted()), NotKnown)
        await refused("stage_unknown", staff_say(evening, stage="none"), NotKnown)
        assert await running(evening) == []

    play_out(scene)


def test_a_dj_s_announcement_ends_with_the_set_at_the_latest_and_an_organiser_s_goes_on(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        session = await on_stage(evening)
        await dj_says(evening, "Ends by itself", duration_s=30)
        evening.clock.pass_s(31)
        await dj_says(evening, "Buy my record")
        await staff_say(evening, "Welcome")
        await sessions.end_session(evening.ports, dj=await evening.dj())
        found = await evening.ports.reader.announcements_of_session(session, limit=9)
        assert [said.ended for said in found] == [Ending.SET_OVER, Ending.EXPIRED]
        assert await running(evening) == ["Welcome"]

    play_out(scene)


def test_a_dj_who_takes_the_stage_over_ends_what_the_other_said(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await on_stage(evening)
        await dj_says(evening)
        evening.clock.pass_s(301)
        await sessions.start_session(
            evening.ports, dj=await evening.dj("DJ Ben"), stage_id="main-floor", take_over=True
        )
        assert await running(evening) == []

    play_out(scene)


def test_what_was_said_ends_with_its_event_and_nothing_more_is_said_there(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await on_stage(evening)
        await dj_says(evening)
        await staff_say(evening)
        event = await event_of(evening)
        await events.set_phase(evening.ports, event_id=event, phase=Phase.ENDED, by=STAFF)
        found = await evening.ports.reader.announcements_of_event(event, limit=9)
        assert [said.ended for said in found] == [Ending.EVENT_OVER, Ending.SET_OVER]
        await refused("event_over", staff_say(evening, level=Level.URGENT), Refused)

    play_out(scene)


def test_taken_back_it_is_over_and_again_nothing_changes(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await on_stage(evening)
        said = await dj_says(evening)
        anna = await evening.dj()
        first = await announcements.take_back_own(evening.ports, dj=anna, announcement_id=said.id)
        span = await evening.ports.reader.journal_span()
        again = await announcements.take_back_own(evening.ports, dj=anna, announcement_id=said.id)
        assert (first.ended, again) == (Ending.CANCELLED, first)
        assert await evening.ports.reader.journal_span() == span
        late = await dj_says(evening, duration_s=30)
        evening.clock.pass_s(30)
        over = await announcements.take_back_own(evening.ports, dj=anna, announcement_id=late.id)
        assert over.ended is Ending.EXPIRED

    play_out(scene)


def test_a_dj_takes_back_only_own_ones_and_an_organiser_whatever_was_said_at_the_event(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await on_stage(evening)
        hers, ours = await dj_says(evening), await staff_say(evening)
        event = await event_of(evening)
        own, any_of_it, ports = announcements.take_back_own, announcements.take_back, evening.ports
        ben, anna = await evening.dj("DJ Ben"), await evening.dj()
        await refused("announcement_not_yours", own(ports, dj=ben, announcement_id=hers.id), NotAllowed)
        await refused("announcement_not_yours", own(ports, dj=anna, announcement_id=ours.id), NotAllowed)
        await refused("announcement_unknown", own(ports, dj=anna, announcement_id="none"), NotKnown)
        by_staff: dict[str, Any] = {"by": STAFF, "announcement_id": hers.id}
        await refused("event_unknown", any_of_it(ports, event_id="none", **by_staff), NotKnown)
        assert await running(evening) == ["Hello", "Welcome"]
        assert (await any_of_it(ports, event_id=event, **by_staff)).ended is Ending.CANCELLED
        [ended] = made_of(evening, AnnouncementEnded)
        assert ended.author == "staff"

    play_out(scene)


def test_what_is_over_is_ended_once_also_after_a_power_cut(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await staff_say(evening, "Short", duration_s=60)
        await staff_say(evening, "Long", duration_s=3600)
        assert await announcement_ends.end_expired(evening.ports) == 0
        evening.clock.pass_s(61)
        assert await announcement_ends.end_expired(evening.ports) == 1
        assert await announcement_ends.end_expired(evening.ports) == 0
        assert await running(evening) == ["Long"]
        evening.clock.pass_s(60)
        evening.clock.reboot()
        assert await announcement_ends.end_expired(evening.ports) == 0
        evening.clock.trust = ClockTrust.NONE
        assert await announcement_ends.end_expired(evening.ports) == 1
        assert [event.said.ended for event in made_of(evening, AnnouncementEnded)] == [Ending.EXPIRED] * 2
        # Their time was up, so their notifications are worth nothing either, and nobody has to be told.
        assert "intent.retracted" not in evening.told.kinds()

    play_out(scene)


def test_a_dj_who_floods_is_refused_in_words_with_how_long_to_wait(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await on_stage(evening)
        anna = await evening.dj()
        for _ in range(3):
            said = await dj_says(evening, level=Level.URGENT)
            await announcements.take_back_own(evening.ports, dj=anna, announcement_id=said.id)
        error = await refused("announcing_too_often", dj_says(evening, level=Level.URGENT), Refused)
        assert error.facts["wait_s"] == 120
        evening.clock.pass_s(120)
        await dj_says(evening)

    play_out(scene)


def test_ten_thousand_announcements_of_a_dj_are_a_handful(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await on_stage(evening)
        anna = await evening.dj()
        made = 0
        for _ in range(10_000):
            try:
                await announcements.announce_to_stage(evening.ports, dj=anna, wanted=wanted("Hey"))
            except Refused:
                continue
            made += 1
        assert made == 3

    play_out(scene)


def test_urgent_is_never_refused_to_an_organiser_and_takes_the_place_of_what_matters_least(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        for number in range(RUNNING_MOST_OF_EVENT):
            evening.clock.pass_s(30)
            await staff_say(evening, f"Info {number}", duration_s=12 * 3600)
        await refused("announcements_too_many", staff_say(evening, "One more"), Refused)
        evening.ports = replace(evening.ports, room=lambda: Room.SCARCE)
        for number in range(30):
            await staff_say(evening, f"Leave by the west door {number}", level=Level.URGENT, duration_s=600)
        assert await running(evening) == [f"Leave by the west door {number}" for number in range(20, 30)]
        assert {event.said.ended for event in made_of(evening, AnnouncementEnded)} == {Ending.CROWDED_OUT}

    play_out(scene)


def test_a_set_has_so_many_at_once_whatever_organisers_say(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await on_stage(evening)
        for number in range(RUNNING_MOST_OF_SET):
            evening.clock.pass_s(60)
            await staff_say(evening, f"Info {number}", duration_s=3600)
            await dj_says(evening, f"Mine {number}", duration_s=3600)
        evening.clock.pass_s(60)
        error = await refused("announcements_too_many", dj_says(evening), Refused)
        assert error.facts["most"] == RUNNING_MOST_OF_SET
        await staff_say(evening)

    play_out(scene)


def test_a_full_disk_refuses_in_words(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        await on_stage(evening)
        evening.ports = replace(evening.ports, room=lambda: Room.SCARCE)
        for call in (
            dj_says(evening, level=Level.URGENT),
            staff_say(evening, level=Level.IMPORTANT),
        ):
            error = await refused("disk_full", call, Unavailable)
            assert "disk is full" in error.detail
        assert not await announcement_ends.note_phones(evening.ports, {"x": 1})

    play_out(scene)


def test_how_many_phones_got_it_is_a_number_that_never_falls(play_out: PlayOut) -> None:
    async def scene(evening: Evening) -> None:
        said = await staff_say(evening)

        async def kept(counted: int, *, final: bool = False) -> int:
            over: Sequence[str] = [said.id] if final else []
            assert await announcement_ends.note_phones(evening.ports, {said.id: counted, "unknown": 7}, final=over)
            [found] = await evening.ports.reader.announcements_at("main-floor", limit=9)
            return found.phones

        assert [await kept(number) for number in (12, 3, 40)] == [12, 12, 40]
        assert "announcement.reached" not in evening.told.kinds()
        assert await kept(7, final=True) == 40
        assert evening.told.commits[-1][0].body() == {"announcement": said.id, "phones": 40}

    play_out(scene)
