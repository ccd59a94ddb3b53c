"""Single keys of the terminal, without Enter, while the program goes on. Ctrl-C stays what it is."""

import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_EVERY_S = 0.1


def windows_key(read: Callable[[], str], waits: Callable[[], bool]) -> str:
    """The next key of a Windows console, or nothing for an arrow or another special key.

    Those come as two characters, and the second is a letter that somebody else's key would be. The first may also be
    a letter of some languages; then nothing waits behind it.
    """
    key = read()
    if key in {"\0", "\xe0"} and waits():
        read()
        return ""
    return "" if key == "\0" else key


@contextmanager
def keys_pressed(pressed: Callable[[str], None]) -> Iterator[None]:
    """Calls `pressed` on the running event loop for each key, until the block ends; the terminal is then as before."""
    if sys.platform == "win32":
        watching = asyncio.get_running_loop().create_task(_windows_keys(pressed))
        try:
            yield
        finally:
            watching.cancel()
    else:
        with _posix_keys(pressed):
            yield


if sys.platform == "win32":

    async def _windows_keys(pressed: Callable[[str], None]) -> None:
        import msvcrt  # noqa: PLC0415 - there is none elsewhere

        while True:
            while msvcrt.kbhit():
                key = windows_key(msvcrt.getwch, msvcrt.kbhit)
                if key:
                    pressed(key)
            await asyncio.sleep(_LOOK_EVERY_S)

else:
    #: an arrow or another special key comes as several bytes, and is none of ours
    _SPECIAL = re.compile(rb"\x1b(\[[0-9;]*[ -/]*[@-~]|O.|.)?")

    @contextmanager
    def _posix_keys(pressed: Callable[[str], None]) -> Iterator[None]:
        import termios  # noqa: PLC0415 - there is none on Windows
        import tty  # noqa: PLC0415

        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        loop = asyncio.get_running_loop()

        def read() -> None:
            keys = os.read(terminal, 32)
            if not keys:
                loop.remove_reader(terminal)
            for key in _SPECIAL.sub(b"", keys).decode("ascii", "ignore"):
                pressed(key)

        tty.setcbreak(terminal)
        loop.add_reader(terminal, read)
        try:
            yield
        finally:
            loop.remove_reader(terminal)
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
