"""Entries that the box has and could not use: which play, why, and what the DJ can do.

Such an entry stops nothing behind it and is not sent again; so unless the DJ is told, nobody ever knows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from sync.journal.entries import Entry, read_line
from sync.link.typed import SAY_NOW, program

#: told for so long after the box said it, milliseconds: an evening and the morning after
TOLD_FOR_MS = 16 * 3600 * 1000

_SOUNDS = "track.sounds"
_RESEND = "then: {link} resend"
_BY_HAND = f"{{link}} {SAY_NOW}"
#: the box's word: what it means, and what to do; `{link}` is how the link is started here
_MEANINGS = {
    "stage_ambiguous": (
        "the box has several stages", f"set stage in [plays] of link.toml, start the link again, {_RESEND}"
    ),
    "stage_unknown": (
        "the box has no such stage", f"mend stage in [plays] of link.toml, start the link again, {_RESEND}"
    ),
    "title_too_long": ("the title is too long for the box", f"say it shorter: {_BY_HAND}"),
    "artist_too_long": ("the artist is too long for the box", f"say it shorter: {_BY_HAND}"),
    "title_empty": ("no letter of the title can be shown", f"say it by hand: {_BY_HAND}"),
    "artist_empty": ("no letter of the artist can be shown", f"say it by hand: {_BY_HAND}"),
    "play_unknown": ("the box does not have the play that it belongs to", "nothing to do"),
    "analysis_other_version": (
        "the box listens to files by other rules than this link", "update whichever of the two is older"
    ),
    "analyses_too_many": ("the box takes no more tracks of this DJ", "nothing to do; plays are shown as before"),
    "session_not_yours": ("the box counts that set as another DJ's", f"pair again, {_RESEND}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeptAside:
    """One entry, as it is told."""

    box: str
    epoch: str
    seq: int
    #: the box's word for why
    code: str
    #: such as `play.heard`
    kind: str
    #: "Artist - Title"; empty when nobody knows
    words: str
    #: when the box said so, milliseconds of Unix time by the laptop's clock
    at_ms: int


class _Keeps(Protocol):
    def asides(self, *, since_ms: int) -> Sequence[KeptAside]: ...


def lately(store: _Keeps, *, now_ms: int) -> list[KeptAside]:
    """What the DJ is told of now, the newest first: what only follows from another entry is left out."""
    found = store.asides(since_ms=now_ms - TOLD_FOR_MS)
    told = [one for one in found if (one.kind, one.code) != ("play.known", "play_unknown")]
    # What a file sounds like is missed by nobody at once, and would be told with every play: the newest says it all.
    sounds = [one for one in told if one.kind == _SOUNDS]
    return [one for one in told if one.kind != _SOUNDS or one is sounds[0]]


class _Body(msgspec.Struct):
    play: str = ""
    title: str = ""
    artist: str = ""


def words_of_line(line: bytes, *, seq: int, words_of_play: Callable[[str], str]) -> tuple[str, str]:
    """An entry's kind, and the words of the play that it is about, as far as they can be read."""
    entry = read_line(line, seq=seq)
    if not isinstance(entry, Entry):
        return "", ""
    try:
        body = msgspec.json.decode(entry.body, type=_Body)
    except msgspec.MsgspecError:
        return entry.kind, ""
    own = f"{body.artist} - {body.title}" if body.artist and body.title else body.title or body.artist
    return entry.kind, own or words_of_play(body.play)


def meaning(code: str) -> tuple[str, str]:
    """Why the box could not use it, and what to do."""
    if code not in _MEANINGS:
        return f"the box says: {code}", "tell the staff; later plays are not touched"
    why, advice = _MEANINGS[code]
    return why, advice.replace("{link}", program())
