"""The live lane in a trial, its bounds, and pages that do not read."""

import asyncio
from pathlib import Path

import pytest
from starlette.types import Message

from sync.cloud.fleet import live as lane
from sync.cloud.fleet.live import Full, LiveOut
from sync.cloud.store.engine import open_database
from sync.cloud.web import fleet
from tests.cloud.pages import open_page
from tests.cloud.running import Box, Cloud, Organiser, running
from tests.cloud.test_three import live


def test_a_trial_in_one_file_has_the_live_lane_too(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/cloud.db", tmp_path) as cloud:
        organiser = cloud.organisation().sign_in()
        box = Box(cloud.url)
        assert organiser.claim(box).status_code == 303
        with open_page(organiser) as page:
            assert box.json("PUT", "/v1/live", live(1)).status_code == 204
            page.wait_for(lambda told: told["stages"][0]["title"] == "Track 1")


def test_the_stream_is_for_those_who_are_signed_in(cloud: Cloud) -> None:
    assert Organiser(cloud, "").browser.get(f"{cloud.url}/boxes/live").status_code == 401


def test_one_organisation_has_so_many_pages_and_others_have_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "STREAMS_OF_ONE_MOST", 2)

    async def scene() -> None:
        async with open_database(f"sqlite:///{tmp_path}/cloud.db") as database:
            out = LiveOut(database)
            with out.stream("a"), out.stream("a"):
                with pytest.raises(Full), out.stream("a"):
                    pass
                with out.stream("b"):
                    assert out.streams == 3
            assert out.streams == 0
            out.close()
            with pytest.raises(Full), out.stream("a"):
                pass

    asyncio.run(scene())


def test_a_page_that_does_not_read_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "_SLOW_S", 0.05)
    sent: list[Message] = []

    async def scene() -> None:
        async with open_database(f"sqlite:///{tmp_path}/cloud.db") as database:
            out, stuck = LiveOut(database), asyncio.Event()

            async def send(message: Message) -> None:
                sent.append(message)
                if len(sent) > 2:
                    # The other side's window is closed, and stays so.
                    await stuck.wait()

            async def receive() -> Message:
                await stuck.wait()
                raise AssertionError

            page = asyncio.create_task(fleet._Events(out, org="a")({"type": "http"}, receive, send))
            while out.streams == 0:
                await asyncio.sleep(0)
            for stream in out._streams["a"]:
                stream.offer("b1", b"{}")
            await asyncio.wait_for(page, 5)
            assert (out.cut, out.streams) == (1, 0)

    asyncio.run(scene())
    assert sent[-1]["body"] == b"event: live\ndata: {}\n\n"
