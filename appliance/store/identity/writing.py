"""What a transaction on SQLite does with what plays are taken for: `ports.IdentityTransaction`."""

from collections.abc import Sequence

from appliance.domain.identity import Identity, NameWord
from appliance.store.identity import rows
from appliance.store.running import Running


class IdentityWriting(Running):
    """Lives on the writer's thread."""

    def identity(self, play_id: str) -> Identity | None:
        row = self._one("identity", {"play_id": play_id})
        return rows.identity(row) if row else None

    def put_identity(self, identity: Identity) -> None:
        self._run("put_identity", rows.identity_parameters(identity))

    def drop_identity(self, play_id: str) -> None:
        self._run("drop_identity", {"play_id": play_id})

    def file_behind(self, said: str) -> str | None:
        row = self._one("file_behind", {"said": said})
        return row["track_id"] if row else None

    def name_words(self, said: str) -> Sequence[NameWord]:
        return [rows.word(row) for row in self._run("name_words", {"said": said})]

    def put_name_word(self, word: NameWord) -> None:
        self._run("put_name_word", rows.word_parameters(word))

    def told_by(self, track_id: str) -> str | None:
        row = self._one("told_by", {"track_id": track_id})
        return row["dj_id"] if row else None

    def told_tracks_of(self, dj_id: str) -> int:
        row = self._one("told_tracks_of", {"dj_id": dj_id})
        return int(row["tracks"]) if row else 0

    def note_told(self, track_id: str, *, dj_id: str | None) -> None:
        if dj_id is None:
            self._run("note_heard_here", {"track_id": track_id})
        else:
            self._run("note_told", {"track_id": track_id, "dj_id": dj_id})
