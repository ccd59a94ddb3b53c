"""What the box itself knows of a track: the last to be asked for tempo and key, after the DJ's program and its files.

That is how the known track sounds that a play is taken for; and else what was said of the same artist and title in
earlier plays here.
"""

from dataclasses import replace

from appliance.domain.analysis import Analysis
from appliance.domain.events import PlayEnriched
from appliance.domain.models import Play, Stamp, TrackInfo
from appliance.domain.origins import FactOrigin
from appliance.domain.rules import BPM_MAX, BPM_MIN, SCORES
from appliance.ports import KnownFacts, Transaction
from appliance.usecases import recognising


def without_library(track: TrackInfo) -> TrackInfo:
    """The track with only what others said of it."""
    if track.bpm_origin is FactOrigin.LIBRARY:
        track = replace(track, bpm=None, bpm_origin=None)
    return replace(track, key=None, key_origin=None) if track.key_origin is FactOrigin.LIBRARY else track


def filled(tx: Transaction, track: TrackInfo, *, play_id: str) -> TrackInfo:
    """The track of a play, with what the box knows where nobody said anything."""
    sound = recognising.sound_of(tx, play_id)
    if sound is not None:
        track = _with_scores(track, sound)
    if track.bpm is not None and track.key is not None:
        return track
    known, before = _facts_of(sound), tx.known_of_track(track)
    bpm, key = known.bpm or before.bpm, known.key or before.key
    if track.bpm is None and bpm is not None:
        track = replace(track, bpm=bpm, bpm_origin=FactOrigin.LIBRARY)
    if track.key is None and key is not None:
        track = replace(track, key=key, key_origin=FactOrigin.LIBRARY)
    return track


def _facts_of(sound: Analysis | None) -> KnownFacts:
    """Tempo and key as a play can have them."""
    if sound is None:
        return KnownFacts()
    bpm = round(sound.tempo.bpm, 1) if sound.tempo else 0.0
    return KnownFacts(bpm if BPM_MIN <= bpm <= BPM_MAX else None, sound.key.name if sound.key else None)


def _with_scores(track: TrackInfo, sound: Analysis) -> TrackInfo:
    scores: dict[str, float] = {}
    for name in SCORES:
        score = getattr(sound.character, name) if sound.character else None
        if score is not None and getattr(track, name) is None:
            scores[name] = float(score)
    return replace(track, **scores)  # type: ignore[arg-type]


def complete(tx: Transaction, play: Play, *, now: Stamp) -> Play:
    """Adds what the box knows to a play that was announced just now, as a second message about it."""
    recognising.recognise(tx, play, now=now)
    return refill(tx, play, now=now)


def refill(tx: Transaction, play: Play, *, now: Stamp) -> Play:
    """Tells what the box knows of a play now, in the place of what it knew before."""
    track = filled(tx, without_library(play.track), play_id=play.id)
    if track == play.track:
        return play
    completed = replace(play, track=track)
    tx.set_track(play.id, track)
    tx.record(PlayEnriched(completed), at=now)
    return completed
