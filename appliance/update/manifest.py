"""What a release says of itself: the one thing that is signed. Everything else in the file follows from it. Pure."""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from appliance.errors import Refused
from appliance.update.layout import VERSION

FORMAT = 1
#: the largest manifest that is read before its signature is known to be good, bytes
MANIFEST_MOST = 2 * 1024 * 1024
WHEELS = "wheels/"

_FILES_MOST = 10_000
_FILE_BYTES_MOST = 256 * 1024 * 1024
_TOTAL_BYTES_MOST = 1024 * 1024 * 1024
_PATH = re.compile(r"(?=.{1,200}$)[A-Za-z0-9_.@+-]+(/[A-Za-z0-9_.@+-]+)*")
_Size = Annotated[int, Meta(ge=0, le=_FILE_BYTES_MOST)]


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a release."""

    #: below the release's folder
    path: str
    #: bytes
    size: _Size
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    executable: bool = False


class Environment(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A kind of machine that the packed wheels are complete for."""

    #: as `uname -m` says it, such as aarch64
    machine: str
    #: such as 3.11
    python: Annotated[str, Meta(pattern=r"^3\.\d{1,3}$")]

    def __str__(self) -> str:
        return f"{self.machine} with Python {self.python}"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A release."""

    format: int
    version: Annotated[str, Meta(pattern=f"^{VERSION}$")]
    #: the database's schema that it works with
    schema: Annotated[int, Meta(ge=1)]
    #: the oldest schema whose program can go on with a database that this release wrote
    reads_back_to: Annotated[int, Meta(ge=1)]
    environments: Annotated[tuple[Environment, ...], Meta(min_length=1, max_length=64)]
    #: about how much disk it takes while it is put together, bytes
    room: Annotated[int, Meta(ge=0, le=8 * _TOTAL_BYTES_MOST)]
    files: Annotated[tuple[Packed, ...], Meta(min_length=1, max_length=_FILES_MOST)]


class _Head(msgspec.Struct):
    format: int


def encode(manifest: Manifest) -> bytes:
    """The bytes that are signed: the same for the same release."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def decode(content: bytes) -> Manifest:
    """A manifest whose signature is good; checked all the same, for a mistake can be signed too.

    Raises: Refused with the code `release_unusable` or `release_format_unknown`.
    """
    try:
        if msgspec.json.decode(content, type=_Head).format != FORMAT:
            raise Refused(
                "release_format_unknown",
                "The release is of a kind that this box does not know yet.",
                advice="Update to an older release first.",
            )
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise _unusable(str(error)) from error
    _check_paths(manifest.files)
    if sum(one.size for one in manifest.files) > _TOTAL_BYTES_MOST:
        raise _unusable("it is too large")
    if manifest.reads_back_to > manifest.schema:
        raise _unusable("its schema can't be read by itself")
    return manifest


def _check_paths(files: tuple[Packed, ...]) -> None:
    names = {one.path for one in files}
    folders = {parent for name in names for parent in _folders(name)}
    for name in names:
        parts = name.split("/")
        if not _PATH.fullmatch(name) or {".", ".."} & set(parts) or parts[0] == ".venv" or name in folders:
            raise _unusable(f"it has a file with the name {name!r}")
    if len(names) != len(files):
        raise _unusable("it has two files of one name")


def _folders(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _unusable(why: str) -> Refused:
    return Refused("release_unusable", f"The release can't be used: {why}.", advice="Ask its maker for another.")
