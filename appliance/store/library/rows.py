"""Between rows and models of the library: the one place that knows both their column names and field names."""

import json
import sqlite3

from appliance.domain.analysis import Analysis, Character, FaultCode, Gap, Key, Loudness, Tempo, TempoAt
from appliance.domain.library import Labels, LibraryCounts, LibraryFile, LibraryTrack, Sounding
from appliance.store.stamps import stamp, stamp_parameters
from appliance.store.statements import Parameters


def track(row: sqlite3.Row, *, is_whole: bool = False) -> LibraryTrack:
    explicit = row["explicit"]
    return LibraryTrack(
        id=row["id"],
        group=row["of_group"],
        labels=Labels(
            artist=row["artist"],
            title=row["title"],
            album=row["album"],
            genre=row["genre"],
            is_explicit=None if explicit is None else bool(explicit),
        ),
        analysis=_analysis(row, is_whole=is_whole),
        heard=stamp(row, "heard"),
    )


def _analysis(row: sqlite3.Row, *, is_whole: bool) -> Analysis:
    embedding = json.loads(row["embedding"]) if row["embedding"] else None
    return Analysis(
        version=row["version"],
        file_hash=row["file_hash"],
        duration_ms=row["duration_ms"],
        sound_from_ms=row["sound_from_ms"],
        sound_until_ms=row["sound_till_ms"],
        tempo=_tempo(row) if row["bpm"] is not None else None,
        key=_key(row) if row["tonic"] is not None else None,
        loudness=Loudness(row["lufs"]) if row["lufs"] is not None else None,
        # Brightness is told of everything that has a character.
        character=_character(row) if row["brightness"] is not None else None,
        swing=row["swing"],
        fingerprint=row["fingerprint"] if is_whole else None,
        embedding=tuple(embedding) if embedding else None,
        gaps=tuple(Gap(gap) for gap in json.loads(row["gaps"])),
        shape=row["shape"] if is_whole else None,
        course=tuple(TempoAt(*one) for one in json.loads(row["course"] or "[]")) if is_whole else (),
    )


def _tempo(row: sqlite3.Row) -> Tempo:
    return Tempo(
        bpm=row["bpm"],
        confidence=row["bpm_sure"],
        steadiness=row["bpm_steady"],
        first_beat_ms=row["first_beat_ms"],
        others=tuple(json.loads(row["bpm_others"])),
    )


def _key(row: sqlite3.Row) -> Key:
    return Key(row["tonic"], bool(row["is_minor"]), row["key_sure"], row["tuning_cents"])


def _character(row: sqlite3.Row) -> Character:
    return Character(
        energy=row["energy"],
        danceability=row["danceability"],
        brightness=row["brightness"],
        acousticness=row["acousticness"],
        groove=row["groove"],
    )


_NO_TEMPO: Parameters = dict.fromkeys(("bpm", "bpm_sure", "bpm_steady", "bpm_others", "first_beat_ms"))
_NO_KEY: Parameters = dict.fromkeys(("tonic", "is_minor", "key_sure", "tuning_cents", "key", "camelot"))
_NO_CHARACTER: Parameters = dict.fromkeys(("energy", "danceability", "brightness", "acousticness", "groove"))


def track_parameters(track: LibraryTrack) -> Parameters:
    labels, sound = track.labels, track.analysis
    return {
        "id": track.id,
        "of_group": track.group,
        "artist": labels.artist,
        "title": labels.title,
        "album": labels.album,
        "genre": labels.genre,
        "explicit": labels.is_explicit,
        "searched": labels.searched,
        "file_hash": sound.file_hash,
        "version": sound.version,
        "duration_ms": sound.duration_ms,
        "sound_from_ms": sound.sound_from_ms,
        "sound_till_ms": sound.sound_until_ms,
        **(_tempo_parameters(sound.tempo) if sound.tempo else _NO_TEMPO),
        **(_key_parameters(sound.key) if sound.key else _NO_KEY),
        "lufs": sound.loudness.lufs if sound.loudness else None,
        **(_character_parameters(sound.character) if sound.character else _NO_CHARACTER),
        "swing": sound.swing,
        "embedding": json.dumps(sound.embedding) if sound.embedding else None,
        "fingerprint": sound.fingerprint,
        "gaps": json.dumps(sound.gaps),
        "shape": sound.shape,
        "course": json.dumps([(one.at_ms, one.bpm) for one in sound.course]),
        **stamp_parameters(track.heard),
    }


def _tempo_parameters(tempo: Tempo) -> Parameters:
    return {
        "bpm": tempo.bpm,
        "bpm_sure": tempo.confidence,
        "bpm_steady": tempo.steadiness,
        "bpm_others": json.dumps(tempo.others),
        "first_beat_ms": tempo.first_beat_ms,
    }


def _key_parameters(key: Key) -> Parameters:
    told: Parameters = {"key": key.name, "camelot": key.camelot, "key_sure": key.confidence}
    return told | {"tonic": key.tonic, "is_minor": key.is_minor, "tuning_cents": key.tuning_cents}


def _character_parameters(character: Character) -> Parameters:
    return {name: getattr(character, name) for name in _NO_CHARACTER}


def file(row: sqlite3.Row) -> LibraryFile:
    return LibraryFile(
        path=row["path"],
        root=row["root"],
        size=row["size"],
        modified_ns=row["modified_ns"],
        track_id=row["track_id"],
        fault=FaultCode(row["fault"]) if row["fault"] else None,
        version=row["version"],
        is_gone=bool(row["is_gone"]),
    )


def file_parameters(file: LibraryFile) -> Parameters:
    return {
        "path": file.path,
        "root": file.root,
        "size": file.size,
        "modified_ns": file.modified_ns,
        "track_id": file.track_id,
        "fault": file.fault.value if file.fault else None,
        "version": file.version,
        "is_gone": file.is_gone,
    }


def sounding(row: sqlite3.Row) -> Sounding:
    return Sounding(row["id"], row["of_group"], row["fingerprint"])


def counts(row: sqlite3.Row) -> LibraryCounts:
    return LibraryCounts(row["files"], row["heard"], row["faulty"], row["gone"], row["playable"])
