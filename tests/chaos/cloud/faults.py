"""What goes wrong, one after the other: each a function that does it and heals it. Must not judge what came of it."""

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from appliance.errors import Unavailable
from tests.chaos.cloud.front import NAME, Order, Rule, canned, standing
from tests.chaos.cloud.names import LIAR, looking_up
from tests.chaos.cloud.world import Box, World, until, world, writing
from tests.chaos.images import clone
from tests.cloud.running import Box as Stranger
from tests.storage.loops import fill, make_image, mounted, run
from tests.support.authority import Authority
from tests.support.postgres import USER, programs

PORTAL = canned("200 OK", b"<html><title>Free Wi-Fi</title><body>Please accept our terms.</body></html>")
_ANSWER_WITHIN_S = 20.0


@dataclass
class Round:
    """One time that something went wrong."""

    boxes: Sequence[Box]
    notes: list[str] = field(default_factory=list)
    #: what was not as it must be, in words
    wrong: list[str] = field(default_factory=list)
    #: a history that forks is what must happen
    wants_fork: bool = False
    #: the cloud, where the fault has one of its own
    world: World | None = None


Fault = Callable[[World, random.Random], Round]


def _carrying(world: World, *, rows: int = 400) -> Box:
    """A box with something behind it, and its carrier at work."""
    box = world.box()
    box.write(rows)
    box.start()
    until(lambda: world.count(box.id) > 0, within_s=_ANSWER_WITHIN_S, what="the first batch arrives")
    return box


def carrier_killed(world: World, chance: random.Random) -> Round:
    """F2, F3, F7: between any two instructions; F23: told to end."""
    box = world.box()
    world.front.rule = _slowly(chance)
    with writing(box):
        for number in range(3):
            box.start()
            before = world.count(box.id)
            until(lambda before=before: world.count(box.id) > before, within_s=_ANSWER_WITHIN_S, what="it carries")  # type: ignore[misc]
            time.sleep(chance.uniform(0.0, 0.2))
            box.end(signal.SIGTERM if number == 1 else signal.SIGKILL)
    world.heal()
    box.start()
    return Round([box])


def _slowly(chance: random.Random) -> Rule:
    return lambda *_: Order(wait_s=chance.uniform(0.0, 0.04))


def receiver_killed(world: World, chance: random.Random) -> Round:
    """F4, F5: the cloud's process is killed before, in and after its commit."""
    box = _carrying(world)
    with writing(box):
        for _ in range(2):
            time.sleep(chance.uniform(0.05, 0.4))
            receiver = chance.choice(world.receivers)
            receiver.end(signal.SIGKILL)
            receiver.start()
    return Round([box])


def receiver_stopped(world: World, chance: random.Random) -> Round:
    """F23 on the cloud's side: told to end in the middle of a drain."""
    box = _carrying(world)
    with writing(box):
        time.sleep(chance.uniform(0.05, 0.4))
        world.receivers[0].end(signal.SIGTERM)
        world.receivers[0].start()
    return Round([box])


def postgres_killed(world: World, chance: random.Random) -> Round:
    """F20: all of it at once, with what it had acknowledged."""
    box = _carrying(world)
    with writing(box):
        time.sleep(chance.uniform(0.05, 0.5))
        world.postgres.end(signal.SIGKILL)
        time.sleep(chance.uniform(0.0, 0.3))
        world.postgres.start()
    return Round([box])


def _misbehaving(world: World, rule: Rule, *, seconds: float) -> Round:
    box = _carrying(world)
    done = world.front.done
    world.front.rule = rule
    with writing(box, each=40):
        time.sleep(seconds)
    happened = world.front.done - done
    world.heal()
    return Round([box], [f"{happened} times"], [] if happened else ["nothing went wrong"])


def _now_and_then(chance: random.Random, order: Order, *, share: float = 0.3, only: str = "/v1/ingest") -> Rule:
    return lambda _, path: order if path.startswith(only) and chance.random() < share else Order()


def answers_lost(world: World, chance: random.Random) -> Round:
    """F5, F6: the cloud has committed, and the box never hears of it."""
    return _misbehaving(world, _now_and_then(chance, Order(lose_answer=True)), seconds=2.0)


def requests_cut(world: World, chance: random.Random) -> Round:
    """F3: the connection ends in the middle of a body."""
    return _misbehaving(world, _now_and_then(chance, Order(cut_request=True)), seconds=2.0)


def answers_flipped(world: World, chance: random.Random) -> Round:
    """F6: a bit of an answer is turned over behind TLS."""
    return _misbehaving(world, _now_and_then(chance, Order(flip_answer=True), only="/v1/"), seconds=2.0)


def requests_flipped(world: World, chance: random.Random) -> Round:
    """F15: a bit of a body is turned over behind TLS."""
    return _misbehaving(world, _now_and_then(chance, Order(flip_request=True)), seconds=2.0)


def replayed(world: World, chance: random.Random) -> Round:
    """F14: old requests come again, in any order, between the new ones."""
    return _misbehaving(world, _now_and_then(chance, Order(again=4), share=0.5), seconds=1.5)


def portal(world: World, chance: random.Random) -> Round:
    """F17: the venue's portal says 200 to everything."""
    del chance
    return _misbehaving(world, lambda *_: Order(instead=PORTAL), seconds=1.5)


def storm(world: World, chance: random.Random) -> Round:
    """F19: 429 and 503, with and without a time to come again."""
    refusals = [
        canned("429 Too Many Requests", b"{}", kind="application/problem+json", Retry_After="1"),
        canned("503 Service Unavailable", b"<h1>Busy</h1>"),
    ]
    return _misbehaving(world, lambda *_: Order(instead=chance.choice(refusals)), seconds=2.0)


def hung(world: World, chance: random.Random) -> Round:
    """F16: no answer, and no end."""
    del chance
    round_ = _misbehaving(world, lambda *_: Order(hang=True), seconds=2.0)
    world.front.rule = lambda *_: Order()
    return round_


def turned_clock(world: World, chance: random.Random) -> Round:
    """F10: the wall clock jumps by ten years, there and back, in the middle of it."""
    box = _carrying(world)
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
    box = _carrying(world)
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
    first = _carrying(world)
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
    box = _carrying(world)
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
    until(lambda: world.count(box.id) > 0, within_s=_ANSWER_WITHIN_S, what="the first batch arrives")
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
    box = _carrying(world)
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


def crooked(world: World, chance: random.Random) -> Round:
    """F3, F5, F6, F14, F15, F17, F19: everything that stands between the two does what it likes."""
    orders = [
        Order(lose_answer=True),
        Order(cut_request=True),
        Order(flip_answer=True),
        Order(flip_request=True),
        Order(again=3),
        Order(instead=PORTAL),
        Order(instead=canned("503 Service Unavailable", b"<h1>Busy</h1>")),
        Order(wait_s=0.1),
    ]
    return _misbehaving(
        world, lambda *_: chance.choice(orders) if chance.random() < 0.4 else Order(wait_s=0.01), seconds=1.5
    )


def everything(world: World, chance: random.Random) -> Round:
    """F1 to F9, F14, F20 at once: the proxy does what it likes, and everybody is killed at random."""
    box = _carrying(world)
    base, turned = chance.random() * 0.2, _now_and_then(chance, Order(lose_answer=True), share=0.15)
    again = _now_and_then(chance, Order(again=3), share=0.2)

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


def names_gone(world: World, chance: random.Random) -> Round:
    """F18: nobody answers for the cloud's name, then somebody lies about it, and then it is as it should be."""
    after = world.after
    names = after.enter_context(looking_up(world.folder / f"names-{world.boxes}"))
    port = world.front.port
    liar = after.enter_context(standing([], world.folder, Authority(), host=LIAR, port=port))
    liar.rule = lambda *_: Order(instead=PORTAL)
    box = world.box()
    box.url, box.inside = f"https://{NAME}:{port}", names.inside
    names.answer = None
    with writing(box):
        box.start()
        time.sleep(chance.uniform(0.5, 1.5))
        names.answer = LIAR
        time.sleep(chance.uniform(0.5, 1.5))
        early = world.count(box.id)
        names.answer = "127.0.0.1"
    wrong = [f"{early} came while nobody could know the way"] if early else []
    asked = f"{names.asked} questions"
    return Round([box], [asked], wrong if names.asked > 1 else ["nobody asked for the name"])


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
    until(lambda: world.count(box.id) > 0, within_s=_ANSWER_WITHIN_S, what="the first batch arrives")
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
    until(lambda: here.count(box.id) > 0, within_s=_ANSWER_WITHIN_S, what="the first batch arrives")
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
