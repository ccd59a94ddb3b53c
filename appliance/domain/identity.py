"""Which known track a play was: how sure that is, why, and what the DJ said of it. Pure; who looks is elsewhere.

Names are said in many ways, and a wrong tempo is worse than none. So what is likely is shown, what is only possible is
put before the DJ, and the DJ's word counts for ever after.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.models import TrackInfo

#: from this confidence on, dancers are shown what is known of the track
APPLIED_FROM = 0.85
#: from this confidence on, the DJ is asked
OFFERED_FROM = 0.6


class Reason(StrEnum):
    """Why a play is taken for a track. The names are stored and synced."""

    #: the DJ's laptop told of the very file
    FILE = "file"
    #: the house's player played the very file
    HOUSE = "house"
    #: a DJ said so, of this play or of the same words before
    SAID = "said"
    #: the same words stood for a file that a laptop told of
    FILE_BEFORE = "file_before"
    #: the same words but for spelling
    SAME_WORDS = "same_words"
    #: words that are nearly the same
    ALIKE = "alike"
    #: the same words, with artist and title in each other's place
    SWAPPED = "swapped"
    #: the same title, and nobody said an artist
    TITLE_ONLY = "title_only"
    #: the same song, in what may be another version
    OTHER_VERSION = "other_version"
    #: nothing is near enough
    NOTHING = "nothing"


class Verdict(StrEnum):
    """What became of it. The names are stored and synced."""

    #: likely enough to be shown, and nobody said anything
    FOUND = "found"
    #: possible: the DJ is asked
    OFFERED = "offered"
    #: the DJ said yes
    CONFIRMED = "confirmed"
    #: the DJ said no
    REJECTED = "rejected"
    #: nothing to ask about
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Identity:
    """What one play is taken for."""

    play_id: str
    #: artist and title of the play as `spoken` spells them
    said: str
    #: the known track; None when nothing was found
    track_id: str | None
    #: 0 to 1
    confidence: float
    reason: Reason
    verdict: Verdict

    @property
    def is_applied(self) -> bool:
        """Whether what is known of the track is known of the play."""
        return self.track_id is not None and self.verdict in {Verdict.FOUND, Verdict.CONFIRMED}


@dataclass(frozen=True, slots=True)
class NameWord:
    """What one DJ said of one name: that it is a track, or is not."""

    dj_id: str
    #: as `spoken` spells it
    said: str
    track_id: str
    is_same: bool


def spoken(track: TrackInfo) -> str:
    """Artist and title as they are remembered: what is said in the same words but for case, width and space."""
    return "\n".join(_plain(text) for text in (track.artist, track.title))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def said_same(words: Sequence[NameWord], *, dj_id: str) -> NameWord | None:
    """Which track a DJ said that a name is; else what other DJs say, unless any of them denies it. `words` are what is
    said of this one name.
    """
    own = next((word for word in words if word.dj_id == dj_id and word.is_same), None)
    denied = {word.track_id for word in words if not word.is_same}
    return own or next((word for word in words if word.is_same and word.track_id not in denied), None)


def refused(words: Sequence[NameWord], *, dj_id: str) -> frozenset[str]:
    """The tracks that a DJ said a name is not."""
    return frozenset(word.track_id for word in words if word.dj_id == dj_id and not word.is_same)
