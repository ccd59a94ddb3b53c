"""The store's twin in memory: passes the same contract tests as SQLite, and makes tests of everything else quick.

Rows are frozen, so a shallow copy of the tables is a whole savepoint.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from appliance.domain.events import GuestForgotten, Happened
from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, DjToken, EndReason, Event, Play, Session, Stage, Stamp, TrackInfo
from appliance.domain.portal import Release
from appliance.domain.rules import identity_key
from appliance.domain.space import Step
from appliance.domain.uplink import JOURNAL_SENT
from appliance.ports import JournalSpan, LikedPlay, LinkCursor, Transaction
from appliance.store.writer import OnCommit

T = TypeVar("T")


@dataclass
class _Tables:
    meta: dict[str, str] = field(default_factory=lambda: {"box_id": "0" * 16, "epoch": "1" * 16, "login_key": "2" * 64})
    events: list[Event] = field(default_factory=list)
    stages: dict[str, Stage] = field(default_factory=dict)
    djs: dict[str, Dj] = field(default_factory=dict)
    tokens: dict[str, DjToken] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    plays: dict[str, Play] = field(default_factory=dict)
    likes: dict[tuple[str, str], int] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    retracted: dict[str, None] = field(default_factory=dict)
    link_cursors: dict[tuple[str, str, str], LinkCursor] = field(default_factory=dict)
    journal: list[tuple[Happened, Stamp]] = field(default_factory=list)
    #: rows of the journal that say nothing any more
    erased: dict[int, None] = field(default_factory=dict)

    def saved(self) -> "_Tables":
        return _Tables(**{name: copy.copy(table) for name, table in vars(self).items()})


class MemoryTransaction:
    """`ports.Transaction` on dictionaries."""

    def __init__(self, tables: _Tables) -> None:
        self._t = tables
        self.happened: list[Happened] = []

    def meta(self, name: str) -> str | None:
        return self._t.meta.get(name)

    def set_meta(self, name: str, value: str | None) -> None:
        if value is None:
            self._t.meta.pop(name, None)
        else:
            self._t.meta[name] = value

    def event(self) -> Event | None:
        return self._t.events[-1] if self._t.events else None

    def add_event(self, event: Event) -> None:
        self._t.events.append(event)

    def stage(self, stage_id: str) -> Stage | None:
        return self._t.stages.get(stage_id)

    def stage_ids(self) -> Sequence[str]:
        return list(self._t.stages)

    def add_stage(self, stage: Stage) -> None:
        self._t.stages[stage.id] = stage

    def dj(self, dj_id: str) -> Dj | None:
        return self._t.djs.get(dj_id)

    def dj_named(self, name: str) -> Dj | None:
        return next((dj for dj in self._t.djs.values() if identity_key(dj.name) == identity_key(name)), None)

    def add_dj(self, dj: Dj) -> None:
        self._t.djs[dj.id] = dj

    def token(self, token_id: str) -> DjToken | None:
        return self._t.tokens.get(token_id)

    def token_named(self, name: str) -> DjToken | None:
        return next((token for token in self._t.tokens.values() if token.name == name), None)

    def add_token(self, token: DjToken) -> None:
        self._t.tokens[token.id] = token

    def revoke_token(self, token_id: str, *, at_ms: int) -> None:
        token = self._t.tokens[token_id]
        if token.revoked_ms is None:
            self._t.tokens[token_id] = replace(token, revoked_ms=at_ms)

    def session(self, session_id: str) -> Session | None:
        return self._t.sessions.get(session_id)

    def active_session(self, stage_id: str) -> Session | None:
        return next((s for s in self._t.sessions.values() if s.stage_id == stage_id and s.ended is None), None)

    def active_sessions_of(self, dj_id: str) -> Sequence[Session]:
        return [s for s in reversed(self._t.sessions.values()) if s.dj_id == dj_id and s.ended is None]

    def add_session(self, session: Session) -> None:
        if session.ended is None and self.active_session(session.stage_id) is not None:
            raise ValueError("at most one session runs on a stage")
        self._t.sessions[session.id] = session

    def _change_session(self, session_id: str, **changes: object) -> None:
        self._t.sessions[session_id] = replace(self._t.sessions[session_id], **changes)  # type: ignore[arg-type]

    def see_dj(self, session_id: str, *, at: Stamp) -> None:
        self._change_session(session_id, seen=at)

    def end_session(self, session_id: str, *, reason: EndReason, at: Stamp) -> None:  # noqa: ARG002 - the port's shape
        if self._t.sessions[session_id].ended is None:
            self._change_session(session_id, ended=reason, current_play_id=None)

    def reopen_session(self, session_id: str, *, at: Stamp) -> None:
        self._change_session(session_id, ended=None, seen=at)

    def set_current(self, session_id: str, play_id: str | None) -> None:
        self._change_session(session_id, current_play_id=play_id)

    def play(self, play_id: str) -> Play | None:
        return self._t.plays.get(play_id)

    def add_play(self, play: Play) -> None:
        self._t.plays[play.id] = play

    def set_track(self, play_id: str, track: TrackInfo) -> None:
        self._t.plays[play_id] = replace(self._t.plays[play_id], track=track)

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

    def add_like(self, play_id: str, *, guest_id: str, at_ms: int) -> bool:
        if (play_id, guest_id) in self._t.likes:
            return False
        self._t.likes[play_id, guest_id] = at_ms
        self._count(play_id, 1)
        return True

    def remove_like(self, play_id: str, *, guest_id: str) -> bool:
        if self._t.likes.pop((play_id, guest_id), None) is None:
            return False
        self._count(play_id, -1)
        return True

    def likes_of(self, play_id: str) -> int:
        play = self._t.plays.get(play_id)
        return play.likes if play else 0

    def likes_by(self, guest_id: str) -> Sequence[str]:
        return [play_id for play_id, guest in self._t.likes if guest == guest_id]

    def releases(self) -> Sequence[Release]:
        return list(self._t.releases.values())

    def set_release(self, release: Release) -> None:
        # Taken out first: a phone that is released again is the newest.
        self._t.releases.pop(release.client, None)
        self._t.releases[release.client] = release

    def end_release(self, client: str) -> None:
        self._t.releases.pop(client, None)

    def erase_in_journal(self, guest_id: str, *, after: int) -> int | None:
        start = max(after, int(self.meta(JOURNAL_SENT) or 0))
        for number, (event, _) in enumerate(self._t.journal[start:], start=start + 1):
            if not isinstance(event, GuestForgotten) and event.body().get("guest") == guest_id:
                self._t.erased[number] = None
        return None

    def shed(self, step: Step, *, at: Stamp) -> int:
        # Nobody runs out of room in memory.
        del step, at
        return 0

    def record(self, event: Happened, *, at: Stamp) -> None:
        self._t.journal.append((event, at))
        self.happened.append(event)


class MemoryStore:
    """`ports.Store` and `ports.Reader` in one."""

    def __init__(self, *, on_commit: OnCommit) -> None:
        self._tables = _Tables()
        self._on_commit = on_commit

    async def write(self, job: Callable[[Transaction], T]) -> T:
        saved = self._tables.saved()
        transaction = MemoryTransaction(self._tables)
        try:
            result = job(transaction)
        except BaseException:
            self._tables = saved
            raise
        if transaction.happened:
            self._on_commit(transaction.happened)
        return result

    async def meta(self, name: str) -> str | None:
        return self._tables.meta.get(name)

    async def event(self) -> Event | None:
        return self._tables.events[-1] if self._tables.events else None

    async def stages(self) -> Sequence[Stage]:
        return list(self._tables.stages.values())

    async def stage_states(self) -> Sequence[StageState]:
        look = MemoryTransaction(self._tables)
        states = []
        for stage in self._tables.stages.values():
            session = look.active_session(stage.id)
            now = look.play(session.current_play_id) if session and session.current_play_id else None
            states.append(StageState(stage=stage, session=session, now=now))
        return states

    async def session(self, session_id: str) -> Session | None:
        return self._tables.sessions.get(session_id)

    async def active_sessions_of(self, dj_id: str) -> Sequence[Session]:
        return MemoryTransaction(self._tables).active_sessions_of(dj_id)

    async def play(self, play_id: str) -> Play | None:
        return self._tables.plays.get(play_id)

    async def plays_of_session(self, session_id: str, *, limit: int) -> Sequence[Play]:
        return [play for play in self._listed() if play.session_id == session_id][:limit]

    async def plays_of_stage(self, stage_id: str, *, limit: int) -> Sequence[Play]:
        return [play for play in self._listed() if play.stage_id == stage_id][:limit]

    def _listed(self) -> list[Play]:
        plays = reversed(self._tables.plays.values())
        return [play for play in plays if play.id not in self._tables.retracted]

    async def liked_among(self, guest_id: str, play_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(play_id for play_id in play_ids if (play_id, guest_id) in self._tables.likes)

    async def liked_by(self, guest_id: str, *, limit: int) -> Sequence[LikedPlay]:
        order = list(self._tables.plays)
        mine = [
            (at_ms, order.index(play_id))
            for (play_id, guest), at_ms in self._tables.likes.items()
            if guest == guest_id and play_id not in self._tables.retracted
        ]
        plays = [self._tables.plays[order[position]] for _, position in sorted(mine, reverse=True)[:limit]]
        return [
            LikedPlay(
                play=play,
                dj_name=self._tables.sessions[play.session_id].dj_name,
                stage_name=self._tables.stages[play.stage_id].name,
            )
            for play in plays
        ]

    def _working(self) -> list[tuple[DjToken, Dj]]:
        tokens = self._tables.tokens.values()
        return [(token, self._tables.djs[token.dj_id]) for token in tokens if token.revoked_ms is None]

    async def token_by_digest(self, digest: str) -> tuple[DjToken, Dj] | None:
        return next((found for found in self._working() if found[0].digest == digest), None)

    async def token_by_name(self, name: str) -> tuple[DjToken, Dj] | None:
        return next((found for found in self._working() if found[0].name == name), None)

    async def tokens(self) -> Sequence[tuple[DjToken, Dj]]:
        return self._working()

    async def release(self, client: str) -> Release | None:
        return self._tables.releases.get(client)

    async def newest_stamp(self) -> Stamp | None:
        return self._tables.journal[-1][1] if self._tables.journal else None

    async def journal_span(self) -> JournalSpan:
        return JournalSpan(last_seq=len(self._tables.journal), waiting=len(self._tables.journal))
