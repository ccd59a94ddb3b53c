"""One mpv, spoken to through its JSON IPC. It outlives whoever started it, and is found again by its socket.

Its interface is described in mpv's manual under "JSON IPC"; one question is asked at a time.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path

from appliance.errors import Unavailable

#: mpv answers within milliseconds; one that takes this long hangs
#: mpv answers within milliseconds; one that takes this long three times in a row hangs
_ANSWER_S = 0.6
_START_S = 3.0
_LINE_MOST = 1024 * 1024
_OPTIONS = (
    "--no-config",
    "--no-terminal",
    "--load-scripts=no",
    "--ytdl=no",
    "--vid=no",
    "--sub=no",
    "--idle=yes",
    "--gapless-audio=yes",
    "--volume-max=100",
    "--resume-playback=no",
    "--save-position-on-quit=no",
    # A file is sound or nothing: what a playlist or a cue sheet names is not opened.
    "--access-references=no",
)


class Gone(Exception):
    """This mpv does not answer any more."""


class Mpv:
    """One process behind one socket."""

    def __init__(self, socket: Path, *, sink: str | None = None, program: str = "mpv") -> None:
        """`sink` is what mpv calls an audio output, such as `alsa` or `null`; None lets mpv choose."""
        self._socket, self._sink, self._program = socket, sink, program
        self._lines: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._asked = 0
        #: one question at a time, whoever asks
        self._turn = asyncio.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    async def find(self) -> bool:
        """Whether one is there already, from a player before this one or slow a moment ago; then it is this one's.

        One that is gone is known at once; one that answers late is asked once more, because to replace it is heard.
        """
        for _ in range(2):
            try:
                self._lines = await asyncio.open_unix_connection(str(self._socket), limit=_LINE_MOST)
                await self.get("pid")
            except OSError:
                return False
            except Gone:
                continue
            return True
        return False

    async def start(self) -> None:
        """Starts one, in place of any that is there.

        Raises: Unavailable with the code `mpv_missing` or `mpv_failed`.
        """
        await self.end()
        sink = [] if self._sink is None else [f"--ao={self._sink}"]
        try:
            self._child = await asyncio.to_thread(
                subprocess.Popen,
                [self._program, *_OPTIONS, *sink, f"--input-ipc-server={self._socket}"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # A signal to the player's group does not reach the music.
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(
                "mpv_missing", "mpv is not on this machine, and nothing else plays here.", advice="apt install mpv"
            ) from error
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_S):
                while self._child.poll() is None:
                    if await self.find():
                        return
                    await asyncio.sleep(0.02)
        await self.end()
        raise Unavailable("mpv_failed", "mpv does not start.", advice="Run `mpv --version` to see what it says.")

    async def end(self) -> None:
        """Ends the process, if there is one, and forgets its socket."""
        with contextlib.suppress(Gone, ProcessLookupError):
            os.kill(int(await self.get("pid")), signal.SIGKILL)  # type: ignore[call-overload]  # a number, says mpv
        self._hang_up()
        if self._child is not None:
            self._child.kill()
            await asyncio.to_thread(self._child.wait)
            self._child = None
        self._socket.unlink(missing_ok=True)

    def _hang_up(self) -> None:
        if self._lines is not None:
            self._lines[1].close()
            self._lines = None

    async def command(self, *words: object) -> object:
        """What mpv answers; None for a property that says nothing now.

        Raises: Gone.
        """
        async with self._turn:
            return await self._said(words)

    async def load(self, path: Path, *, how: str, from_s: float = 0.0) -> None:
        """Opens a file: `how` is mpv's `replace` or `append`. Raises: Gone.

        Where it begins is the file's own option: a property would be set back before mpv came to open the file. By
        name, because the order of the arguments is another one from mpv 0.38 on.
        """
        options = {"start": f"{from_s:.2f}"} if from_s else {}
        async with self._turn:
            await self._said({"name": "loadfile", "url": str(path), "flags": how, "options": options})

    async def _said(self, words: tuple[object, ...] | dict[str, object]) -> object:
        if self._lines is None:
            raise Gone
        self._asked += 1
        reader, writer = self._lines
        try:
            writer.write(json.dumps({"command": words, "request_id": self._asked}).encode() + b"\n")
            async with asyncio.timeout(_ANSWER_S):
                while True:
                    said = json.loads(await reader.readline() or b"null")
                    if said is None:
                        raise ConnectionResetError
                    # Events come between; they say nothing that is not asked for.
                    if said.get("request_id") == self._asked and "error" in said:
                        return said.get("data")
        except (OSError, ValueError, TimeoutError) as error:
            self._hang_up()
            raise Gone from error

    async def get(self, name: str) -> object:
        """A property. Raises: Gone."""
        return await self.command("get_property", name)

    async def set(self, name: str, value: object) -> None:
        """Raises: Gone."""
        await self.command("set_property", name, value)
