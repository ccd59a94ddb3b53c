"""Songs brought in real Chromium: what came is never sent twice, whatever breaks on the way."""

import asyncio
import itertools
import os
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from playwright.sync_api import Browser, Page, Request, expect

from appliance.domain.analysis import Fault, FaultCode
from appliance.domain.library import LibraryFile
from appliance.ports import Transaction
from tests.e2e.conftest import VENUE_NAME, People
from tests.support.library import library_track
from tests.support.ports import free_port
from tests.web.served import Served, serving

PIECE = 2 * 1024 * 1024


class Sent:
    """What a page sent of songs: where each piece began, and which of them were answered."""

    def __init__(self, page: Page) -> None:
        self.begun: list[int] = []
        self.done: list[int] = []
        page.on("request", lambda request: self._note(request, self.begun))
        page.on("requestfinished", lambda request: self._note(request, self.done))

    def _note(self, request: Request, places: list[int]) -> None:
        if request.method == "PATCH":
            places.append(int(request.headers["upload-offset"]))


def choose(page: Page, *files: Path) -> None:
    page.locator("input[type=file]").set_input_files(files)
    page.get_by_role("button", name="Send").click()


def wait_for_pieces(page: Page, sent: Sent, count: int) -> None:
    for _ in range(1_000):
        if len(sent.done) >= count:
            return
        page.wait_for_timeout(5)
    raise AssertionError(sent.done)


def test_songs_go_on_after_a_server_that_fell_and_a_page_that_was_left(browser: Browser, tmp_path: Path) -> None:
    data, port = tmp_path / "box", free_port()
    options: dict[str, dict[str, object]] = {"http": {"port": port}, "library": {"enabled": False}}
    with ExitStack() as stack:
        boxes = [stack.enter_context(serving(data, options=options))]
        box = boxes[0]
        box.port = port
        people = stack.enter_context(closing(People(browser, box)))
        page, sent = logged_in(box, people)

        def fall() -> None:
            """Every connection is cut, and the box comes back as the same one."""
            box.server.force_exit = True
            box.stop()
            boxes.append(stack.enter_context(serving(data, options=options)))

        kept = data / "music" / "uploads"
        bring(page, sent, folder=tmp_path, kept=kept, fall=fall)

        # Somebody listens to two of them meanwhile: the open page says how they sound, and why one can't be heard.
        def heard(tx: Transaction) -> None:
            tx.put_library_track(library_track("a", "Первая", "Ансамбль"))
            for name, track, fault in (("Первая.mp3", "a", None), ("left.mp3", None, FaultCode.NOT_AUDIO)):
                tx.put_library_file(LibraryFile(bytes(kept / name), str(kept), 1, 1, track_id=track, fault=fault))

        asyncio.run_coroutine_threadsafe(boxes[1].site.ports.store.write(heard), boxes[1].loop).result(10)
        expect(page.get_by_text("Первая, Ансамбль · BPM 120.0, 5A, 3:20")).to_be_visible()
        expect(page.get_by_text(Fault(FaultCode.NOT_AUDIO).detail)).to_be_visible()
        assert people.errors == []


def bring(page: Page, sent: Sent, *, folder: Path, kept: Path, fall: Callable[[], None]) -> None:
    """Two songs and what is none while the server falls; then one from a page that is left in the middle."""
    files = {name: folder / name for name in ("Первая.mp3", "short.mp3", "left.mp3", "notes.txt", "huge.wav")}
    for name, size in (("Первая.mp3", 5 * PIECE + 1), ("short.mp3", 7), ("left.mp3", 12 * PIECE), ("notes.txt", 7)):
        files[name].write_bytes(os.urandom(size))
    with files["huge.wav"].open("wb") as huge:
        huge.truncate(2_000_000_001)

    # The server dies in the middle: the page goes on by itself, from where it was, and then with the next song.
    choose(page, files["Первая.mp3"], files["short.mp3"], files["notes.txt"], files["huge.wav"])
    wait_for_pieces(page, sent, 2)
    fall()
    assert kept.parent.joinpath(".uploads").exists()
    expect(page.get_by_text("It is there.")).to_have_count(2, timeout=20_000)
    song = sent.done[: sent.done.index(0, 1)]
    assert song == sorted(set(song)), "something was sent twice"
    assert all(later - place <= PIECE for place, later in itertools.pairwise(song))
    expect(page.get_by_text("ends in .txt is no song that the box can play")).to_be_visible()
    expect(page.get_by_text("A song may have 2000 MB at most")).to_be_visible()
    for name in ("Первая.mp3", "short.mp3"):
        assert (kept / name).read_bytes() == files[name].read_bytes()
    expect(page.locator("[data-fresh=came] .row-title").get_by_text("Первая.mp3")).to_be_visible()

    # The page is left in the middle; the same file chosen again is sent from there on.
    sent.done.clear()
    choose(page, files["left.mp3"])
    wait_for_pieces(page, sent, 3)
    page.reload()
    expect(page.get_by_text("Not whole yet")).to_be_visible()
    sent.begun.clear()
    choose(page, files["left.mp3"])
    expect(page.get_by_text("It is there.")).to_be_visible(timeout=20_000)
    assert sent.begun[0] >= 3 * PIECE
    assert (kept / "left.mp3").read_bytes() == files["left.mp3"].read_bytes()
    expect(page.get_by_text("Not whole yet")).to_be_hidden()


def logged_in(box: Served, people: People) -> tuple[Page, Sent]:
    """An organiser on the page for bringing music."""
    login = box.person("organiser").token
    assert login is not None
    page = people.page()
    page.context.add_cookies([{"name": "pika_login", "value": login, "domain": VENUE_NAME, "path": "/"}])
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(people.url("/library/uploads"))
    return page, Sent(page)
