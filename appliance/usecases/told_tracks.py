"""What DJs' laptops tell of the files that they play: how they sound, never the sound itself.

A laptop may say what it likes. So what it tells stands under its DJ's name, gives way to what the box hears itself,
takes nothing away that another said, and counts for a play of that DJ only when it was told of that very play.
"""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.domain.analysis import ANALYSIS_VERSION, Analysis
from appliance.domain.identity import Identity, Reason, Verdict, spoken
from appliance.domain.library import Labels, LibraryTrack
from appliance.domain.models import Dj, Play, Stamp
from appliance.domain.rules import clean_text
from appliance.errors import Refused
from appliance.ports import Transaction
from appliance.usecases import library, recognising

#: tracks that one DJ's laptops may tell of: years of nights. Each takes about 6 kB
TOLD_MOST = 10_000
_LABEL_MOST = 200


@dataclass(frozen=True, slots=True)
class Sounds:
    """A laptop says how the file of a play sounds."""

    play_id: str
    #: as the file's tags say; the title may be empty
    labels: Labels
    analysis: Analysis


def take(tx: Transaction, told: Sounds, play: Play, *, dj: Dj, now: Stamp, new_id: Callable[[], str]) -> None:
    """Keeps how the file of a DJ's own play sounds, and shows dancers what it tells.

    Raises: Refused with the code `analysis_other_version` or `analyses_too_many`.
    """
    if told.analysis.version != ANALYSIS_VERSION:
        raise Refused(
            "analysis_other_version",
            f"These figures are of version {told.analysis.version}; this box has {ANALYSIS_VERSION}.",
            advice="Update the older one of the two programs.",
        )
    track = _kept(tx, told, play, dj=dj, now=now, new_id=new_id)
    known = tx.identity(play.id)
    if known is not None and known.verdict in {Verdict.CONFIRMED, Verdict.REJECTED} and known.track_id == track.id:
        # The DJ's own word stands.
        return
    if known is None or (known.track_id, known.reason) != (track.id, Reason.FILE):
        found = Identity(play.id, spoken(play.track), track.id, 1.0, Reason.FILE, Verdict.FOUND)
        recognising.note(tx, found, now=now)
    library.refill(tx, play, now=now)


def _kept(tx: Transaction, told: Sounds, play: Play, *, dj: Dj, now: Stamp, new_id: Callable[[], str]) -> LibraryTrack:
    """The track with this very content: as it is known, or as it is told now."""
    known = tx.library_track_by_hash(told.analysis.file_hash)
    if known is not None and (known.analysis.version == ANALYSIS_VERSION or tx.told_by(known.id) != dj.id):
        return known
    if known is None and tx.told_tracks_of(dj.id) >= TOLD_MOST:
        raise Refused(
            "analyses_too_many",
            f"The box knows {TOLD_MOST} tracks by this DJ's laptops alone, and takes no more.",
            advice="Plays are shown as before; what the box hears from its own files does not count.",
        )
    track_id = known.id if known else new_id()
    group = known.group if known else track_id
    track = LibraryTrack(track_id, group, _cleaned(told.labels, play), told.analysis, now)
    tx.put_library_track(track)
    tx.note_told(track_id, dj_id=dj.id)
    return track


def _cleaned(labels: Labels, play: Play) -> Labels:
    """Labels as they may be shown. Where the file has no title, both names are as the play says them."""
    title = clean_text(labels.title)[:_LABEL_MOST]
    artist = clean_text(labels.artist)[:_LABEL_MOST]
    if not title:
        title, artist = play.track.title, artist or play.track.artist
    album, genre = clean_text(labels.album)[:_LABEL_MOST], clean_text(labels.genre)[:_LABEL_MOST]
    return Labels(artist, title, album, genre, labels.is_explicit)
