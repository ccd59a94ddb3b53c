"""The twin's part for sets, plays and likes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from appliance.domain.locks import OUTSIDE, Inside, may_see
from appliance.domain.models import EndReason, Play, Session, Stamp, TrackInfo
from appliance.domain.origins import FactOrigin
from appliance.domain.rules import identity_key
from appliance.ports import KnownFacts, LikedPlay, LinkCursor
from appliance.store.looking import Looking


@dataclass
class SetsTables:
    """Rows are frozen, so a shallow copy saves them."""

    sessions: dict[str, Session] = field(default_factory=dict)
    plays: dict[str, Play] = field(default_factory=dict)
    #: when it was given, and whether it counts
    likes: dict[tuple[str, str], tuple[int, bool]] = field(default_factory=dict)
    retracted: dict[str, None] = field(default_factory=dict)
    link_cursors: dict[tuple[str, str, str], LinkCursor] = field(default_factory=dict)


class MemorySetsTransaction:
    """`ports.SetsTransaction` on dictionaries."""

    _t: SetsTables

    def session(self, session_id: str) -> Session | None:
        return self._t.sessions.get(session_id)

    def active_session(self, stage_id: str) -> Session | None:
        return next((s for s in self._t.sessions.values() if s.stage_id == stage_id and s.ended is None), None)

    def active_sessions_of(self, dj_id: str) -> Sequence[Session]:
        return [s for s in reversed(self._t.sessions.values()) if s.dj_id == dj_id and s.ended is None]

    def running_sessions(self) -> Sequence[Session]:
        return [session for session in self._t.sessions.values() if session.ended is None]

    def add_session(self, session: Session) -> None:
        if session.ended is None and self.active_session(session.stage_id) is not None:
            raise ValueError("at most one session runs on a stage")
        self._t.sessions[session.id] = replace(session, ended_at=session.seen if session.ended else None)

    def _change_session(self, session_id: str, **changes: object) -> None:
        self._t.sessions[session_id] = replace(self._t.sessions[session_id], **changes)  # type: ignore[arg-type]

    def see_dj(self, session_id: str, *, at: Stamp) -> None:
        self._change_session(session_id, seen=at)

    def set_away(self, session_id: str, away: bool) -> None:
        self._change_session(session_id, away=away)

    def set_lock(self, session_id: str, lock_id: str | None) -> None:
        self._change_session(session_id, lock=lock_id)

    def end_session(self, session_id: str, *, reason: EndReason, at: Stamp) -> None:
        if self._t.sessions[session_id].ended is None:
            self._change_session(session_id, ended=reason, ended_at=at, current_play_id=None, away=False)

    def reopen_session(self, session_id: str, *, at: Stamp) -> None:
        self._change_session(session_id, ended=None, ended_at=None, away=False, seen=at)

    def set_current(self, session_id: str, play_id: str | None) -> None:
        self._change_session(session_id, current_play_id=play_id)

    def play(self, play_id: str) -> Play | None:
        return self._t.plays.get(play_id)

    def add_play(self, play: Play) -> None:
        self._t.plays[play.id] = play

    def set_track(self, play_id: str, track: TrackInfo) -> None:
        self._t.plays[play_id] = replace(self._t.plays[play_id], track=track)

    def known_of_track(self, track: TrackInfo) -> KnownFacts:
        wanted = (identity_key(track.artist), identity_key(track.title))
        told = [
            play.track
            for play in reversed(self._t.plays.values())
            if (identity_key(play.track.artist), identity_key(play.track.title)) == wanted
            and play.id not in self._t.retracted
        ]
        bpms = (one.bpm for one in told if one.bpm is not None and one.bpm_origin is not FactOrigin.LIBRARY)
        keys = (one.key for one in told if one.key is not None and one.key_origin is not FactOrigin.LIBRARY)
        return KnownFacts(next(bpms, None), next(keys, None))

    def retract_play(self, play_id: str) -> bool:
        if play_id in self._t.retracted:
            return False
        self._t.retracted[play_id] = None
        return True

    def link_cursor(self, dj_id: str, *, source: str, epoch: str) -> LinkCursor | None:
        return self._t.link_cursors.get((dj_id, source, epoch))

    def set_link_cursor(self, dj_id: str, *, source: str, epoch: str, cursor: LinkCursor) -> None:
        self._t.link_cursors[dj_id, source, epoch] = cursor

    def _count(self, play_id: str, step: int) -> None:
        play = self._t.plays[play_id]
        self._t.plays[play_id] = replace(play, likes=play.likes + step)

    def add_like(self, play_id: str, *, guest_id: str, at_ms: int, counts: bool) -> bool:
        if (play_id, guest_id) in self._t.likes:
            return False
        self._t.likes[play_id, guest_id] = (at_ms, counts)
        self._count(play_id, int(counts))
        return True

    def remove_like(self, play_id: str, *, guest_id: str) -> bool | None:
        removed = self._t.likes.pop((play_id, guest_id), None)
        if removed is None:
            return None
        self._count(play_id, -int(removed[1]))
        return removed[1]

    def settle_likes(self, guest_id: str, *, counts: bool) -> Sequence[str]:
        found = [key for key, (_, counted) in self._t.likes.items() if key[1] == guest_id and counted is not counts]
        for play_id, guest in found:
            self._t.likes[play_id, guest] = (self._t.likes[play_id, guest][0], counts)
            self._count(play_id, 1 if counts else -1)
        return [play_id for play_id, _ in found]

    def likes_of(self, play_id: str) -> int:
        play = self._t.plays.get(play_id)
        return play.likes if play else 0

    def likes_by(self, guest_id: str) -> Sequence[str]:
        return [play_id for play_id, guest in self._t.likes if guest == guest_id]


class MemorySetsReader(Looking):
    """`ports.SetsReader` on dictionaries."""

    _tables: SetsTables

    async def session(self, session_id: str) -> Session | None:
        return self._tables.sessions.get(session_id)

    async def active_sessions_of(self, dj_id: str) -> Sequence[Session]:
        return self._look().active_sessions_of(dj_id)

    async def play(self, play_id: str) -> Play | None:
        return self._tables.plays.get(play_id)

    async def plays_of_session(self, session_id: str, *, limit: int, inside: Inside = OUTSIDE) -> Sequence[Play]:
        return [play for play in self._seen(inside) if play.session_id == session_id][:limit]

    async def plays_of_stage(self, stage_id: str, *, limit: int, inside: Inside = OUTSIDE) -> Sequence[Play]:
        return [play for play in self._seen(inside) if play.stage_id == stage_id][:limit]

    def _seen(self, inside: Inside) -> list[Play]:
        sessions = self._tables.sessions
        return [play for play in self._listed() if may_see(sessions[play.session_id].lock, inside)]

    def _listed(self) -> list[Play]:
        plays = reversed(self._tables.plays.values())
        return [play for play in plays if play.id not in self._tables.retracted]

    async def liked_among(self, guest_id: str, play_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(play_id for play_id in play_ids if (play_id, guest_id) in self._tables.likes)

    async def liked_by(self, guest_ids: Sequence[str], *, limit: int) -> Sequence[LikedPlay]:
        order = list(self._tables.plays)
        mine = [
            (at_ms, order.index(play_id))
            for (play_id, guest), (at_ms, _) in self._tables.likes.items()
            if guest in guest_ids and play_id not in self._tables.retracted
        ]
        newest = sorted(mine, reverse=True)[:limit]
        return [self._as_liked(self._tables.plays[order[position]]) for _, position in newest]

    def _as_liked(self, play: Play) -> LikedPlay:
        stage = self._look().stage(play.stage_id)
        assert stage is not None  # nothing is played elsewhere
        return LikedPlay(play=play, dj_name=self._tables.sessions[play.session_id].dj_name, stage_name=stage.name)
