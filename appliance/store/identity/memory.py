"""The twin's part for what plays are taken for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from appliance.domain.identity import Identity, NameWord, Reason, Verdict
from appliance.domain.library import LibraryTrack
from appliance.domain.models import Play
from appliance.ports.identity import PlayIdentity, TrackName
from appliance.store.looking import Looking


@dataclass
class IdentityTables:
    """Rows are frozen, so a shallow copy saves them."""

    play_tracks: dict[str, Identity] = field(default_factory=dict)
    words_of_names: dict[tuple[str, str, str], NameWord] = field(default_factory=dict)
    told_tracks: dict[str, str] = field(default_factory=dict)


class _Seen(Protocol):
    """Its own tables, and whose plays they are about."""

    play_tracks: dict[str, Identity]
    words_of_names: dict[tuple[str, str, str], NameWord]
    told_tracks: dict[str, str]
    plays: dict[str, Play]
    retracted: dict[str, None]
    library_tracks: dict[str, LibraryTrack]


class MemoryIdentityTransaction:
    """`ports.IdentityTransaction` on dictionaries."""

    _t: _Seen

    def identity(self, play_id: str) -> Identity | None:
        return self._t.play_tracks.get(play_id)

    def put_identity(self, identity: Identity) -> None:
        self._t.play_tracks[identity.play_id] = identity

    def drop_identity(self, play_id: str) -> None:
        self._t.play_tracks.pop(play_id, None)

    def file_behind(self, said: str) -> str | None:
        for play_id in reversed(self._t.plays):
            one = self._t.play_tracks.get(play_id)
            stands = one is not None and one.verdict is not Verdict.REJECTED and play_id not in self._t.retracted
            if one is not None and stands and one.said == said and one.reason is Reason.FILE and one.track_id:
                return one.track_id
        return None

    def name_words(self, said: str) -> Sequence[NameWord]:
        found = [one for one in self._t.words_of_names.values() if one.said == said]
        return sorted(found, key=lambda one: (one.track_id, one.dj_id))

    def put_name_word(self, word: NameWord) -> None:
        self._t.words_of_names[word.said, word.track_id, word.dj_id] = word

    def told_by(self, track_id: str) -> str | None:
        return self._t.told_tracks.get(track_id)

    def told_tracks_of(self, dj_id: str) -> int:
        return list(self._t.told_tracks.values()).count(dj_id)

    def note_told(self, track_id: str, *, dj_id: str | None) -> None:
        if dj_id is None:
            self._t.told_tracks.pop(track_id, None)
        else:
            self._t.told_tracks[track_id] = dj_id


class MemoryIdentityReader(Looking):
    """`ports.IdentityReader` on dictionaries."""

    _tables: _Seen

    async def identity(self, play_id: str) -> Identity | None:
        return self._tables.play_tracks.get(play_id)

    async def track_names(self, *, after: int, limit: int) -> Sequence[TrackName]:
        return self._names()[after : after + limit]

    async def names_of_tracks(self, track_ids: Collection[str]) -> Sequence[TrackName]:
        return [one for one in self._names() if one.track_id in track_ids]

    def _names(self) -> list[TrackName]:
        known, told = enumerate(self._tables.library_tracks.values(), start=1), self._tables.told_tracks
        return [TrackName(at, one.id, one.labels.artist, one.labels.title, one.id in told) for at, one in known]

    async def identities_of_session(self, session_id: str) -> Sequence[PlayIdentity]:
        told = []
        for play in self._tables.plays.values():
            if play.session_id == session_id and play.id not in self._tables.retracted:
                one = self._tables.play_tracks.get(play.id)
                told.append(PlayIdentity(play, one, self._light(one.track_id) if one and one.track_id else None))
        return told

    def _light(self, track_id: str) -> LibraryTrack | None:
        track = self._look().library_track(track_id)
        return (
            replace(track, analysis=replace(track.analysis, fingerprint=None, shape=None, course=())) if track else None
        )
