"""What happened to the box's own tracks. Told inside of the box only: it says nothing about a night."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LibraryChanged:
    """What is known of some tracks, or where they can be played from, is something else now."""

    #: the library's ids
    track_ids: frozenset[str]
