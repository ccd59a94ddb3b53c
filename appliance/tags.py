"""What an audio file says of itself, read within bounds: files may be damaged, endless, or on a drive that is slow.

The one place that knows the library for tags. Who reads decides what of it counts.
"""

import io
import os
import stat
import time
from collections.abc import Callable

from tinytag import TinyTag, TinyTagException

#: most tags are some kilobytes; pictures are stepped over
_READ_MOST = 8 * 1024 * 1024
#: what one read counts for at least
_READ_LEAST = 256

Opener = Callable[[str, int], int]


class _Bounded(io.FileIO):
    """A file that ends after so many bytes, or so much time."""

    def __init__(self, path: str, *, until: float, opener: Opener | None) -> None:
        super().__init__(path, opener=opener)
        self._left, self._until = _READ_MOST, until

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = self._left + 1 if size is None or size < 0 else size
        if wanted > self._left or time.monotonic() > self._until:
            raise OSError("There is too much of it.")
        data = super().read(wanted) or b""
        # Many small questions are too much as well, also where nothing comes any more.
        self._left -= max(len(data), _READ_LEAST)
        return data


def read_tag(path: str, *, until: float, opener: Opener | None = None) -> TinyTag | None:
    """The tags of a file; None for what can't be read. `until` is a moment of the monotonic clock, in seconds.

    `path` is as the system spells it, and `opener` as `open` takes it, for systems on which reading is in others' way.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a path as a program spells it, not one of ours
            return None
        with _Bounded(path, until=until, opener=opener) as file:
            return TinyTag.get(filename=path, file_obj=file, duration=False)
    except (OSError, ValueError, TinyTagException):
        return None
