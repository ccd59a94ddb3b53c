"""The release file: a plain tar that can be written again, byte for byte, from its manifest.

    manifest.json, manifest.sig (64 bytes), then the files in the manifest's order, and nothing after them

Reading guesses nothing: each header must be the very bytes that the signed manifest leads to. So there are no links,
no odd paths, no compression that could unfold, and nothing to unpack before the signature was checked.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import BinaryIO

from appliance.errors import Refused, Unavailable
from appliance.update.manifest import MANIFEST_MOST, Packed

SIGNATURE_SIZE = 64
NOT_SIGNED = bytes(SIGNATURE_SIZE)

_MANIFEST, _SIGNATURE = "manifest.json", "manifest.sig"
_BLOCK = 512
_END = bytes(2 * _BLOCK)
_CHUNK = 1024 * 1024
_NAME_MOST = 100


def header(name: str, *, size: int, executable: bool = False) -> bytes:
    """What stands before a file. Long names get a pax record, as names of wheels are often long."""
    if len(name) <= _NAME_MOST:
        return _header(name, size=size, mode=b"0000755" if executable else b"0000644", kind=b"0")
    record = f" path={name}\n"
    length = len(record) + len(str(len(record) + 3))
    said = f"{length}{record}".encode("ascii")
    extended = _header("long name", size=len(said), mode=b"0000644", kind=b"x") + said + _padding(len(said))
    return extended + header(name[:_NAME_MOST], size=size, executable=executable)


def _header(name: str, *, size: int, mode: bytes, kind: bytes) -> bytes:
    before = name.encode("ascii").ljust(_NAME_MOST, b"\0") + mode + b"\0" + b"0000000\0" * 2
    before += f"{size:011o}".encode() + b"\0" + b"00000000000\0"
    after = kind + bytes(100) + b"ustar\x0000" + bytes(32 + 32 + 8 + 8 + 155 + 12)
    checksum = sum(before) + sum(b" " * 8) + sum(after)
    return before + f"{checksum:06o}".encode() + b"\0 " + after


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def write(out: BinaryIO, *, manifest: bytes, signature: bytes, contents: Iterable[tuple[Packed, bytes]]) -> None:
    """Writes a release file. Raises: OSError."""
    for name, content in ((_MANIFEST, manifest), (_SIGNATURE, signature)):
        out.write(header(name, size=len(content)) + content + _padding(len(content)))
    for file, content in contents:
        out.write(header(file.path, size=file.size, executable=file.executable) + content + _padding(file.size))
    out.write(_END)


class Reader:
    """A release file from its start to its end, once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        #: the manifest's bytes, once `head` was called
        self.manifest = b""

    def head(self) -> tuple[bytes, bytes]:
        """The manifest and its signature; neither is known to be good.

        Raises: Refused with the code `no_release` or `release_damaged`; Unavailable with the code `release_unreadable`.
        """
        start = self._exactly(_BLOCK)
        digits = start[124:135]
        size = int(digits, 8) if digits.isdigit() and not set(digits) & set(b"89") else -1
        if not 0 < size <= MANIFEST_MOST or start != header(_MANIFEST, size=size):
            raise Refused("no_release", "This is no release file of a Pika Box.", advice="Nothing was changed.")
        self.manifest = self._exactly(size)
        self._padding(size)
        if self._exactly(_BLOCK) != header(_SIGNATURE, size=SIGNATURE_SIZE):
            raise _damaged()
        signature = self._exactly(SIGNATURE_SIZE)
        self._padding(SIGNATURE_SIZE)
        return self.manifest, signature

    def file(self, file: Packed, *, write: Callable[[bytes], object]) -> None:
        """Passes the next file on, which must be this one.

        Raises: Refused with the code `release_damaged`, perhaps after some of it was passed on; Unavailable.
        """
        wanted = header(file.path, size=file.size, executable=file.executable)
        if self._exactly(len(wanted)) != wanted:
            raise _damaged()
        digest, left = hashlib.sha256(), file.size
        while left:
            piece = self._exactly(min(left, _CHUNK))
            digest.update(piece)
            write(piece)
            left -= len(piece)
        self._padding(file.size)
        if digest.hexdigest() != file.sha256:
            raise _damaged()

    def end(self) -> None:
        """Nothing may follow.

        Raises: Refused with the code `release_damaged`; Unavailable with the code `release_unreadable`.
        """
        if self._exactly(len(_END)) != _END or self._up_to(1):
            raise _damaged()

    def _padding(self, size: int) -> None:
        wanted = _padding(size)
        if self._exactly(len(wanted)) != wanted:
            raise _damaged()

    def _exactly(self, size: int) -> bytes:
        found = self._up_to(size)
        if len(found) != size:
            raise _damaged()
        return found

    def _up_to(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            raise Unavailable(
                "release_unreadable",
                f"The release file can't be read ({error.strerror}), so it was not used.",
                advice="Is the stick still in? Try another one.",
            ) from error


def _damaged() -> Refused:
    return Refused(
        "release_damaged",
        "The release file is cut short or was changed after it was made, so it was not used.",
        advice="Copy it again, and take the stick out only after it was ejected.",
    )
