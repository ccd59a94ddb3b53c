"""Reading a file that belongs to another program, and never being in that program's way.

Windows lets nobody rename, replace or delete a file that somebody has open, unless that one allows it; Python's own
`open` does not. A DJ program that can't save its database because of us would be worse than a play that is missed.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

Opener = Callable[[str, int], int]

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    # <winnt.h> and <fileapi.h>
    _GENERIC_READ = 0x80000000
    _SHARE_READ_WRITE_DELETE = 0x7
    _OPEN_EXISTING = 3
    _NORMAL = 0x80

    def _opened(path: str, flags: int) -> int:
        create = ctypes.WinDLL("kernel32", use_last_error=True).CreateFileW
        create.argtypes = (
            wintypes.LPCWSTR,
            wintypes.DWORD,
            wintypes.DWORD,
            wintypes.LPVOID,
            wintypes.DWORD,
            wintypes.DWORD,
            wintypes.HANDLE,
        )
        create.restype = wintypes.HANDLE
        handle = create(path, _GENERIC_READ, _SHARE_READ_WRITE_DELETE, None, _OPEN_EXISTING, _NORMAL, None)
        if handle is None or handle == wintypes.HANDLE(-1).value:
            raise ctypes.WinError(ctypes.get_last_error())
        return msvcrt.open_osfhandle(handle, flags)

    #: for `open` and `io.FileIO`: opens for reading, and its owner may do with it what it likes meanwhile
    shared: Opener | None = _opened

else:
    shared: Opener | None = None


def open_shared(path: Path) -> BinaryIO:
    """Opens for reading; its owner may do with it what it likes meanwhile. Raises: OSError."""
    return open(str(path), "rb", opener=shared)
