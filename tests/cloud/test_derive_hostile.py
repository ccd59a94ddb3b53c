"""Entries that look well and can't be: they hide nothing of the night around them."""

import pytest

from sync.cloud.derive import reading
from sync.cloud.derive.nights import nights
from sync.cloud.store.engine import Database
from tests.cloud.boxes import ORG
from tests.cloud.stories import MINUTE, TRUE_MS, Story, an_evening, rows, span
from tests.cloud.test_derive import address, derived, play_out

__all__ = ["address"]


def test_moments_that_no_calendar_has_hide_no_night(address: str) -> None:
    far = 2**53

    async def scene(database: Database, address: str) -> None:
        story = an_evening()
        for boot_ms in (far, -far, 2**43):
            story.reboots("boot-2", boot_ms=boot_ms).plays(f"far{boot_ms}").likes("p1", "zoe")
            story.anchored(TRUE_MS, source="dj").starts(f"s{boot_ms}").tell(span())
        story.reboots("boot-3").plays("old", session="s2", age_ms=2**47)
        anchor = {"boot": "boot-1", "boot_ms": -far, "wall_ms": TRUE_MS, "error_ms": 0, "source": "ntp"}
        night = await derived(database, story.says("time.anchored", anchor))
        assert [one.id for one in night.plays] == ["p1", "p2", "p3", "p4"]
        async with database.transaction(org=ORG) as tx:
            (head,) = await nights(tx, ORG)
        assert (head.began_ms, head.ended_ms) == (TRUE_MS + MINUTE, TRUE_MS + 10 * MINUTE)
        every = await rows(address, "SELECT * FROM skipped")
        assert {row["code"] for row in every} == {"time_impossible", "body_wrong"}

    play_out(address, scene)


def test_what_looks_well_and_no_database_can_hold_is_passed_by(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BOOT_MS_MOST", 2**70)

    async def scene(database: Database, url: str) -> None:
        story = Story().opens().starts("s1")
        # It began before numbers do.
        story.boot_ms, kept = -(2**63), story.boot_ms
        story.plays("beyond", age_ms=5)
        story.boot_ms = kept
        night = await derived(database, story.plays("p1"))
        assert [one.id for one in night.plays] == ["p1"]
        (found,) = await rows(url, "SELECT kind, code, n FROM skipped")
        assert tuple(found.values()) == ("play.announced", "value_refused", 1)

    play_out(address, scene)
