"""Boxes watched over for real: alarms that come and go, the page, another name, giving up, and the figures."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from sync.cloud import enrolment
from sync.cloud.fleet.rules import STUCK_MS
from sync.cloud.fleet.watching import watch
from sync.cloud.store.engine import Database, Row, migrate, open_database
from tests.cloud.boxes import BOX, NOW_MS, ORG, History, enrolled
from tests.cloud.running import Box, Cloud, Organiser, running
from tests.cloud.test_boxes import outcome

MINUTE, HOUR = 60_000, 3_600_000


@pytest.fixture(scope="module")
def organiser(cloud: Cloud) -> Organiser:
    """Somebody whose boxes have alarms."""
    return cloud.organisation().sign_in()


@pytest.fixture(params=["postgres", "sqlite"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database at today's schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/cloud.db"
    url: str = request.getfixturevalue("cloud_postgres")
    return url


class Watched:
    """A box in a database, watched over at any time one likes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def tells(self, at_ms: int, *, progress: bool = False, **box: Any) -> None:
        """The box says hello at a time, and perhaps brings something."""
        body = json.dumps({"v": 1, "boot": "b", "boot_ms": at_ms, "stages": [], "box": box})
        who = {"org": ORG, "box": BOX}
        async with self.database.transaction(org=None) as tx:
            await tx.run("set_live", **who, boot="b", boot_ms=at_ms, body=body, now_ms=at_ms)
            await tx.run("see_box", **who, now_ms=at_ms)
            if progress:
                await tx.run("settle_batch", **who, epoch="e1", seq=at_ms, chain="", now_ms=at_ms)

    async def alarms(self, at_ms: int) -> set[str]:
        """What somebody should look at after a look at that time."""
        await watch(self.database, now_ms=at_ms)
        async with self.database.transaction(org=ORG) as tx:
            return {row["kind"] for row in await tx.all("alarms", org=ORG)}

    async def over(self) -> list[Row]:
        """What is over."""
        async with self.database.transaction(org=ORG) as tx:
            return await tx.all("alarms_over", org=ORG, limit=10)


@asynccontextmanager
async def watched(address: str) -> AsyncIterator[Watched]:
    async with open_database(address) as database:
        await migrate(database)
        await enrolled(database)
        yield Watched(database)


def test_a_box_that_gets_nothing_through_is_told_of_until_it_does_and_that_is_kept(address: str) -> None:
    async def scene() -> None:
        async with watched(address) as box:
            at = NOW_MS
            while at < NOW_MS + STUCK_MS:
                await box.tells(at, backlog=10 + at % 7, oldest_wait_s=7200)
                assert await box.alarms(at) == set()
                at += MINUTE
            await box.tells(at, backlog=500, oldest_wait_s=7800)
            assert await box.alarms(at) == {"stuck"}
            # Silence proves nothing in either direction.
            assert await box.alarms(at + 5 * HOUR) == {"stuck"}
            back = at + 6 * HOUR
            await box.tells(back, progress=True, backlog=400, oldest_wait_s=7800)
            assert await box.alarms(back) == set()
            over = await box.over()
            assert [(row["kind"], row["raised_ms"], row["cleared_ms"]) for row in over] == [("stuck", at, back)]

    asyncio.run(scene())


def test_a_box_silent_on_a_tuesday_afternoon_is_no_alarm(address: str) -> None:
    async def scene() -> None:
        async with watched(address) as box:
            await box.tells(NOW_MS, backlog=9_000, oldest_wait_s=3 * 3600, clock="ntp", disk_free=50, disk_total=100)
            for later in (0, 4 * MINUTE, HOUR, 40 * HOUR, 900 * HOUR):
                assert await box.alarms(NOW_MS + later) == set()

    asyncio.run(scene())


def test_disk_clock_and_losses_come_and_go(address: str) -> None:
    async def scene() -> None:
        async with watched(address) as box:
            bad: dict[str, Any] = {"disk_free": 5, "disk_total": 100, "clock": "none", "uptime_s": 7 * 3600}
            await box.tells(NOW_MS, dropped=40, **bad)
            # What it lost before anybody looked is no news.
            assert await box.alarms(NOW_MS) == {"disk_low", "clock_unknown"}
            await box.tells(NOW_MS + MINUTE, dropped=41, **bad)
            assert await box.alarms(NOW_MS + MINUTE) == {"disk_low", "clock_unknown", "dropped"}
            fine: dict[str, Any] = {"disk_free": 50, "disk_total": 100, "clock": "device", "uptime_s": 7 * 3600}
            await box.tells(NOW_MS + 25 * HOUR, dropped=41, **fine)
            assert await box.alarms(NOW_MS + 25 * HOUR) == set()
            assert {row["kind"] for row in await box.over()} == {"disk_low", "clock_unknown", "dropped"}

    asyncio.run(scene())


def test_the_same_alarm_again_is_a_new_one_and_both_are_kept(address: str) -> None:
    async def scene() -> None:
        async with watched(address) as box:
            for round_ in range(3):
                at = NOW_MS + round_ * HOUR
                await box.tells(at, disk_free=1, disk_total=100)
                assert await box.alarms(at) == {"disk_low"}
                await box.tells(at + MINUTE, disk_free=90, disk_total=100)
                assert await box.alarms(at + MINUTE) == set()
            assert len(await box.over()) == 3

    asyncio.run(scene())


def test_giving_a_box_up_ends_its_alarms(address: str) -> None:
    async def scene() -> None:
        async with watched(address) as box:
            await box.tells(NOW_MS, disk_free=1, disk_total=100)
            assert await box.alarms(NOW_MS) == {"disk_low"}
            await enrolment.release(box.database, org=ORG, box=BOX, now_ms=NOW_MS)
            assert await box.alarms(NOW_MS) == set()

    asyncio.run(scene())


def test_of_several_processes_one_watches_at_a_time(cloud_postgres: str) -> None:
    async def scene() -> None:
        async with watched(cloud_postgres) as box:
            await box.tells(NOW_MS, disk_free=1, disk_total=100)
            async with box.database.transaction(org=None) as tx:
                turn = await tx.one("fleet_turn")
                assert turn is not None
                assert turn["mine"]
                assert await watch(box.database, now_ms=NOW_MS) == 0
            assert await watch(box.database, now_ms=NOW_MS) == 1

    asyncio.run(scene())


LIVE = {
    "v": 1,
    "boot": "boot-1",
    "boot_ms": 5,
    "stages": [{"stage": "main", "name": "Main <b>", "artist": "Aba", "title": "Le Tour", "likes": 7, "listeners": 41}],
    "box": {"backlog": 1234, "oldest_wait_s": 300, "clock": "ntp", "disk_free": 10**10, "disk_total": 2 * 10**10},
}


def card_of(organiser: Organiser, box: Box) -> str:
    found = re.search(rf'data-box="{box.id}".*?\n</li>', organiser.page("/boxes").text, re.DOTALL)
    assert found is not None
    return found[0]


def test_the_page_tells_what_is_on_and_how_the_box_is(organiser: Organiser, box: Box) -> None:
    assert box.json("PUT", "/v1/live", LIVE).status_code == 204
    card = card_of(organiser, box)
    assert 'data-level="good"' in card
    assert "Le Tour" in card
    assert "Main &lt;b&gt;" in card
    assert "41 listening · 7 likes" in card
    assert "1,234 moments wait in it, the oldest for 5 min" in card
    assert "10.0 GB of its disk free (50%)" in card
    assert "clock from the network" in card


def test_a_box_gets_another_name_and_only_from_its_own(cloud: Cloud, organiser: Organiser, box: Box) -> None:
    assert organiser.post("/boxes/name", box=box.id, name="Côté <jardin>").status_code == 303
    assert "Côté &lt;jardin&gt;" in card_of(organiser, box)
    for wrong in ("", " ", "x" * 101, "a\x07b", "a\nb"):
        assert organiser.post("/boxes/name", box=box.id, name=wrong).status_code == 422
    other = cloud.organisation().sign_in()
    assert other.post("/boxes/name", box=box.id, name="Mine").status_code == 404
    assert organiser.post("/boxes/name", origin="https://evil.example", box=box.id, name="x").status_code == 403
    assert "Côté &lt;jardin&gt;" in card_of(organiser, box)


def test_a_fork_is_told_until_the_box_goes_on_in_a_history_of_its_own(organiser: Organiser, box: Box) -> None:
    box.batch(History(box=box.id).add(5))
    assert box.batch(History(box=box.id).add(6, other="copy")).json()["fork"]
    assert "Its history forked" in card_of(organiser, box)


def test_a_box_that_was_given_up_and_still_tries_is_told_of(organiser: Organiser, box: Box) -> None:
    assert organiser.post("/boxes/release", box=box.id).status_code == 303
    card = card_of(organiser, box)
    assert "Given up" in card
    assert "still tries" not in card
    for _ in range(3):
        assert box.cursor().json()["code"] == "key_revoked"
    assert "It was given up here and still tries to send" in card_of(organiser, box)


def test_what_cant_be_taken_is_told_of(organiser: Organiser, box: Box) -> None:
    assert box.ask("POST", "/v1/ingest", b"no batch", content_encoding="zstd").status_code == 400
    assert "What it sends can’t be taken" in card_of(organiser, box).replace("&#39;", "’")


def figures(answer: httpx.Response) -> dict[str, float]:
    assert answer.status_code == 200, answer.text
    return {
        "".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_figures_count_what_was_taken(organiser: Organiser, box: Box, history: History) -> None:
    before = figures(httpx.get(f"{organiser.cloud.url}/metrics"))
    history.add(9)
    history.lines.append(b"{}")
    assert outcome(box.batch(history))
    box.batch(history)
    box.batch(History(box=box.id).add(11, other="copy"))
    box.json("PUT", "/v1/live", LIVE)
    after = figures(httpx.get(f"{organiser.cloud.url}/metrics"))
    counted = [name for name in after if re.search(r"_total(taken|known|fork|quarantined)$", name)]
    grown = {name: after[name] - before[name] for name in counted}
    assert grown == {
        "pika_cloud_events_totaltaken": 9,
        "pika_cloud_events_totalquarantined": 1,
        "pika_cloud_batches_totaltaken": 1,
        "pika_cloud_batches_totalknown": 1,
        "pika_cloud_batches_totalfork": 1,
    }
    assert after["pika_cloud_commit_seconds_count"] - before["pika_cloud_commit_seconds_count"] == 3
    assert after["pika_cloud_live_total"] - before["pika_cloud_live_total"] == 1
    assert after["pika_cloud_batch_bytes_total"] > before["pika_cloud_batch_bytes_total"]


def test_the_figures_of_the_whole_count_boxes_and_what_waits(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/cloud.db", tmp_path) as cloud:
        organiser = cloud.organisation("Secret Ballroom").sign_in()
        boxes = [Box(cloud.url), Box(cloud.url)]
        for box in boxes:
            assert organiser.claim(box).status_code == 303
        assert boxes[0].json("PUT", "/v1/live", LIVE).status_code == 204
        page = httpx.get(f"{cloud.url}/metrics")
        assert "Secret" not in page.text
        assert boxes[0].id not in page.text
        seen = figures(page)
        assert seen["pika_cloud_live_boxes"] == 1
        assert seen["pika_cloud_boxes"] == 2
        assert seen["pika_cloud_backlog_events"] == 1234


def test_the_figures_are_for_those_who_run_it(cloud: Cloud) -> None:
    for header in ("x-forwarded-for", "forwarded", "via"):
        answer = httpx.get(f"{cloud.url}/metrics", headers={header: "127.0.0.1"})
        assert answer.status_code == 403


def test_with_a_token_the_figures_are_for_whoever_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud_postgres: str
) -> None:
    monkeypatch.setenv("PIKA_CLOUD_METRICS_TOKEN", "t0ken")
    with running(cloud_postgres, tmp_path) as cloud:

        def ask(said: str) -> int:
            headers = {"authorization": said, "x-forwarded-for": "203.0.113.9"}
            return httpx.get(f"{cloud.url}/metrics", headers=headers).status_code

        assert [ask(said) for said in ("x", "Bearer", "Bearer wrong", "Bearer t0ken")] == [403, 403, 403, 200]
