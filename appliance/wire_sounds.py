"""How a DJ's link says how a file sounds: read strictly, because every number is a stranger's."""

from typing import Annotated

import msgspec

from appliance import wire
from appliance.domain.analysis import (
    EMBEDDING_REACH,
    SHAPE_MOST,
    Analysis,
    Character,
    Gap,
    Key,
    Loudness,
    Tempo,
    TempoAt,
)
from appliance.domain.library import Labels
from appliance.domain.rules import BPM_MAX
from appliance.errors import Invalid
from appliance.usecases.told_tracks import Sounds

#: the longest sound that is listened to, with what a decoder may give beyond it, milliseconds
_LONGEST_MS = 2 * 3600 * 1000
#: Chromaprint's words of two minutes are 948; some decoders give a few more
_FINGERPRINT_MOST = 1200 * 4
#: two minutes are listened to, in stretches of some seconds
_COURSE_MOST = 200
_GAPS = frozenset(Gap)

_Text = Annotated[str, msgspec.Meta(max_length=500)]
_Ms = Annotated[int, msgspec.Meta(ge=0, le=_LONGEST_MS)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Score = Annotated[int, msgspec.Meta(ge=0, le=100)]
_Bpm = Annotated[float, msgspec.Meta(gt=0, le=2 * BPM_MAX)]
_Axis = Annotated[float, msgspec.Meta(ge=-EMBEDDING_REACH, le=EMBEDDING_REACH)]


class _TempoIn(msgspec.Struct, frozen=True, kw_only=True):
    bpm: _Bpm
    confidence: _Share
    steadiness: _Share
    first_beat_ms: _Ms
    others: Annotated[tuple[_Bpm, ...], msgspec.Meta(max_length=10)] = ()


class _TempoAtIn(msgspec.Struct, frozen=True):
    at_ms: _Ms
    bpm: _Bpm


class _KeyIn(msgspec.Struct, frozen=True, kw_only=True):
    tonic: Annotated[int, msgspec.Meta(ge=0, le=11)]
    is_minor: bool
    confidence: _Share
    tuning_cents: Annotated[int, msgspec.Meta(ge=-100, le=100)]


class _LoudnessIn(msgspec.Struct, frozen=True):
    lufs: Annotated[float, msgspec.Meta(ge=-120, le=30)]


class _CharacterIn(msgspec.Struct, frozen=True, kw_only=True):
    energy: _Score | None = None
    danceability: _Score | None = None
    brightness: _Score | None = None
    acousticness: _Score | None = None
    groove: _Score | None = None


class _AnalysisIn(msgspec.Struct, frozen=True, kw_only=True):
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31)]
    file_hash: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
    duration_ms: _Ms
    sound_from_ms: _Ms | None = None
    sound_until_ms: _Ms | None = None
    tempo: _TempoIn | None = None
    key: _KeyIn | None = None
    loudness: _LoudnessIn | None = None
    character: _CharacterIn | None = None
    swing: Annotated[float, msgspec.Meta(gt=0, le=20)] | None = None
    fingerprint: Annotated[bytes, msgspec.Meta(max_length=_FINGERPRINT_MOST)] | None = None
    embedding: tuple[_Axis, _Axis, _Axis, _Axis, _Axis] | None = None
    gaps: Annotated[tuple[str, ...], msgspec.Meta(max_length=20)] = ()
    shape: Annotated[bytes, msgspec.Meta(max_length=SHAPE_MOST)] | None = None
    course: Annotated[tuple[_TempoAtIn, ...], msgspec.Meta(max_length=_COURSE_MOST)] = ()


class _SoundsIn(msgspec.Struct, frozen=True, kw_only=True):
    """`track.sounds`: unknown fields are ignored."""

    play: str
    analysis: _AnalysisIn
    title: _Text = ""
    artist: _Text = ""
    album: _Text = ""
    genre: _Text = ""
    is_explicit: bool | None = None


def read_sounds(body: bytes) -> Sounds:
    """The entry's body. Raises: Invalid with the code `json_broken`, `json_wrong_shape` or `analysis_contradicts`."""
    said = wire.decode(body, _SoundsIn)
    labels = Labels(said.artist, said.title, said.album, said.genre, said.is_explicit)
    return Sounds(said.play, labels, _analysis(said.analysis))


def _analysis(said: _AnalysisIn) -> Analysis:
    begin, end = said.sound_from_ms, said.sound_until_ms
    if (begin is None) is not (end is None) or (begin is not None and end is not None and begin > end):
        raise Invalid("analysis_contradicts", "The sound ends before it begins.", advice="Update the link.")
    if said.fingerprint is not None and len(said.fingerprint) % 4:
        raise Invalid("analysis_contradicts", "The fingerprint ends within a word.", advice="Update the link.")
    tempo, key, character = said.tempo, said.key, said.character
    return Analysis(
        version=said.version,
        file_hash=said.file_hash,
        duration_ms=said.duration_ms,
        sound_from_ms=begin,
        sound_until_ms=end,
        tempo=msgspec.convert(tempo, Tempo, from_attributes=True) if tempo else None,
        key=msgspec.convert(key, Key, from_attributes=True) if key else None,
        loudness=Loudness(said.loudness.lufs) if said.loudness else None,
        # Without its brightness nothing has a character: see `store.library.rows`.
        character=_character(character) if character and character.brightness is not None else None,
        swing=said.swing,
        fingerprint=said.fingerprint or None,
        embedding=said.embedding,
        # A gap that a later version has a name for says nothing here.
        gaps=tuple(Gap(gap) for gap in said.gaps if gap in _GAPS),
        shape=said.shape or None,
        course=tuple(TempoAt(one.at_ms, one.bpm) for one in said.course),
    )


def _character(said: _CharacterIn) -> Character:
    return msgspec.convert(said, Character, from_attributes=True)
