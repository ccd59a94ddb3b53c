"""What the cloud says of songs and what it is told, as JSON; and what is wrong with an answer."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from appliance.domain.uploads import SIZE_MOST, file_name
from appliance.errors import Invalid
from sync.agent.store.songs import REFUSED, Song
from sync.agent.wire import Response

PATH = "/v1/songs"
JSON = {"Content-Type": "application/json"}
#: songs in one message to the cloud
TOLD_MOST = 300
_Mark = Annotated[str, msgspec.Meta(max_length=64)]
_Id = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{1,40}$")]


class ListedSong(msgspec.Struct, frozen=True):
    """A song that the cloud wants here."""

    id: _Id
    name: Annotated[str, msgspec.Meta(max_length=400)]
    size: Annotated[int, msgspec.Meta(ge=1, le=SIZE_MOST)]
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class SongList(msgspec.Struct, frozen=True):
    """A part of what the cloud wants here."""

    mark: _Mark
    same: bool = False
    songs: Annotated[list[ListedSong], msgspec.Meta(max_length=2000)] = []
    next: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{0,40}$")] = ""
    #: how many the cloud believes to be here
    here: int = 0
    again_s: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 60


class _Told(msgspec.Struct, frozen=True):
    id: str
    state: str
    reason: str = ""
    came: int = 0


class _Words(msgspec.Struct, frozen=True):
    songs: list[_Told]
    pause: str
    v: int = 1


def read_list(response: Response) -> SongList | None:
    """The list in an answer; None when it holds none."""
    if response.status != 200:
        return None
    try:
        return msgspec.json.decode(bytes(response.body), type=SongList)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def song_of(listed: ListedSong) -> Song:
    """A song as it is kept here: whatever the cloud calls it, its file stays in its folder."""
    try:
        name = file_name(listed.name)
    except Invalid:
        return Song(listed.id, "", listed.size, listed.sha256, state=REFUSED, reason="name_wrong")
    return Song(listed.id, name, listed.size, listed.sha256)


def told(songs: Sequence[Song], *, pause: str, came: int = 0) -> bytes:
    """How songs are, and why nothing is fetched."""
    return msgspec.json.encode(_Words([_Told(one.id, one.state, one.reason, came) for one in songs], pause))


def gone(songs: Sequence[Song], *, pause: str) -> bytes:
    """These are not here any more."""
    return msgspec.json.encode(_Words([_Told(one.id, "gone") for one in songs], pause))


def is_piece(response: Response, *, start: int, size: int, most: int) -> bool:
    """Whether an answer is what belongs behind `start` bytes of a song of `size`."""
    count = len(response.body)
    said = f"bytes {start}-{start + count - 1}/{size}"
    return response.status == 206 and 0 < count <= most and response.headers.get("content-range", "") == said
