"""A phone that was out of reach for a whole night, and likes far more than the box takes at once."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page

from appliance.domain.models import Dj, TrackInfo
from appliance.usecases import plays, sessions
from appliance.usecases.plays import ToldPlay
from appliance.web.limits import Buckets
from tests.e2e.conftest import PHONE, VENUE_NAME
from tests.web.served import Served, serving

LIKED, AT_ONCE = 500, 120


async def night(box: Served, dj: Dj) -> list[str]:
    """So many tracks in one set."""
    ports = box.site.ports
    session = (await sessions.start_session(ports, dj=dj, stage_id="main-floor")).session.id
    tracks = [TrackInfo(artist="The Tests", title=f"Number {number}") for number in range(LIKED)]
    sent = [ToldPlay(track=track, session_id=session) for track in tracks]
    heard = await asyncio.gather(*(plays.announce_play(ports, dj=dj, told=one) for one in sent))
    return [one.play.id for one in heard]


def like_offline(page: Page, played: Sequence[str]) -> None:
    """As the phone keeps a heart for each track while nothing gets through."""
    kept = {f"like/{play}": {"kind": "like", "play": play, "liked": True} for play in played}
    page.evaluate("(kept) => localStorage.setItem('pika.outbox', kept)", json.dumps(kept))


def waiting(page: Page) -> int:
    return int(page.evaluate("() => Object.keys(JSON.parse(localStorage.getItem('pika.outbox') || '{}')).length"))


def test_no_like_of_a_long_night_offline_is_lost_or_counted_twice(browser: Browser, tmp_path: Path) -> None:
    turned_s = [0.0]
    # So many, and as many again each time after the phone was told to wait, however fast this machine is.
    writes = Buckets(burst=AT_ONCE, per_s=AT_ONCE / 5, monotonic=lambda: turned_s[0])
    with serving(tmp_path, change=lambda site: replace(site, guest_writes=writes)) as box:
        box.dj()
        [dj] = asyncio.run_coroutine_threadsafe(box.site.ports.reader.djs(), box.loop).result(5)
        played = asyncio.run_coroutine_threadsafe(night(box, dj), box.loop).result(20)
        context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
        page = context.new_page()
        page.clock.install()
        asked: list[int] = []
        page.on("response", lambda answer: asked.append(answer.status) if answer.url.endswith("/like") else None)
        page.goto(f"http://{VENUE_NAME}:{box.port}/s/main-floor")
        context.set_offline(True)
        like_offline(page, played)
        context.set_offline(False)
        for _ in range(60):
            page.wait_for_timeout(250)
            if not waiting(page):
                break
            page.clock.fast_forward(5_000)  # the page waits before it asks a box again that was busy
            turned_s[0] += 5 if asked[-1:] == [429] else 0
        assert waiting(page) == 0
        # It asked again and again until all were taken, and not for each of them while the box took no more.
        assert asked.count(200) == LIKED
        assert 0 < asked.count(429) < 60
        context.close()
    with closing(sqlite3.connect(next(tmp_path.glob("*.db")))) as database:
        [(likes, tracks)] = database.execute("SELECT count(*), count(DISTINCT play_id) FROM likes").fetchall()
        assert (likes, tracks) == (LIKED, LIKED)
        assert database.execute("SELECT count(*) FROM plays WHERE likes <> 1").fetchone() == (0,)
