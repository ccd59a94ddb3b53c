"""The card as it was at one instant of the evening, again and again: each copy boots, and has all that was answered.

The card is an ext4 in a file on a btrfs, whose clone of a file is the state of one instant; a plain copy would mix
moments that no card has ever been in. What the card's own controller loses is not in it.
"""

import fcntl
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.ledger import Answered, faults
from tests.chaos.load import Evening
from tests.chaos.report import Outcome, progress
from tests.storage.loops import make_image, mounted, need_root, run
from tests.support.real_box import running_box

_CARD_BYTES = 320_000_000
_SHELF_BYTES = 4_000_000_000
#: linux/fs.h
_FICLONE = 0x40049409


def clone(card: Path, copy: Path) -> None:
    """The file as it is at one instant."""
    with card.open("rb") as source, copy.open("wb") as target:
        fcntl.ioctl(target.fileno(), _FICLONE, source.fileno())


def images(folder: Path, *, rounds: int, seed: int, is_shown: bool = False) -> Outcome:
    """So many copies under one load, and then each is booted."""
    need_root("mkfs.btrfs", "mkfs.ext4", "e2fsck")
    outcome, began = Outcome("images"), time.monotonic()
    shelf_image = make_image(folder / "shelf.img", size=_SHELF_BYTES, make=("mkfs.btrfs", "-q", "-f"))
    with mounted(shelf_image, folder / "shelf") as shelf:
        card = make_image(shelf / "card.img", size=_CARD_BYTES, make=("mkfs.ext4", "-q", "-F", "-m", "0"))
        taken = list(_take(card, folder / "card", rounds=rounds, chance=random.Random(seed)))
        for number in progress(outcome.name, rounds, is_shown=is_shown):
            copy, answered = taken[number]
            _boot(copy, folder / "booted", answered=answered, outcome=outcome)
            outcome.rounds += 1
    outcome.took_s = time.monotonic() - began
    return outcome


def _take(card: Path, place: Path, *, rounds: int, chance: random.Random) -> Iterator[tuple[Path, Answered]]:
    """Copies of a card in use, each with what was answered before it was begun."""
    evening = Evening()
    with mounted(card, place) as here:
        (here / "data").mkdir()
        with running_box(here / "data") as box:
            evening.begin(box)
            with evening.under_load(box):
                for number in range(rounds):
                    time.sleep(chance.uniform(0.02, 0.4))
                    answered = evening.ledger.so_far()
                    copy = card.with_name(f"copy-{number}.img")
                    clone(card, copy)
                    # Asked for until now, as these may be in it.
                    answered.modes_asked = evening.ledger.so_far().modes_asked
                    yield copy, answered


@contextmanager
def _booted(copy: Path, place: Path) -> Iterator[Path]:
    # As a boot does it; it says 1 when it has mended something.
    run("sh", "-c", 'e2fsck -fy "$1" || [ $? = 1 ]', "e2fsck", copy)
    with mounted(copy, place) as here:
        yield here / "data"


def _boot(copy: Path, place: Path, *, answered: Answered, outcome: Outcome) -> None:
    with _booted(copy, place) as data:
        outcome.checked += answered.count()
        outcome.faults += [f"{copy.name}: {fault}" for fault in faults(data / "box.db", answered)]
        try:
            outcome.faults += [f"{copy.name}, started: {fault}" for fault in _started(data, answered, outcome)]
        except (AssertionError, OSError) as error:
            outcome.faults.append(f"{copy.name}: {error}")


def _started(data: Path, answered: Answered, outcome: Outcome) -> list[str]:
    """What is wrong with a box on the copy. Raises: AssertionError, OSError when it does not start."""
    started = time.monotonic()
    with running_box(data, options=("--unattended",)) as box:
        outcome.starts_s.append(time.monotonic() - started)
        wrong = faults(data / "box.db", answered)
        if (data / "notices.json").exists():
            wrong.append((data / "notices.json").read_text(encoding="utf-8"))
        if box.guest().get("/api/v1/stages/main-floor/now").status != 200:
            wrong.append("the stage is not shown")
    return wrong
