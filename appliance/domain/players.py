"""House players: machines that play where no DJ does. What they are told, what they say, and what that means. Pure.

What a player plays is a set like a DJ's, under a name of its own. Whoever goes live takes its stage over at once.
"""

import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.domain.models import Session, Stamp
from appliance.errors import Invalid

#: players that work, of one box
PLAYERS_MOST = 50
NAME_MAX = 40
ERROR_MAX = 200
#: a player says how it is about this often, seconds
SAYS_EVERY_S = 2
#: without a change, what a player says is written down this often only: cards wear out
KEPT_EVERY_MS = 20_000
#: silence after which nobody knows what a player does
OFFLINE_AFTER_MS = 60_000
#: songs that a player may tell of in one message, after its box was away
TOLD_MOST = 50
#: how long an NFC tag's name is at most
TAG_MAX = 64
_TAG = re.compile(rf"[A-Za-z0-9:_-]{{8,{TAG_MAX}}}")


class Status(StrEnum):
    """How a player is. Derived, never stored."""

    #: it plays
    ACTIVE = "active"
    #: it is there and silent
    IDLE = "idle"
    #: nothing was heard of it
    OFFLINE = "offline"


class Silence(StrEnum):
    """Why a player is not to play."""

    #: its manager paused it
    MANAGER = "manager"
    #: the stage has a break or is closed, the event is not going on, or the house has its closing hours
    CLOSED = "closed"
    #: a DJ is on
    DJ = "dj"
    #: another player is
    OTHER_PLAYER = "other_player"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a player's manager wants of it."""

    is_paused: bool = False
    #: 0 to 100
    volume: int = 100
    #: whether it plays again by itself after a DJ's set
    returns: bool = True
    #: the id of a play that is to be cut short; empty for none. One that is not on any more is none
    skip: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """What a player said last."""

    heard: Stamp
    #: the id of the play that is on; None for silence
    play_id: str | None = None
    #: the library's id of what is on; empty when it is not the library's
    track_id: str = ""
    artist: str = ""
    title: str = ""
    is_paused: bool = False
    #: 0 to 100
    volume: int = 100
    #: what is wrong, in the player's words; empty when nothing is
    error: str = ""

    def says_the_same(self, other: "Word") -> bool:
        """Whether nothing changed but the time."""
        return all(getattr(self, name) == getattr(other, name) for name in _SAID)


_SAID = ("play_id", "track_id", "artist", "title", "is_paused", "volume", "error")


@dataclass(frozen=True, slots=True)
class ToldSong:
    """A song that a player says it played, or plays."""

    #: the player's own id for this play; the same id twice is one play
    play_id: str
    #: the library's id; empty when it is not the library's
    track_id: str = ""
    artist: str = ""
    title: str = ""
    #: how long ago it began, milliseconds
    age_ms: int = 0


@dataclass(frozen=True, slots=True)
class ToldWord:
    """How a player says it is."""

    #: what is heard now; None for silence
    on: ToldSong | None = None
    #: what was heard before it and could not be told, the oldest first
    before: tuple[ToldSong, ...] = ()
    is_paused: bool = False
    volume: int = 100
    error: str = ""


@dataclass(frozen=True, slots=True)
class Coming:
    """The song that a player plays after the one that is on, as far as the box knows."""

    #: the play that is on; with any other, this is not true any more
    play_id: str
    artist: str
    title: str


@dataclass(frozen=True, slots=True)
class Player:
    """A machine that plays on a stage."""

    #: short random id
    id: str
    #: as its managers call it; no two that work have one name
    name: str
    #: where it plays
    stage_id: str
    #: whose sets its sets are: nobody else's
    dj_id: str
    #: username at the broker and the name in `pika/v1/player/<handle>/...`; no DJ's token has such a name
    handle: str
    #: SHA-256 of its token, hexadecimal
    digest: str = field(repr=False)
    #: what the broker compares the token with, in mosquitto's own format
    verifier: str = field(repr=False)
    #: when it was made, milliseconds since 1970 UTC as believed
    created_ms: int
    #: SHA-256 of what its NFC tag says, hexadecimal; None without a tag. Everybody may read a tag: it opens no right
    tag_digest: str | None = field(default=None, repr=False)
    #: the account that may tell it what to do, beside the event's organisers; None for nobody
    manager_id: str | None = None
    #: when it was taken away, or None while it works
    revoked_ms: int | None = None
    wish: Wish = field(default_factory=Wish)
    #: None while it never said anything
    word: Word | None = None

    def status(self, now: Stamp) -> Status:
        """How it is, by what it said last in this boot."""
        if self.word is None or self.word.heard.boot != now.boot:
            return Status.OFFLINE
        if now.boot_ms - self.word.heard.boot_ms > OFFLINE_AFTER_MS:
            return Status.OFFLINE
        return Status.ACTIVE if self.word.play_id is not None else Status.IDLE


def proof(digest: str, nonce: str) -> str:
    """What a box that knows a player's token says to a number that the player made up: whoever only calls itself that
    box can't, and learns nothing of the token. HMAC-SHA256 of the nonce, hexadecimal; the key is the token's digest.
    """
    return hmac.new(digest.encode(), nonce.encode(), "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Orders:
    """What a player is to do now. Whole each time, so that a lost message does no harm."""

    #: why it is to be silent; None when it is to play
    silence: Silence | None
    #: 0 to 100
    volume: int
    #: the play that is to be cut short, if it is on; empty for none
    skip: str

    @property
    def plays(self) -> bool:
        return self.silence is None


def orders(player: Player, *, session: Session | None, is_open: bool, is_house: bool) -> Orders:
    """What a player is to do while `session` runs on its stage.

    `is_open` says whether anything may be played there now, `is_house` whether the session is some player's.
    """
    silence = None
    if session is not None and session.dj_id != player.dj_id:
        silence = Silence.OTHER_PLAYER if is_house else Silence.DJ
    elif not is_open:
        silence = Silence.CLOSED
    elif player.wish.is_paused:
        silence = Silence.MANAGER
    return Orders(silence=silence, volume=player.wish.volume, skip=player.wish.skip)


def is_due(word: Word, before: Word | None) -> bool:
    """Whether what a player says has to be written down."""
    if before is None or before.heard.boot != word.heard.boot or not word.says_the_same(before):
        return True
    return word.heard.boot_ms - before.heard.boot_ms >= KEPT_EVERY_MS


def dj_name(name: str) -> str:
    """Under which name dancers see what a player plays."""
    return name if name.casefold() == "house" else f"House ({name})"


def checked_tag(text: str) -> str:
    """What an NFC tag says, or its number.

    Raises: Invalid with the code `tag_invalid`.
    """
    if not _TAG.fullmatch(text):
        raise Invalid(
            "tag_invalid",
            "A tag's text is 8 to 64 letters, digits, colons, hyphens or underscores.",
            advice="Leave it empty, and the box makes one.",
        )
    return text
