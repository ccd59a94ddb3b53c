"""The tracks that a box has as files, or whose sound it knows. Pure; who looks into folders is elsewhere."""

import unicodedata
from dataclasses import dataclass, field

from appliance.domain.analysis import ANALYSIS_VERSION, Analysis, Fault, FaultCode
from appliance.domain.models import Stamp

#: words that a search looks at; more say nothing new
WORDS_MOST = 6


@dataclass(frozen=True, slots=True)
class Labels:
    """What a file says of itself, or somebody of it."""

    #: empty when nobody said
    artist: str
    #: never empty: the file's name where nothing else is said
    title: str
    #: empty when nobody said
    album: str = ""
    #: as the file spells it, such as "Swing"; empty when nobody said
    genre: str = ""
    #: whether its words are not for everybody's ears; None when nobody said
    is_explicit: bool | None = None

    @property
    def searched(self) -> str:
        """What a search looks at, spelled as `bare` spells it."""
        return bare(f"{self.title} {self.artist} {self.album} {self.genre}")


@dataclass(frozen=True, slots=True)
class LibraryTrack:
    """One sound: every copy of a file, byte for byte, is the same one."""

    #: short random id
    id: str
    #: the id of the first track that is the same recording; its own where it is the first or the only one
    group: str
    labels: Labels
    #: what it sounds like. Where many are read at once, without fingerprint, shape and course: most of the bytes
    analysis: Analysis
    #: when that was found out
    heard: Stamp


@dataclass(frozen=True, slots=True)
class LibraryFile:
    """One file in one place, as it was when it was last looked at."""

    #: whole, as the system's own bytes, because names need not be text
    path: bytes
    #: the folder or stick in which it was found, as settings or the system call it
    root: str
    #: bytes
    size: int
    #: as the file system says, nanoseconds since 1970; only ever compared with itself
    modified_ns: int
    #: what it sounds like; None when that is not known
    track_id: str | None = None
    #: why it is not known; None when it is, and while nobody has listened
    fault: FaultCode | None = None
    #: by which version of the rules somebody listened; None while nobody has
    version: int | None = None
    #: it was not there any more
    is_gone: bool = False

    @property
    def shown(self) -> str:
        """The path as people read it: what is no text stands as a question mark."""
        return self.path.decode("utf-8", "replace").replace("\ufffd", "?")

    def is_done(self, *, size: int, modified_ns: int) -> bool:
        """Whether nobody has to listen again to the file that is now there."""
        same = (self.size, self.modified_ns) == (size, modified_ns) and self.version == ANALYSIS_VERSION
        may_do_now = self.fault is not None and Fault(self.fault).may_pass
        return same and not may_do_now and (self.track_id is not None or self.fault is not None)


@dataclass(frozen=True, slots=True)
class Playable:
    """A track that can be played here and now."""

    track: LibraryTrack
    #: one of its files, as the system's own bytes
    path: bytes


@dataclass(frozen=True, slots=True)
class Sounding:
    """What two tracks are compared by, to find that they are one recording."""

    id: str
    group: str
    fingerprint: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LibraryCounts:
    """How much there is."""

    #: files that are there
    files: int
    #: of them, those of which something is known
    heard: int
    #: of them, those that can't be heard
    faulty: int
    #: files that were there once
    gone: int
    #: different recordings that can be played
    playable: int


def bare(text: str) -> str:
    """Text for comparing and searching: without case, accents, signs above letters, and space that is too much."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join(unstroked(plain.casefold()).split())


def unstroked(text: str) -> str:
    """Small letters without the strokes through them."""
    return text.translate(_STROKED)


# Letters with a stroke through them are letters of their own for Unicode, and nobody types them on a foreign keyboard.
_STROKED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ı": "i"})
