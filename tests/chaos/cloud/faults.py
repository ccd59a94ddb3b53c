"""What goes wrong, one after the other: each a function that does it and heals it. Must not judge what came of it."""

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import zstandard

from appliance.errors import Unavailable
from tests.chaos.cloud.front import Order, Rule
from tests.chaos.cloud.parts import Box, until
from tests.chaos.cloud.round import ANSWER_WITHIN_S, Round, carrying, now_and_then
from tests.chaos.cloud.world import World, writing
from tests.cloud.running import Box as Stranger
from tests.storage.loops import fill, run
from tests.support.postgres import USER, programs


def carrier_killed(world: World, chance: random.Random) -> Round:
    """F2, F3, F7: between any two instructions; F23: told to end."""
    box = world.box()
    world.front.rule = _slowly(chance)
    with writing(box):
        for number in range(3):
            box.start()
            before = world.count(box.id)
            until(lambda before=before: world.count(box.id) > before, within_s=ANSWER_WITHIN_S, what="it carries")  # type: ignore[misc]
            time.sleep(chance.uniform(0.0, 0.2))
            box.end(signal.SIGTERM if number == 1 else signal.SIGKILL)
    world.heal()
    box.start()
    return Round([box])


def _slowly(chance: random.Random) -> Rule:
    return lambda *_: Order(wait_s=chance.uniform(0.0, 0.04))


def receiver_killed(world: World, chance: random.Random) -> Round:
    """F4, F5: the cloud's process is killed before, in and after its commit."""
    box = carrying(world)
    with writing(box):
        for _ in range(2):
            time.sleep(chance.uniform(0.05, 0.4))
            receiver = chance.choice(world.receivers)
            receiver.end(signal.SIGKILL)
            receiver.start()
    return Round([box])


def receiver_stopped(world: World, chance: random.Random) -> Round:
    """F23 on the cloud's side: told to end in the middle of a drain."""
    box = carrying(world)
    with writing(box):
        time.sleep(chance.uniform(0.05, 0.4))
        world.receivers[0].end(signal.SIGTERM)
        world.receivers[0].start()
    return Round([box])


def postgres_killed(world: World, chance: random.Random) -> Round:
    """F20: all of it at once, with what it had acknowledged."""
    box = carrying(world)
    with writing(box):
        time.sleep(chance.uniform(0.05, 0.5))
        world.postgres.end(signal.SIGKILL)
        time.sleep(chance.uniform(0.0, 0.3))
        world.postgres.start()
    return Round([box])


def turned_clock(world: World, chance: random.Random) -> Round:
    """F10: the wall clock jumps by ten years, there and back, in the middle of it."""
    box = carrying(world)
    with writing(box):
        for years in (10.0, -10.0, 0.0):
            box.shift(years)
            time.sleep(chance.uniform(0.2, 0.5))
    return Round([box])


def poisoned(world: World, chance: random.Random) -> Round:
    """F15, F21, F22: rows that no use case writes: of other versions, too long, no text, no JSON."""
    del chance
    box = world.box()
    box.write(50)
    for body in ("no json", '{"a":"\\u0000"}', '{"a":1e-9999}', "[1]", '"text"', '{"a":"' + "x" * 1_000_000 + '"}'):
        box.put("odd.thing", body)
    with closing(sqlite3.connect(box.path)) as connection, connection:
        connection.execute(
            "INSERT INTO journal (kind, v, boot, boot_ms, wall_ms, trust, body)"
            " VALUES ('odd.text', 1, 'b', 1, 1, 'ntp', '{\"a\":\"' || CAST(x'fffe80' AS TEXT) || '\"}')"
        )
    # Unpacked it is more than the cloud takes at all, and packed next to nothing.
    box.put("odd.huge", '{"a":"' + "x" * 9_000_000 + '"}')
    box.aside = 8
    box.put("of.tomorrow", '{"from":"a newer version"}')
    box.write(50)
    box.start()
    return Round([box], ["8 odd rows aside, the others whole"])


def _put_back(box: Box, copy: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        box.path.with_name(box.path.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(copy, box.path)


def _copy(box: Box, name: str) -> Path:
    copy = box.data.with_name(f"{box.data.name}-{name}.db")
    with closing(sqlite3.connect(box.path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def box_restored(world: World, chance: random.Random) -> Round:
    """F11: an older copy of the database is put back by hand, and the evening goes on."""
    box = carrying(world)
    copy = _copy(box, "older")
    box.write(chance.randrange(50, 400))
    world.settle(box)
    box.rows()
    box.end()
    _put_back(box, copy)
    box.write(chance.randrange(1, 600))
    box.start()
    return Round([box], wants_fork=True)


def box_cloned(world: World, chance: random.Random) -> Round:
    """F13: the card is copied, and two of the same box go on side by side."""
    first = carrying(world)
    first.end()
    second = world.twin(first)
    for box in (first, second):
        box.write(chance.randrange(50, 300))
        box.start()
    with writing(first), writing(second):
        time.sleep(1.0)
    return Round([first, second], wants_fork=True)


def cloud_restored(world: World, chance: random.Random) -> Round:
    """F12: the cloud's database is an older one, of which the boxes know more."""
    box = carrying(world)
    world.settle(box)
    dump, name = world.folder / f"older-{world.boxes}.dump", world.database.rpartition("/")[2]
    where = ["-h", "127.0.0.1", "-p", str(world.postgres.port), "-U", USER]
    _program("pg_dump", *where, "--format=custom", f"--file={dump}", name)
    box.write(chance.randrange(100, 600))
    world.settle(box)
    for receiver in world.receivers:
        receiver.end()
    world.postgres.say(f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE template0")
    _program("pg_restore", *where, f"--dbname={name}", str(dump))
    for receiver in world.receivers:
        receiver.start()
    box.write(chance.randrange(1, 100))
    return Round([box])


def _program(name: str, *arguments: str) -> None:
    done = subprocess.run([str(programs() / name), *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def full_disk(world: World, chance: random.Random) -> Round:
    """F8, F9: no room for a like, nor for writing down how far the cloud is."""
    after, place = world.after, world.folder / f"card-{world.boxes}"
    place.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place)
    after.callback(run, "umount", "--lazy", place)
    box = world.box(data=place / "data")
    liked = box.write(300)
    box.start()
    until(lambda: world.count(box.id) > 0, within_s=ANSWER_WITHIN_S, what="the first batch arrives")
    ballast = fill(place, leave=0)
    for _ in range(5):
        try:
            liked += box.write(chance.randrange(300, 600))
        except Unavailable:
            box.refused += 1
    ballast.unlink()
    liked += box.write(100)
    with closing(sqlite3.connect(box.path)) as connection:
        stored = connection.execute("SELECT count(*) FROM journal WHERE kind = 'like.given'").fetchone()[0]
    wrong = [] if stored == liked else [f"{liked} likes were answered and {stored} are there"]
    if not box.refused:
        wrong.append("nothing was refused: the disk was not full")
    return Round([box], [f"{box.refused} writes refused"], wrong)


def zip_bomb(world: World, chance: random.Random) -> Round:
    """F25: a megabyte that wants to be gigabytes, while a box drains."""
    del chance
    box = carrying(world)
    receiver = world.receivers[0]
    bad = Stranger(f"http://127.0.0.1:{receiver.port}")
    world.admit(bad.id, public=bad.public)
    assert receiver.process is not None
    before = _peak_mb(receiver.process.pid)
    statuses = []
    with writing(box):
        for level in (1, 19):
            bomb = zstandard.ZstdCompressor(level=level).compress(b"\0" * 400_000_000)[:1_000_000]
            statuses.append(bad.ask("POST", "/v1/ingest", bomb, content_encoding="zstd").status_code)
    grown = _peak_mb(receiver.process.pid) - before
    wrong = [] if grown < 60 and statuses == [413, 413] else [f"{grown:.0f} MB more, answered {statuses}"]
    return Round([box], [f"{grown:.0f} MB more, answered {statuses}"], wrong)


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the process is gone")


def everything(world: World, chance: random.Random) -> Round:
    """F1 to F9, F14, F20 at once: the proxy does what it likes, and everybody is killed at random."""
    box = carrying(world)
    base, turned = chance.random() * 0.2, now_and_then(chance, Order(lose_answer=True), share=0.15)
    again = now_and_then(chance, Order(again=3), share=0.2)

    def rule(method: str, path: str) -> Order:
        return chance.choice((turned, again))(method, path)

    world.front.rule = rule
    with writing(box, each=200):
        for _ in range(6):
            time.sleep(base + chance.uniform(0.1, 0.8))
            match chance.choice(("box", "box", "cloud", "database", "connections")):
                case "box":
                    box.end(chance.choice((signal.SIGKILL, signal.SIGTERM)))
                    box.start()
                case "cloud":
                    receiver = chance.choice(world.receivers)
                    receiver.end(signal.SIGKILL)
                    receiver.start()
                case "database":
                    world.postgres.end(signal.SIGKILL)
                    world.postgres.start()
                case _:
                    world.front.cut_all()
    world.heal()
    return Round([box])
