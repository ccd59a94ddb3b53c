"""From a box's announcements to phones that are at home: what the box really journals, read and sent by the cloud."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from appliance.domain.announcements import Announcement, AnnouncementLevel, Wanted
from appliance.domain.audit import STAFF
from appliance.domain.uplink import JOURNAL_SENT
from appliance.store.journal import JournalReader
from appliance.usecases import announcements, sessions, stages
from tests.cloud.boxes import NOW_MS, History
from tests.contract.conftest import sqlite_evening
from tests.push.cloud import Hall, hall
from tests.support.evening import Evening

BOX = "b" * 16
Scene = Callable[[Hall, Evening, Callable[[], Awaitable[None]]], Awaitable[None]]


@pytest.fixture
def play_out(tmp_path: Path) -> Callable[[Scene], None]:
    """Plays a scene with a box, and with a cloud that has what the box carried so far."""

    async def run(scene: Scene) -> None:
        path = tmp_path / "box.db"
        async with hall(f"sqlite:///{tmp_path}/cloud.db", tmp_path) as cloud, sqlite_evening(path) as evening:
            carried = 0

            async def carry() -> None:
                nonlocal carried
                with closing(JournalReader(path)) as journal:
                    rows = list(journal.lines(carried))
                carried = rows[-1][0] if rows else carried
                history = cloud.histories.setdefault(BOX, History(box=BOX))
                history.lines += [line for _, line in rows]
                await evening.ports.store.write(lambda tx: tx.set_meta(JOURNAL_SENT, str(carried)))
                cloud.now_ms = NOW_MS + evening.clock.boot_ms
                await cloud.deliver()

            await scene(cloud, evening, carry)

    return lambda scene: asyncio.run(run(scene))


async def organisers_say(
    evening: Evening, text: str, *, stage: str | None = None, duration_s: int = 600
) -> Announcement:
    event_id = (await evening.ports.reader.stages())[0].event_id
    wanted = Wanted(text=text, level=AnnouncementLevel.URGENT, duration_s=duration_s)
    made = await announcements.announce_to_event(
        evening.ports, by=STAFF, event_id=event_id, wanted=wanted, stage_id=stage
    )
    return made.said


async def take_back(evening: Evening, said: Announcement) -> None:
    await announcements.take_back(evening.ports, by=STAFF, event_id=said.event_id, announcement_id=said.id)


async def at_home(cloud: Hall, evening: Evening, name: str, *topics: str) -> None:
    """A phone that took this evening along, and wants to hear of these."""
    event_id = (await evening.ports.reader.stages())[0].event_id
    await cloud.subscribe(name, cloud.claim(f"guest-of-{name}", event=event_id), *topics)


def test_it_reaches_its_event_or_stage_and_no_phone_of_another_and_is_worth_what_is_left_of_it(
    play_out: Callable[[Scene], None],
) -> None:
    """Weakness f1 #1: the global megaphone."""

    async def scene(cloud: Hall, evening: Evening, carry: Callable[[], Awaitable[None]]) -> None:
        await stages.add_stage(evening.ports, name="Garden", by=STAFF)
        await at_home(cloud, evening, "anna", "")
        await at_home(cloud, evening, "ben", "garden")
        await at_home(cloud, evening, "carla", "main-floor")
        await cloud.subscribe("dora", cloud.claim("elsewhere", event="another"), "", "garden", "*")
        await cloud.subscribe("emil", cloud.claim("other-box", box="c" * 16), "", "garden", "*")
        await organisers_say(evening, "Everybody")
        await organisers_say(evening, "Only the garden", stage="garden")
        evening.clock.pass_s(200)
        await carry()
        assert await cloud.rounds.once() == 2
        texts = {name: cloud.texts(name) for name in ("anna", "ben", "carla", "dora", "emil")}
        assert texts == {"anna": ["Everybody"], "ben": ["Only the garden"], "carla": [], "dora": [], "emil": []}
        assert {one.headers["TTL"] for one in cloud.service.received} == {"400"}
        assert {one.headers["Urgency"] for one in cloud.service.received} == {"high"}
        # Each stands for itself: none takes another one's place.
        assert len({one.headers["Topic"] for one in cloud.service.received}) == 2

    play_out(scene)


def test_what_was_taken_back_while_the_box_was_offline_rings_nowhere(play_out: Callable[[Scene], None]) -> None:
    async def scene(cloud: Hall, evening: Evening, carry: Callable[[], Awaitable[None]]) -> None:
        await at_home(cloud, evening, "anna", "", "*")
        await organisers_say(evening, "Stands")
        await take_back(evening, await organisers_say(evening, "Slip"))
        await carry()
        assert await cloud.rounds.once() == 1
        assert cloud.texts("anna") == ["Stands"]
        # It was held back in the box: the cloud has never heard of it.
        assert list((await cloud.why()).values()) == ["sent"]

    play_out(scene)


def test_what_is_taken_back_after_it_was_carried_is_sent_to_nobody_else(play_out: Callable[[Scene], None]) -> None:
    async def scene(cloud: Hall, evening: Evening, carry: Callable[[], Awaitable[None]]) -> None:
        await at_home(cloud, evening, "anna", "")
        slip = await organisers_say(evening, "Slip")
        await carry()
        await take_back(evening, slip)
        await carry()
        assert await cloud.rounds.once() == 0
        assert await cloud.why() == {f"said-{slip.id}": "retracted"}

    play_out(scene)


def test_what_a_dj_said_is_not_sent_after_the_set(play_out: Callable[[Scene], None]) -> None:
    async def scene(cloud: Hall, evening: Evening, carry: Callable[[], Awaitable[None]]) -> None:
        await at_home(cloud, evening, "anna", "main-floor")
        dj = await evening.dj()
        await sessions.start_session(evening.ports, dj=dj, stage_id="main-floor")
        wanted = Wanted(text="One more hour", level=AnnouncementLevel.INFO, duration_s=3600)
        await announcements.announce_to_stage(evening.ports, dj=dj, wanted=wanted)
        await carry()
        await sessions.end_session(evening.ports, dj=dj)
        await carry()
        await cloud.rounds.once()
        assert "One more hour" not in cloud.texts("anna")

    play_out(scene)


def test_what_arrives_when_it_is_over_is_recorded_and_not_sent(play_out: Callable[[Scene], None]) -> None:
    async def scene(cloud: Hall, evening: Evening, carry: Callable[[], Awaitable[None]]) -> None:
        await at_home(cloud, evening, "anna", "")
        said = await organisers_say(evening, "The bar closes in a minute", duration_s=60)
        evening.clock.pass_s(61)
        await carry()
        assert await cloud.rounds.once() == 0
        assert await cloud.why() == {f"said-{said.id}": "expired"}

    play_out(scene)
