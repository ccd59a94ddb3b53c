"""What the box itself knows of a track: the last to be asked for tempo and key, after the DJ's program and its files.

Today that is what was said of the same artist and title in earlier plays here. Whatever else comes to know tracks
answers through `Transaction.known_of_track`; nothing here has to change for it.
"""

from dataclasses import replace

from appliance.domain.events import PlayEnriched
from appliance.domain.models import Play, Stamp, TrackInfo
from appliance.domain.origins import FactOrigin
from appliance.ports import Transaction


def without_library(track: TrackInfo) -> TrackInfo:
    """The track with only what others said of it."""
    if track.bpm_origin is FactOrigin.LIBRARY:
        track = replace(track, bpm=None, bpm_origin=None)
    return replace(track, key=None, key_origin=None) if track.key_origin is FactOrigin.LIBRARY else track


def filled(tx: Transaction, track: TrackInfo) -> TrackInfo:
    """The track, with what the box knows where nobody said anything."""
    if track.bpm is not None and track.key is not None:
        return track
    known = tx.known_of_track(track)
    if track.bpm is None and known.bpm is not None:
        track = replace(track, bpm=known.bpm, bpm_origin=FactOrigin.LIBRARY)
    if track.key is None and known.key is not None:
        track = replace(track, key=known.key, key_origin=FactOrigin.LIBRARY)
    return track


def complete(tx: Transaction, play: Play, *, now: Stamp) -> Play:
    """Adds what the box knows to a play that was announced just now, as a second message about it."""
    track = filled(tx, play.track)
    if track == play.track:
        return play
    completed = replace(play, track=track)
    tx.set_track(play.id, track)
    tx.record(PlayEnriched(completed), at=now)
    return completed
