"""Where a tempo or a key comes from, and whose word counts more. Pure; the same on a DJ's laptop and on the box."""

from enum import StrEnum


class FactOrigin(StrEnum):
    """Who says a tempo or a key, the one that counts most first."""

    #: the DJ, by hand
    DJ = "dj"
    #: the program that plays it, at that moment
    SOURCE = "source"
    #: the DJ program's own database
    DATABASE = "database"
    #: the file's own tags
    TAGS = "tags"
    #: what the box knows of the track
    LIBRARY = "library"

    @property
    def rank(self) -> int:
        """0 counts most."""
        return list(FactOrigin).index(self)


def origin_in(text: str | None) -> FactOrigin:
    """The origin that somebody named; what is not known here, or not said, is the program's own word."""
    try:
        return FactOrigin(text or "")
    except ValueError:
        return FactOrigin.SOURCE


def outranks(new: FactOrigin | None, known: FactOrigin | None) -> bool:
    """Whether a new value takes the place of a known one. Of the same origin, the newer one does."""
    return (new or FactOrigin.SOURCE).rank <= (known or FactOrigin.SOURCE).rank
