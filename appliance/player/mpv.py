"""One mpv, spoken to through its JSON IPC. It outlives whoever started it, and is found again by its socket.

Its interface is described in mpv's manual under "JSON IPC"; one message is asked at a time.
"""

import asyncio
import contextlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from appliance.errors import Unavailable
from appliance.player.process import Process

#: mpv answers within milliseconds, on a busy machine within some hundred; one that takes this long hangs
_ANSWER_S = 1.2
#: one that is stopped or dead is not waited for: that is looked at so often
_LOOK_S = 0.25
_START_S = 6.0
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
    # Without a loudspeaker a song goes on unheard. By itself mpv would fail one song after the other, all in a second.
    "--audio-fallback-to-null=yes",
    "--audio-client-name=Pika Box",
    # A file is sound or nothing: what a playlist or a cue sheet names is not opened.
    "--access-references=no",
)


class Gone(Exception):
    """This mpv does not answer any more."""


class Mpv:
    """One process behind one socket."""

    def __init__(self, socket: Path, *, sink: str | None = None, program: str = "mpv") -> None:
        """`sink` is what mpv calls an audio output, such as `alsa` or `null`, or one of its devices, such as
        `alsa/plughw:CARD=Headphones`; None lets mpv choose.
        """
        self._socket, self._sink, self._program = socket, sink, program
        self._lines: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._asked = 0
        #: one message at a time, whoever asks
        self._turn = asyncio.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        #: whoever listens at the socket, this one's child or not
        self._process: Process | None = None

    @property
    def is_mute(self) -> bool:
        """Whether it was asked for no sound at all."""
        return self._sink == "null"

    def sink_options(self) -> list[str]:
        """The loudspeaker as mpv is told of it."""
        if self._sink is None:
            return []
        return [f"--audio-device={self._sink}" if "/" in self._sink else f"--ao={self._sink}"]

    async def find(self) -> bool:
        """Whether one is there already, from a player before this one; then it is this one's.

        One that is gone or stopped is known at once; one that answers late is asked once more, because to replace it
        is heard.
        """
        for _ in range(2):
            try:
                self._lines = await asyncio.open_unix_connection(str(self._socket), limit=_LINE_MOST)
                self._take(Process.at(self._lines[1].get_extra_info("socket")))
                await self.get("pid")
            except OSError:
                return False
            except Gone:
                if self._process is not None and self._process.is_down():
                    return False
                continue
            return True
        return False

    async def start(self) -> None:
        """Starts one, in place of any that is there.

        Raises: Unavailable with the code `mpv_missing` or `mpv_failed`.
        """
        await self.end()
        try:
            # Not in a thread: whoever is cut off while it waits for one would leave an mpv that nobody knows.
            self._child = subprocess.Popen(  # noqa: ASYNC220
                [self._program, *_OPTIONS, *self.sink_options(), f"--input-ipc-server={self._socket}"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # A signal to the player's group does not reach the music.
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(
                "mpv_missing",
                "mpv is not on this machine, so no music can be played here.",
                advice="Install it (sudo apt install mpv) and start the player again.",
            ) from error
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_S):
                while self._child.poll() is None:
                    if await self.find():
                        return
                    await asyncio.sleep(0.02)
        await self.end()
        raise Unavailable(
            "mpv_failed",
            "mpv does not start, so no music can be played here.",
            advice="Run `mpv --version` and see what it says.",
        )

    def kill(self) -> None:
        """Ends the process at once, if there is one: one that is only stopped could sound again any moment."""
        self._hang_up()
        if self._process is not None:
            self._process.kill()
        if self._child is not None:
            self._child.kill()

    async def end(self) -> None:
        """Ends the process, if there is one, and forgets its socket."""
        if self._lines is None and self._child is None:
            # One of a player before this one.
            with contextlib.suppress(OSError):
                self._lines = await asyncio.open_unix_connection(str(self._socket), limit=_LINE_MOST)
                self._take(Process.at(self._lines[1].get_extra_info("socket")))
        self.kill()
        self._take(None)
        if self._child is not None:
            await asyncio.to_thread(self._child.wait)
            self._child = None
        self._socket.unlink(missing_ok=True)

    def _take(self, process: Process | None) -> None:
        if self._process is not None:
            self._process.forget()
        self._process = process

    def _hang_up(self) -> None:
        if self._lines is not None:
            self._lines[1].close()
            self._lines = None

    async def command(self, *words: object) -> object:
        """What mpv answers; None for a property that says nothing now.

        Raises: Gone.
        """
        return (await self._said([words]))[0]

    async def load(self, path: Path, *, from_s: float = 0.0) -> None:
        """Opens a file in the place of what is on. Raises: Gone.

        Where it begins is the file's own option: a property would be set back before mpv came to open the file. By
        name, because the order of the arguments is another one from mpv 0.38 on.
        """
        options = {"start": f"{from_s:.2f}"} if from_s else {}
        await self._said([{"name": "loadfile", "url": str(path), "flags": "replace", "options": options}])

    async def follow_with(self, paths: Sequence[Path]) -> None:
        """What is opened by itself at the end, in the place of what was to be. In one message, so that no song ends
        while nothing is to follow. Raises: Gone.
        """
        files: list[dict[str, object]] = [{"name": "loadfile", "url": str(one), "flags": "append"} for one in paths]
        clear: dict[str, object] = {"name": "playlist-clear"}
        await self._said([clear, *files])

    async def get(self, name: str) -> object:
        """A property. Raises: Gone."""
        return await self.command("get_property", name)

    async def get_all(self, *names: str) -> list[object]:
        """Properties of one moment, in one message. Raises: Gone."""
        return await self._said([("get_property", name) for name in names])

    async def set(self, name: str, value: object) -> None:
        """Raises: Gone."""
        await self.command("set_property", name, value)

    async def _said(self, asked: Sequence[tuple[object, ...] | dict[str, object]]) -> list[object]:
        async with self._turn:
            if self._lines is None:
                raise Gone
            first = self._asked + 1
            self._asked += len(asked)
            words = [{"command": one, "request_id": number} for number, one in enumerate(asked, first)]
            try:
                self._lines[1].write(b"".join(json.dumps(one).encode() + b"\n" for one in words))
                return await self._answers(self._lines[0], first)
            except (OSError, ValueError, TimeoutError) as error:
                self._hang_up()
                raise Gone from error

    async def _answers(self, reader: asyncio.StreamReader, first: int) -> list[object]:
        found: dict[int, object] = {}
        async with asyncio.timeout(_ANSWER_S):
            while len(found) <= self._asked - first:
                said = json.loads(await self._line(reader))
                # Events come between; they say nothing that is not asked for.
                if "error" in said and isinstance(said.get("request_id"), int) and said["request_id"] >= first:
                    found[said["request_id"]] = said.get("data")
        return [found[number] for number in range(first, self._asked + 1)]

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        """Raises: OSError when nothing comes from a process that does nothing."""
        reading = asyncio.ensure_future(reader.readline())
        try:
            while not (await asyncio.wait({reading}, timeout=_LOOK_S))[0]:
                if self._process is not None and self._process.is_down():
                    raise ConnectionResetError
            line = reading.result()
        finally:
            reading.cancel()
        if not line:
            raise ConnectionResetError
        return line
