"""Real releases of this program on a real box: installed from their wheels, started, watched, kept or taken back.

One box lives through it all; the tests take it as they find it.
"""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance import __version__
from appliance.files import replace_file
from appliance.store.migrate import steps
from appliance.update import building, keys, staging
from appliance.update.layout import Layout
from tests.network.hall import eventually
from tests.support.ports import free_port
from tests.support.real_box import ROOT
from tests.support.visitors import Visitor

_MANAGER = Path(__file__).with_name("manager.py")
#: how long a version has that runs well, on a machine that is busy with other tests, and one that does not
_WELL_WITHIN_S, _BAD_WITHIN_S, _STEADY_S = 80.0, 6.0, 1.0
_NEVER_SERVES = "def main(arguments: list[str]) -> int:\n    raise SystemExit(1)\n\n\ndef _never("


@dataclass
class Venue:
    """A box in a hall, and who makes its releases."""

    root: Path
    workshop: Path
    wheels: Path
    port: int

    @property
    def layout(self) -> Layout:
        return Layout(root=self.root, data=self.root / "var/lib/pika-box")

    def release(self, version: str, changed: dict[str, str] | None = None) -> Path:
        """This checkout as another version."""
        checkout = self.workshop / version
        for part in ("appliance", "sync", "webui", "firmware-config", "systemd", ".pins"):
            shutil.copytree(ROOT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy2(ROOT / "box", checkout / "box")
        first = (checkout / "appliance/__init__.py").read_text(encoding="utf-8")
        changed = {"appliance/__init__.py": first.replace(__version__, version), **(changed or {})}
        for name, text in changed.items():
            (checkout / name).write_text(text, encoding="utf-8")
        made = building.build(
            checkout, out=self.workshop, wheels=[self.wheels], environments=[staging.this_environment()]
        )
        building.sign(made, key=self.workshop / "key")
        return made

    def update(self, *arguments: str | Path, within_s: float = _WELL_WITHIN_S) -> "subprocess.CompletedProcess[str]":
        """`./box update`, from the release that runs."""
        current = self.layout.current
        command = [current / ".venv/bin/python", "-P", "-m", "appliance", "update", "--root", self.root, *arguments]
        manager = f"{sys.executable} {_MANAGER} {self.root / 'orders'}"
        command += ["--service", manager, "--within", str(within_s), "--steady", str(_STEADY_S)]
        environment = {**os.environ, "PYTHONPATH": str(current)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=150)

    def visitor(self, token: str | None = None) -> Visitor:
        return Visitor(port=self.port, token=token)

    def version(self) -> str:
        """What answers; empty while nothing does."""
        try:
            return str(self.visitor().get("/health").json["version"])
        except (OSError, ValueError):
            return ""

    def wait_for(self, version: str) -> None:
        deadline = time.monotonic() + 60
        while self.version() != version:
            assert time.monotonic() < deadline, self.printed()
            time.sleep(0.1)

    def printed(self) -> str:
        """What the box said to whoever started it."""
        return (self.root / "var/lib/printed").read_text(encoding="utf-8")

    def now(self) -> tuple[str, int]:
        """What dancers see: the title that is on, and its likes."""
        found = self.visitor().get("/api/v1/stages/main-floor/now").json["now"]
        return found["title"], found["likes"]


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """A box that runs this checkout, installed as a release."""
    folder = tmp_path_factory.mktemp("venue")
    venue = Venue(root=folder / "root", workshop=folder / "workshop", wheels=folder / "wheels", port=free_port())
    layout = venue.layout
    for made in (venue.wheels, venue.workshop, layout.releases, layout.data, layout.keys, venue.root / "orders"):
        made.mkdir(parents=True)
    keys.make_pair(venue.workshop / "key", layout.keys / "maker.pem")
    building.download_wheels(ROOT, venue.wheels)
    settings = f'[http]\nhost = "127.0.0.1"\nport = {venue.port}\n[mqtt]\nport = {free_port()}\n'
    settings += "[mdns]\nenabled = false\n[links]\nenabled = false\n"
    (layout.data / "box.toml").write_text(settings, encoding="utf-8")
    # The first release is this program with this environment; the next ones are really made from their files.
    for part in ("appliance", "sync", "webui", "firmware-config", "systemd"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, layout.release(__version__) / part, ignore=ignored)
    (layout.release(__version__) / ".venv").symlink_to(Path(sys.prefix))
    layout.point(layout.current, __version__)
    command = [sys.executable, str(_MANAGER), "run", *map(str, (venue.root / "orders", layout.current, layout.data))]
    with subprocess.Popen(command) as manager:
        try:
            venue.wait_for(__version__)
            yield venue
        finally:
            manager.send_signal(signal.SIGTERM)


def _evening(venue: Venue) -> None:
    """Staff, a DJ who plays, and a guest who likes."""
    # The box answers a moment before it says so.
    eventually(lambda: "Setup code" in venue.printed(), within_s=30, what="the setup code is printed")
    found = re.search(r"Setup code +(\S+)", venue.printed())
    assert found is not None
    staff = venue.visitor(venue.visitor().post("/api/v1/setup", json_body={"code": found[1]}).json["staff_pass"])
    dj = venue.visitor(staff.post("/api/v1/djs", json_body={"name": "DJ Anna"}).json["secret"])
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    play = {"id": "p1", "title": "So What", "artist": "Miles Davis"}
    assert dj.post(f"/api/v1/sessions/{session}/plays", json_body=play).status == 201
    guest = venue.visitor()
    assert guest.get("/s/main-floor", headers={"Accept": "text/html"}).status == 200
    assert guest.ask("PUT", "/api/v1/plays/p1/like").status == 200


@pytest.mark.timeout(300)
def test_a_better_version_takes_over_and_the_evening_goes_on(venue: Venue) -> None:
    _evening(venue)
    file = venue.release("0.2.0")
    refused = {
        "signature_bad": file.read_bytes().replace(b'"version": "0.2.0"', b'"version": "0.2.1"', 1),
        "damaged": file.read_bytes()[:-2048],
    }
    for content in refused.values():
        replace_file(venue.workshop / "bad.pikabox", content)
        done = venue.update(venue.workshop / "bad.pikabox")
        assert done.returncode == 1, done
        assert "not used" in done.stderr
    stick = venue.root / "stick"
    stick.mkdir()
    shutil.copy(file, stick)
    started = time.monotonic()
    done = venue.update("--usb", stick)
    print(f"an update took {time.monotonic() - started:.1f} s", done.stdout)
    assert done.returncode == 0, done
    assert "version 0.2.0 runs well, and stays" in done.stdout
    assert venue.version() == "0.2.0"
    assert venue.now() == ("So What", 1)
    assert venue.layout.complete() == [__version__, "0.2.0"]
    again = venue.update(file)
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True)


@pytest.mark.timeout(300)
def test_a_version_that_cannot_serve_is_taken_back_by_itself_within_a_bound(venue: Venue) -> None:
    """It also brings a step of the schema, and dies only after that: the older program reads what it left."""
    before, evening = venue.version(), venue.now()
    step = f"appliance/store/migrations/{max(steps()) + 1:04d}_more.sql"
    serve = (ROOT / "appliance/commands/serve.py").read_text(encoding="utf-8")
    file = venue.release(
        "0.3.0",
        {
            "appliance/commands/serve.py": serve.replace("def main(", _NEVER_SERVES, 1),
            step: "CREATE TABLE more (id TEXT) STRICT;\n",
        },
    )
    started = time.monotonic()
    done = venue.update(file, within_s=_BAD_WITHIN_S)
    print(f"an update that goes back took {time.monotonic() - started:.1f} s", done.stdout, done.stderr)
    assert done.returncode == 1
    assert f"Version {before} runs again. Everything that was stored is there." in done.stderr
    venue.wait_for(before)
    with closing(sqlite3.connect(venue.layout.data / "box.db")) as database:
        assert database.execute("PRAGMA user_version").fetchone()[0] == max(steps()) + 1
    assert venue.now() == evening
    assert f"went back to version {before} by itself" in (venue.layout.data / "notices.json").read_text("utf-8")
    again = venue.update(file)
    assert again.returncode == 1
    assert "was tried on this box and taken back" in again.stderr
    status = venue.update("--status").stdout
    assert f"Runs      {before}" in status
    assert "Update    rolled-back (0.3.0)" in status
