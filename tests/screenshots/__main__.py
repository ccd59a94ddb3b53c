"""`python -m tests.screenshots FOLDER`: a filled demo evening, and each page of the tour as PNG files.

Dark and light, on a phone and on a laptop; walls as they hang. Takes about four minutes, most of which is the evening.
"""

import argparse
import itertools
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from tests.screenshots.tour import STOPS, Stop
from tests.screenshots.visitors import Look, cookies, ids, opened, welcome
from tests.support.chromium import chromium_path, flags
from tests.support.real_box import running_box

NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 720}
WALL = {"width": 1920, "height": 1080}
#: of the demo: whose console it is, and whose sets are over first
DJ, FORMER = "Rosa Tállay", "Ottilie Brassington"
#: until the evening has something to show: ten minutes of it in one, and the first DJ has handed over
_FILLED_S = 165.0
_EVENING = ("--speed", "12", "--dancers", "80", "--seed", "5", "--quiet")
_SETTLED_MS = 350


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./box screenshots", description="Pictures of every page, to be looked at.")
    parser.add_argument("folder", type=Path, help="where the PNG files go")
    parser.add_argument("--only", default="", metavar="PATTERN", help="pages whose name fits: dj|organiser.*")
    parser.add_argument("--wait", type=float, default=_FILLED_S, metavar="S", help="seconds of the evening before")
    parser.add_argument("--screens", action="store_true", help="what one sees first, instead of whole pages")
    return parser.parse_args(arguments)


def _looks(only_walls: bool) -> Iterator[tuple[str, Look]]:
    if only_walls:
        yield "wall", Look(viewport=WALL)
        return
    for scheme, (size, viewport) in itertools.product(("dark", "light"), (("narrow", NARROW), ("wide", WIDE))):
        yield f"{size}-{scheme}", Look(viewport=viewport, color_scheme=scheme)


def shoot(page: Page, address: str, file: Path, *, whole: bool) -> None:
    """One page as a PNG, once it stands still."""
    # A live page never falls silent, so it is given a moment instead.
    page.goto(address, wait_until="load")
    page.wait_for_timeout(_SETTLED_MS)
    page.screenshot(path=file, full_page=whole, animations="disabled")


def main(arguments: list[str]) -> int:
    """Makes the pictures; says where they are."""
    given = _arguments(arguments)
    chosen: list[Stop] = [stop for stop in STOPS if re.fullmatch(given.only or ".*", stop.name)]
    given.folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="pika-screenshots-") as data,
        running_box(Path(data), command="demo", options=_EVENING) as box,
        sync_playwright() as playwright,
    ):
        box.wait_until_served()
        print(f"screenshots: the evening goes on for {given.wait:.0f} s first", flush=True)
        time.sleep(given.wait)
        welcome(box)
        carried = cookies(box, dj=DJ)
        known = ids(box, dj=FORMER)
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=flags())
        for only_walls in (False, True):
            for look_name, look in _looks(only_walls):
                contexts = {who: opened(browser, look, kept) for who, kept in carried.items()}
                for stop in (one for one in chosen if one.wall is only_walls):
                    page = contexts[stop.who].new_page()
                    address = f"http://127.0.0.1:{box.port}{stop.address(known)}"
                    shoot(page, address, given.folder / f"{stop.name}-{look_name}.png", whole=not given.screens)
                    page.close()
                for context in contexts.values():
                    context.close()
        browser.close()
    print(f"screenshots: {len(list(given.folder.glob('*.png')))} pictures are in {given.folder}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
