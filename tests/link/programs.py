"""The link as a DJ starts it: a process of its own, on a home folder with VirtualDJ in it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.ports import free_port
from tests.support.real_box import ROOT, RealBox


def until(holds: Callable[[], object], *, within_s: float, what: str) -> float:
    """Waits until something holds; how long that took, in seconds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within_s, f"not within {within_s} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def dj_of(box: RealBox, folder: Path) -> Iterator[Path]:
    """A DJ's token in a file; the DJ leaves the stage at the end of the block."""
    dj = box.dj("DJ Anna")
    path = folder / "token"
    path.write_text(f"{dj.token}\n", encoding="ascii")
    yield path
    session = dj.get("/api/v1/stages/main-floor/now").json.get("session")
    if session:
        assert dj.post(f"/api/v1/sessions/{session['id']}/end").status == 200


@dataclass
class Laptop:
    """A DJ's laptop in a folder."""

    root: Path
    #: where scripts on the laptop say what plays
    now_port: int = field(default_factory=free_port)
    #: further variables of its environment
    variables: dict[str, str] = field(default_factory=dict)
    _second: int = field(default_factory=lambda: int(time.time()))

    def __post_init__(self) -> None:
        self.history.mkdir(parents=True)
        (self.virtualdj / "settings.xml").write_text("<settings><historyDelay>5</historyDelay></settings>")
        self.folder.mkdir()
        self.settings(f"[sources]\nicecast_port = 0\npika_port = 0\nnow_port = {self.now_port}\n")

    @property
    def virtualdj(self) -> Path:
        return self.root / "home" / "Documents" / "VirtualDJ"

    @property
    def history(self) -> Path:
        return self.virtualdj / "History"

    @property
    def folder(self) -> Path:
        return self.root / "link"

    def settings(self, text: str) -> None:
        (self.folder / "link.toml").write_text(text)

    def play(self, artist: str, title: str) -> None:
        """VirtualDJ writes a track down."""
        self._second = max(self._second + 1, int(time.time()))
        tags = f"<lastplaytime>{self._second}</lastplaytime><artist>{artist}</artist><title>{title}</title>"
        with (self.history / "2026-11-20.m3u").open("ab") as file:
            file.write(f"#EXTVDJ:{tags}\r\n/music/{title}.mp3\r\n".encode())

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "HOME": str(self.root / "home"),
            "PYTHONPATH": str(ROOT),
            "PIKABOX_LINK_FOLDER": str(self.folder),
            **self.variables,
        }

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "sync.link", *words]

    def ask(self, *words: str, status: int = 0) -> str:
        """Runs a command; what it said."""
        done = subprocess.run(
            self.command(*words), env=self.environment(), capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == status, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def status(self, *, code: int = 0) -> Any:
        return json.loads(self.ask("status", "--json", status=code))

    @contextmanager
    def running(self, *options: str) -> Iterator[subprocess.Popen[str]]:
        """`pikabox-link run`, watching, until the block ends."""
        process = subprocess.Popen(
            self.command("run", *options),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        try:
            said = ""
            for line in process.stdout:
                said += line
                if "virtualdj: here" in line:
                    break
            else:
                raise AssertionError(f"the link did not start:\n{said}")
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=5)
