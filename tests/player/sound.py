"""Short songs as files, a player on a null sink, and an ear on its decks."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from tests.player.loudspeaker import Loudspeaker

_RATE = 8000


def tone(number: int) -> int:
    """The pitch of a song, hertz."""
    return 200 + 20 * number


def write_song(folder: Path, number: int, *, seconds: float) -> None:
    """One tone, of an artist who has no other."""
    folder.mkdir(parents=True, exist_ok=True)
    swing = np.sin(2 * np.pi * tone(number) * np.arange(int(seconds * _RATE)) / _RATE)
    with wave.open(str(folder / f"Artist {number} - Song {number}.wav"), "wb") as file:
        file.setparams((1, 2, _RATE, 0, "NONE", ""))
        file.writeframes((9000 * swing).astype("<i2").tobytes())


def write_songs(folder: Path, count: int, *, seconds: float) -> None:
    """So many of one length."""
    for number in range(count):
        write_song(folder, number, seconds=seconds)


@dataclass
class Player:
    """A real `./box player`, with its keeper."""

    songs: Path | None
    data: Path
    crossfade_s: float = 1.0
    #: where it is heard; without one, by nobody
    loudspeaker: Loudspeaker | None = None
    #: of a box, with the player's token there
    box: str = ""
    token: str = ""
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Starts it."""
        source = ["--box", self.box, "--token", self.token] if self.songs is None else [str(self.songs), "--seed", "3"]
        sink, own = "null", dict[str, str]()
        if self.loudspeaker is not None:
            sink, own = "pulse", self.loudspeaker.environment
        words = [*source, "--data", str(self.data), "--sink", sink, "--crossfade", str(self.crossfade_s)]
        command = [sys.executable, "-m", "appliance", "player", *words]
        self.process = subprocess.Popen(command, env={**os.environ, **own})

    def kill_player(self) -> None:
        """The player falls; its keeper and mpv do not."""
        for child in psutil.Process(self.process.pid).children():
            child.kill()

    def mpv(self, which: int) -> int | None:
        """Its process."""
        pid = self.ask(which, "pid")
        return pid if isinstance(pid, int) else None

    def on(self) -> int:
        """The deck that is heard; in a fade, the one that is heard more."""
        loud = [self.ask(one, "volume") if self.ask(one, "pause") is False else None for one in (0, 1)]
        return max((0, 1), key=lambda one: said if isinstance(said := loud[one], float) else -1.0)

    def strike(self, which: int, *, by: int = signal.SIGKILL) -> None:
        """One mpv falls, or is stopped."""
        if (pid := self.mpv(which)) is not None:
            os.kill(pid, by)

    def ask(self, which: int, name: str) -> object:
        """A property of one mpv; None when it says nothing."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(0.5)
                line.connect(str(self.data / f"mpv{which}"))
                line.sendall(json.dumps({"command": ["get_property", name], "request_id": 9}).encode() + b"\n")
                for said in line.makefile("rb"):
                    answer = json.loads(said)
                    if answer.get("request_id") == 9:
                        return answer.get("data")
        except OSError:
            return None
        return None

    def end(self) -> int:
        """As a person ends it."""
        self.process.terminate()
        return self.process.wait(timeout=10)


@dataclass
class Ear:
    """Hears which song moves on, and for how long by now nothing did."""

    player: Player
    songs: list[str] = field(default_factory=list)
    #: songs that went back towards their beginning while they were on
    begun_anew: list[str] = field(default_factory=list)
    _furthest_s: float = 0.0
    #: the song before, and how far that was heard
    _before: tuple[str, float] | None = None
    _last: dict[int, tuple[str, float]] = field(default_factory=dict)
    _sound_at: float = field(default_factory=time.monotonic)

    def listen(self) -> None:
        """One look at both decks. Sound is a position that moved while the deck is loud enough to hear; of two that are
        heard in a crossfade, the louder one is what is on.
        """
        heard: list[tuple[float, str, float]] = []
        for which in (0, 1):
            path, position = self.player.ask(which, "path"), self.player.ask(which, "time-pos")
            volume = self.player.ask(which, "volume")
            # Between two questions another song may have been put on.
            is_one = self.player.ask(which, "path") == path
            if is_one and isinstance(path, str) and isinstance(position, float) and isinstance(volume, float):
                if self._last.get(which, (path, position)) != (path, position) and volume > 30:
                    heard.append((volume, path, position))
                self._last[which] = (path, position)
        if heard:
            self._sound_at = time.monotonic()
            self._note(*max(heard)[1:])

    def _note(self, path: str, position: float) -> None:
        if self._before is not None and path == self._before[0] and position >= self._before[1] - 1:
            # Its last seconds, while the other one falls in the middle of a fade.
            return
        if self.songs[-1:] != [path]:
            self._before = (self.songs[-1], self._furthest_s) if self.songs else None
            self.songs.append(path)
            self._furthest_s = 0.0
        elif position < self._furthest_s - 1:
            self.begun_anew.append(path)
            self._furthest_s = position
        self._furthest_s = max(self._furthest_s, position)

    def silent_s(self) -> float:
        """How long nothing was heard by now."""
        return time.monotonic() - self._sound_at

    async def listen_for(self, seconds: float) -> None:
        """Goes on listening."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await asyncio.to_thread(self.listen)
            await asyncio.sleep(0.05)

    async def until(self, holds: Callable[[], bool], *, within_s: float) -> bool:
        """Listens until it holds; whether it does in time."""
        until = time.monotonic() + within_s
        while time.monotonic() < until and not holds():
            await self.listen_for(0.1)
        return holds()

    async def wait_for_music(self) -> None:
        """Until the first sound; what was before does not count."""
        until = time.monotonic() + 15
        while not self.songs:
            assert time.monotonic() < until, "no sound"
            await asyncio.to_thread(self.listen)
            await asyncio.sleep(0.05)
        self._sound_at = time.monotonic()
