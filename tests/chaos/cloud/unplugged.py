"""Power cuts, by copies of disks as they are at one instant: what was not written back is not in them."""

import random
import signal
import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path

from tests.chaos.cloud.parts import Box, until
from tests.chaos.cloud.round import ANSWER_WITHIN_S, Round
from tests.chaos.cloud.world import World, world, writing
from tests.chaos.images import clone
from tests.storage.loops import make_image, mounted, run


def _shelf(after: ExitStack, folder: Path) -> Path:
    """A place where a file can be copied as it is at one instant."""
    folder.mkdir()
    image = make_image(folder / "shelf.img", size=2_000_000_000, make=("mkfs.btrfs", "-q", "-f"))
    return after.enter_context(mounted(image, folder / "shelf"))


def _card(after: ExitStack, shelf: Path) -> Path:
    card = make_image(shelf / "card.img", size=400_000_000, make=("mkfs.ext4", "-q", "-F", "-m", "0"))
    place = after.enter_context(mounted(card, shelf.parent / "card"))
    place.chmod(0o755)
    return place


def _plugged_in(after: ExitStack, shelf: Path) -> Path:
    """The copy of the card, as a boot finds it."""
    copy = shelf / "copy.img"
    run("sh", "-c", 'e2fsck -fy "$1" || [ $? = 1 ]', "e2fsck", copy)
    return after.enter_context(mounted(copy, shelf.parent / "copy"))


def box_unplugged(world: World, chance: random.Random) -> Round:
    """F24: the box's card as it is at one instant of a drain, without what was not written back yet."""
    after = world.after
    shelf = _shelf(after, world.folder / f"unplugged-{world.boxes}")
    box = world.box(data=_card(after, shelf) / "data")
    box.write(200)
    box.start()
    until(lambda: world.count(box.id) > 0, within_s=ANSWER_WITHIN_S, what="the first batch arrives")
    with writing(box, each=50):
        time.sleep(chance.uniform(0.1, 0.8))
        assert box.process is not None
        # Whatever it has sent was sent before this instant.
        box.process.send_signal(signal.SIGSTOP)
        clone(shelf / "card.img", shelf / "copy.img")
        box.end()
    box.data = _plugged_in(after, shelf) / "data"
    box.write(50)
    box.start()
    return Round([box])


def cloud_unplugged(outer: World, chance: random.Random) -> Round:
    """F24 on the cloud's side: the disk of PostgreSQL as it is at one instant. What was acknowledged must be on it."""
    after = outer.after
    folder = outer.folder / f"cloud-unplugged-{outer.boxes}"
    outer.boxes += 1
    shelf = _shelf(after, folder)
    place = _card(after, shelf)
    here = after.enter_context(world(folder, disk=place))
    # What was made in haste before anything counted.
    run("sync", "-f", place)
    box = here.box()
    outer.made.append(box)
    box.write(200)
    box.start()
    until(lambda: here.count(box.id) > 0, within_s=ANSWER_WITHIN_S, what="the first batch arrives")
    with writing(box, each=50):
        time.sleep(chance.uniform(0.2, 1.0))
        acknowledged = _acknowledged(box)
        clone(shelf / "card.img", shelf / "copy.img")
        here.postgres.end(signal.SIGKILL)
    here.receivers[0].end()
    here.postgres.folder = _plugged_in(after, shelf) / "pg"
    here.postgres.start()
    kept = here.count(box.id)
    here.receivers[0].start()
    wrong = [] if kept >= acknowledged else [f"{acknowledged} were acknowledged and {kept} are on the disk"]
    return Round([box], [f"{acknowledged} acknowledged, {kept} on the disk"], wrong, world=here)


def _acknowledged(box: Box) -> int:
    with closing(sqlite3.connect(box.data / "sync" / "agent.db", timeout=5)) as connection:
        return int(connection.execute("SELECT max(seq) FROM marks").fetchone()[0])
