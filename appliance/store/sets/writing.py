"""What a transaction on SQLite does with sets, plays and likes: `ports.SetsTransaction`."""

from collections.abc import Sequence

from appliance.domain.models import EndReason, Play, Session, Stamp, TrackInfo
from appliance.ports import KnownFacts, LinkCursor
from appliance.store.running import Running
from appliance.store.sets import rows
from appliance.store.stamps import stamp_parameters
from appliance.store.statements import Parameters


class SetsWriting(Running):
    """Lives on the writer's thread."""

    def session(self, session_id: str) -> Session | None:
        row = self._one("session", {"id": session_id})
        return rows.session(row) if row else None

    def active_session(self, stage_id: str) -> Session | None:
        row = self._one("active_session", {"stage_id": stage_id})
        return rows.session(row) if row else None

    def active_sessions_of(self, dj_id: str) -> Sequence[Session]:
        return [rows.session(row) for row in self._run("active_sessions_of", {"dj_id": dj_id})]

    def running_sessions(self) -> Sequence[Session]:
        return [rows.session(row) for row in self._run("running_sessions", {})]

    def add_session(self, session: Session) -> None:
        identity: Parameters = {
            "id": session.id,
            "stage_id": session.stage_id,
            "dj_id": session.dj_id,
            "dj_name": session.dj_name,
            "current_play_id": session.current_play_id,
            "lock_id": session.lock,
        }
        self._run("add_session", identity | rows.end_parameters(session) | stamp_parameters(session.started))

    def see_dj(self, session_id: str, *, at: Stamp) -> None:
        self._run("see_dj", {"id": session_id, **stamp_parameters(at)})

    def set_away(self, session_id: str, away: bool) -> None:
        self._run("set_away", {"id": session_id, "away": int(away)})

    def set_lock(self, session_id: str, lock_id: str | None) -> None:
        self._run("set_lock", {"id": session_id, "lock_id": lock_id})

    def end_session(self, session_id: str, *, reason: EndReason, at: Stamp) -> None:
        self._run("end_session", {"id": session_id, "reason": reason.value, **stamp_parameters(at)})

    def reopen_session(self, session_id: str, *, at: Stamp) -> None:
        self._run("reopen_session", {"id": session_id, **stamp_parameters(at)})

    def set_current(self, session_id: str, play_id: str | None) -> None:
        self._run("set_current", {"id": session_id, "play_id": play_id})

    def play(self, play_id: str) -> Play | None:
        row = self._one("play", {"id": play_id})
        return rows.play(row) if row else None

    def add_play(self, play: Play) -> None:
        identity = rows.track_parameters(play.track)
        track = self._one("track_id", identity) or self._one("add_track", identity)
        assert track is not None  # RETURNING gives the row that was just made
        self._run("add_play", rows.play_parameters(play, track_id=track["id"]))

    def set_track(self, play_id: str, track: TrackInfo) -> None:
        identity = rows.track_parameters(track)
        found = self._one("track_id", identity) or self._one("add_track", identity)
        assert found is not None  # RETURNING gives the row that was just made
        self._run("set_track", {"id": play_id, "track_id": found["id"], **rows.known_of_track(track)})

    def known_of_track(self, track: TrackInfo) -> KnownFacts:
        row = self._one("known_of_track", rows.track_parameters(track))
        return KnownFacts(row["bpm"], row["key"]) if row else KnownFacts()

    def retract_play(self, play_id: str) -> bool:
        return self._run("retract_play", {"id": play_id}).rowcount == 1

    def link_cursor(self, dj_id: str, *, source: str, epoch: str) -> LinkCursor | None:
        row = self._one("link_cursor", {"dj_id": dj_id, "source": source, "epoch": epoch})
        return LinkCursor(row["seq"], row["chain"]) if row else None

    def set_link_cursor(self, dj_id: str, *, source: str, epoch: str, cursor: LinkCursor) -> None:
        history: Parameters = {"dj_id": dj_id, "source": source, "epoch": epoch}
        self._run("set_link_cursor", history | {"seq": cursor.seq, "chain": cursor.chain})

    def add_like(self, play_id: str, *, guest_id: str, at_ms: int, counts: bool) -> bool:
        values: Parameters = {"play_id": play_id, "guest_id": guest_id, "at_ms": at_ms, "counts": counts}
        liked = self._run("add_like", values).rowcount == 1
        if liked and counts:
            self._count_like(play_id, 1)
        return liked

    def remove_like(self, play_id: str, *, guest_id: str) -> bool | None:
        row = self._one("remove_like", {"play_id": play_id, "guest_id": guest_id})
        if row is None:
            return None
        if row["counts"]:
            self._count_like(play_id, -1)
        return bool(row["counts"])

    def settle_likes(self, guest_id: str, *, counts: bool) -> Sequence[str]:
        found = self._run("settle_likes", {"guest_id": guest_id, "counts": counts}).fetchall()
        for row in found:
            self._count_like(row["play_id"], 1 if counts else -1)
        return [str(row["play_id"]) for row in found]

    def _count_like(self, play_id: str, step: int) -> None:
        self._run("count_likes", {"play_id": play_id, "step": step})

    def likes_of(self, play_id: str) -> int:
        row = self._one("likes_of", {"play_id": play_id})
        return int(row["likes"]) if row else 0

    def likes_by(self, guest_id: str) -> Sequence[str]:
        return [str(row["play_id"]) for row in self._run("likes_by", {"guest_id": guest_id})]
