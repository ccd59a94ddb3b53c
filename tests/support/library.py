"""Tracks as an analysis finds them."""

from dataclasses import replace

from appliance.domain.analysis import ANALYSIS_VERSION, Analysis, Character, Gap, Key, Loudness, Tempo, TempoAt
from appliance.domain.library import Labels, LibraryFile, LibraryTrack
from appliance.domain.models import ClockTrust, Stamp

AT = Stamp(boot="boot-1", boot_ms=60_000, wall_ms=1_800_000_000_000, trust=ClockTrust.SAVED)
#: all that can be known of a track
KNOWN = Analysis(
    version=ANALYSIS_VERSION,
    file_hash="",
    duration_ms=200_000,
    sound_from_ms=400,
    sound_until_ms=199_000,
    tempo=Tempo(bpm=120.02, confidence=0.9, steadiness=1.0, first_beat_ms=430, others=(60.01,)),
    key=Key(tonic=0, is_minor=True, confidence=0.7, tuning_cents=-3),
    loudness=Loudness(lufs=-11.5),
    character=Character(energy=71, danceability=60, brightness=0, acousticness=33, groove=None),
    swing=1.8,
    fingerprint=bytes(range(64)),
    embedding=(0.1, -0.2, 0.3, -0.4, 2.5),
    shape=bytes(range(0, 256, 5)),
    course=(TempoAt(4000, 119.9), TempoAt(8000, 120.1)),
)
#: as little as can be known of one
UNKNOWN = Analysis(
    version=ANALYSIS_VERSION,
    file_hash="",
    duration_ms=900,
    sound_from_ms=None,
    sound_until_ms=None,
    tempo=None,
    key=None,
    loudness=None,
    character=None,
    swing=None,
    fingerprint=None,
    embedding=None,
    gaps=(Gap.TOO_SHORT, Gap.DAMAGED),
)


def library_track(
    track_id: str, title: str, artist: str = "Anna Ø", *, group: str = "", sound: Analysis = KNOWN
) -> LibraryTrack:
    """A track; its file's hash follows from its id."""
    labels = Labels(artist=artist, title=title, album="Été", genre="Swing", is_explicit=False)
    return LibraryTrack(track_id, group or track_id, labels, replace(sound, file_hash=track_id * 4), AT)


def library_file(name: str, track_id: str | None = None, *, root: str = "/music", size: int = 1000) -> LibraryFile:
    """A file that was heard."""
    path = f"{root}/{name}".encode()
    return LibraryFile(path, root, size, 1_700_000_000_123_456_789, track_id=track_id, version=ANALYSIS_VERSION)
