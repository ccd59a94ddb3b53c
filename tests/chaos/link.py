"""A DJ's night with a link that dies: at random moments, and before random lines of its own code; the box dies too.

For eight of the laptop's hours the box is off. At the end the box must have exactly what was played, in order and once
each, with the right age; and a phone that listened all night must never have been told a late play as now.
"""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import laptop as program
from tests.chaos.kills import kill_everything
from tests.chaos.report import Outcome, progress
from tests.link.listener import Listener, Told
from tests.link.programs import until
from tests.support.ports import free_port
from tests.support.real_box import ROOT, RealBox, running_box

_ARTIST = "DJ Chaos"
_AWAY_S = 8 * 3600
#: what is older than this when it arrives is no news (and a little, for the way)
_LATE_S = 10 * 60 + 15
#: lines until the link dies, of its whole code or of a part; its start takes some three thousand, a play two hundred
_FUSES = {"": (300, 6000), "/desk.py": (1, 250), "/store": (150, 900), "/carrier.py": (5, 250), "/watch.py": (50, 900)}
_AGE_OFF_BY_S = 60


@dataclass
class _Laptop:
    """The DJ's machine: its clock, VirtualDJ's history, and the link when it runs."""

    root: Path
    chance: random.Random
    #: when each track was played, by this laptop's clock
    played_s: dict[str, float] = field(default_factory=dict)
    ahead_s: float = 0.0
    #: from when on, by our clock, this laptop's was how far ahead
    ahead_from: list[tuple[float, float]] = field(default_factory=list)
    kills: int = 0
    #: times that the fuse was what ended the link
    fuses: int = 0
    _boots: int = 0
    _booted_s: float = 0.0
    _link: subprocess.Popen[bytes] | None = None
    _has_fuse: bool = False

    def __post_init__(self) -> None:
        self.history.parent.mkdir(parents=True)
        self.folder.mkdir()
        (self.folder / "link.toml").write_text("[sources]\nicecast_port = 0\npika_port = 0\nnow_port = 0\n")
        self.boot()

    @property
    def history(self) -> Path:
        return self.root / "home" / "Documents" / "VirtualDJ" / "History" / "2026-11-20.m3u"

    @property
    def folder(self) -> Path:
        return self.root / "link"

    def now_s(self) -> float:
        return time.time() + self.ahead_s

    def ahead_at(self, at_s: float) -> float:
        """How far ahead its clock was at a moment of ours."""
        return max(one for one in self.ahead_from if one[0] <= at_s)[1]

    def boot(self) -> None:
        """Switched on (again)."""
        self._boots += 1
        self._booted_s = self.now_s()
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        self.ahead_s += seconds
        self.ahead_from.append((time.time(), self.ahead_s))
        said = {"ahead_s": self.ahead_s, "booted_s": self._booted_s, "boot": f"chaos-boot-{self._boots}"}
        fresh = self.root / "clock.new"
        fresh.write_text(json.dumps(said), encoding="ascii")
        fresh.replace(self.root / "clock")

    def play(self) -> None:
        """VirtualDJ writes the next track down, sometimes in two pieces."""
        number, now = len(self.played_s) + 1, self.now_s()
        title = f"Play {number:04d}"
        line = f"#EXTVDJ:<lastplaytime>{int(now)}</lastplaytime><artist>{_ARTIST}</artist><title>{title}</title>\r\n"
        data = f"{line}/music/{title}.mp3\r\n".encode()
        cut = self.chance.randrange(len(data)) if self.chance.random() < 0.3 else len(data)
        self.played_s[title] = now
        for piece in (data[:cut], data[cut:]):
            with self.history.open("ab") as file:
                file.write(piece)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tests.chaos.laptop", *words]

    def environment(self, *, fuse: str = "") -> dict[str, str]:
        return {
            **os.environ,
            "HOME": str(self.root / "home"),
            "PYTHONPATH": str(ROOT),
            "PIKABOX_LINK_FOLDER": str(self.folder),
            "DBUS_SESSION_BUS_ADDRESS": "",
            "XDG_RUNTIME_DIR": "",
            program.CLOCK: str(self.root / "clock"),
            program.FUSE: fuse,
        }

    def start(self, *, fused: bool) -> None:
        """Starts the link, with or without a fuse."""
        part = self.chance.choice(list(_FUSES))
        fuse = f"{self.chance.randint(*_FUSES[part])} {part}" if fused else ""
        self._has_fuse = fused
        with (self.root / "said").open("ab") as said:
            self._link = subprocess.Popen(
                self.command("run", "--plain"), env=self.environment(fuse=fuse), stdout=said, stderr=said
            )

    def look(self) -> None:
        """A link that died is started again, as a DJ does, mostly with another fuse."""
        if self._link is None or self._link.poll() is not None:
            if self._link is not None:
                code = self._link.returncode
                said = (self.root / "said").read_text(errors="replace")[-600:]
                assert code == -signal.SIGKILL, f"the link ended by itself with {code}: {said}"
                self.fuses += self._has_fuse
            self.start(fused=self.chance.random() < 0.8)

    def has_kept(self, plays: int) -> bool:
        """Whether all of so many plays are in the journal; keeps the link going meanwhile."""
        self.look()
        return self.keeps()[0] == plays

    def kill(self) -> None:
        """kill -9 in whatever it does."""
        if self._link is not None and self._link.poll() is None:
            self._link.kill()
            self._link.wait()
            self.kills += 1
            self._link = None

    def keeps(self) -> tuple[int, int]:
        """Plays that the link's journal knows, and entries that the box has not acknowledged."""
        with closing(sqlite3.connect(self.folder / "link.db", timeout=5)) as database:
            (plays,) = database.execute("SELECT count(*) FROM plays").fetchone()
            rows = database.execute("SELECT last_seq - acked_seq FROM histories").fetchall()
        return plays, sum(row[0] for row in rows)

    def has_begun(self) -> bool:
        """Whether VirtualDJ's history was seen for the first time."""
        with closing(sqlite3.connect(self.folder / "link.db", timeout=5)) as database:
            (seen,) = database.execute("SELECT count(*) FROM cursors WHERE source = 'virtualdj'").fetchone()
        return bool(seen)


@dataclass
class _Venue:
    """The box, which keeps its ports however often it is killed."""

    data: Path
    stack: ExitStack
    port: int = field(default_factory=free_port)
    link_port: int = field(default_factory=free_port)
    kills: int = 0
    box: RealBox | None = None
    _power: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.stack.callback(self._power.close)

    @property
    def environment(self) -> dict[str, str]:
        return {"PIKA_BOX_LINKS_ENABLED": "yes", "PIKA_BOX_LINKS_PORT": str(self.link_port)}

    def switch_on(self) -> None:
        options = ("--unattended", "--broker", "off", "--port", str(self.port))
        self.box = self._power.enter_context(running_box(self.data, options=options, env=self.environment))
        self.box.port = self.port
        self.box.wait_until_served()

    def pull_the_plug(self) -> None:
        assert self.box is not None
        kill_everything(self.box)
        self._power.close()

    def kill_server(self) -> None:
        """kill -9; supervisord starts another."""
        assert self.box is not None
        try:
            os.kill(self.box.server_pid(), signal.SIGKILL)
        except LookupError:
            # It was killed a moment ago, and the next one is not there yet.
            return
        self.kills += 1

    def pairing_code(self) -> str:
        command = [sys.executable, "-m", "appliance", "dj", "--data", str(self.data), "pair", "DJ Chaos"]
        said = subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.environment},
            capture_output=True,
            text=True,
            check=True,
        )
        found = re.search(r"^\s+([\d-]{9,})$", said.stdout, re.MULTILINE)
        assert found, said.stdout
        return found[1]


def link(folder: Path, *, rounds: int, seed: int, is_shown: bool = False) -> Outcome:
    """So many plays in one night."""
    chance, outcome, began = random.Random(seed), Outcome("link"), time.monotonic()
    with ExitStack() as stack:
        venue, laptop = _Venue(folder / "box", stack), _Laptop(folder / "laptop", chance)
        stack.callback(laptop.kill)
        venue.switch_on()
        pair = laptop.command("pair", venue.pairing_code(), "--at", f"127.0.0.1:{venue.link_port}")
        subprocess.run(pair, env=laptop.environment(), check=True, capture_output=True)
        laptop.start(fused=False)
        until(laptop.has_begun, within_s=20, what="the link looks at the history")
        laptop.kill()
        phone = stack.enter_context(Listener(venue.port))
        away = range(rounds * 2 // 5, rounds * 2 // 3)
        for number in progress(outcome.name, rounds, is_shown=is_shown):
            _step(number, venue=venue, laptop=laptop, away=away, phone=phone)
            outcome.rounds += 1
        laptop.kill()
        laptop.start(fused=False)
        until(lambda: laptop.keeps() == (rounds, 0), within_s=60, what="everything is at the box")
        time.sleep(0.5)
        outcome.faults += _wrong_on_the_phone(phone.told, laptop=laptop, away=away)
        outcome.notes.append(
            f"killed in between {laptop.kills} times, by its fuse {laptop.fuses} times, the box {venue.kills + 1} times"
        )
    outcome.checked = rounds
    # The clock may have run on in the middle of an entry.
    off_by_s = _AWAY_S / len(away) + _AGE_OFF_BY_S
    outcome.faults += _wrong_in_the_box(folder / "box" / "box.db", laptop=laptop, off_by_ms=off_by_s * 1000)
    outcome.took_s = time.monotonic() - began
    return outcome


def _step(number: int, *, venue: _Venue, laptop: _Laptop, away: range, phone: Listener) -> None:
    """One play, and what may go wrong around it."""
    chance = laptop.chance
    if number == away.start:
        # The set is running when the box goes: what comes back to it could be taken for now.
        until(lambda: laptop.has_kept(number) and not laptop.keeps()[1], within_s=60, what="the box has all of it")
        venue.pull_the_plug()
    if number in away:
        laptop.pass_time(_AWAY_S / len(away))
    if number == away[len(away) // 2]:
        laptop.kill()
        laptop.boot()
    laptop.play()
    laptop.look()
    if number in away[:: len(away) // 8] or number == away[-1]:
        # A link may be gone for an hour of this fast night, and no longer.
        until(lambda: laptop.has_kept(number + 1), within_s=60, what="all of it is kept")
    if number == away[-1]:
        # All of it is late when the box comes back.
        laptop.pass_time(11 * 60)
        told = len(phone.told)
        venue.switch_on()
        until(lambda: laptop.has_kept(number + 1) and not laptop.keeps()[1], within_s=60, what="the box has all of it")
        until(lambda: len(phone.told) > told, within_s=10, what="the phone is back")
    time.sleep(chance.choice((0.0, 0.02, 0.1, 0.3)))
    if chance.random() < 0.05:
        laptop.kill()
    if number not in away and chance.random() < 0.02:
        venue.kill_server()


def _wrong_on_the_phone(told: Sequence[Told], *, laptop: _Laptop, away: range) -> list[str]:
    """Late plays that dancers were told as now, and plays that came back."""
    titles, faults, last = list(laptop.played_s), list[str](), ""
    unheard = {titles[number] for number in away}
    wall = time.time() - time.monotonic()
    for one in told:
        if one.title and one.title not in laptop.played_s:
            faults.append(f"{one.title!r} was told, and never played")
        elif one.title in unheard:
            faults.append(f"{one.title}, of hours without a box, was told as {one.name}")
        elif one.title and one.name == "now":
            at = one.at_s + wall
            if at + laptop.ahead_at(at) - laptop.played_s[one.title] > _LATE_S:
                faults.append(f"{one.title} was told as now when it was late")
            if one.title < last:
                faults.append(f"{one.title} was told after {last}")
            last = max(last, one.title)
    if not last:
        faults.append("the phone was told nothing at all")
    return faults


def _wrong_in_the_box(database: Path, *, laptop: _Laptop, off_by_ms: float) -> list[str]:
    """What is missing, doubled, out of order, or of another age."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT title, age_ms, heard_wall_ms FROM plays ORDER BY number").fetchall()
        journaled = connection.execute("SELECT body FROM journal WHERE kind = 'play.announced' ORDER BY seq").fetchall()
    found, wanted = [row[0] for row in rows], list(laptop.played_s)
    faults = [f"missing: {title}" for title in wanted if title not in found]
    faults += [f"{found.count(title)} times: {title}" for title in sorted(set(found)) if found.count(title) > 1]
    faults += [f"nobody played {title}" for title in found if title not in laptop.played_s]
    if not faults and found != wanted:
        faults.append("the order is another one")
    if len(journaled) != len(rows):
        faults.append(f"{len(journaled)} plays are in the box's journal")
    for title, age_ms, at_ms in rows:
        age = at_ms + (laptop.ahead_at(at_ms / 1000) - laptop.played_s.get(title, 0)) * 1000
        if abs(age - age_ms) > off_by_ms:
            faults.append(f"{title} is {age / 60_000:.0f} minutes old, and said to be {age_ms / 60_000:.0f}")
    return faults
