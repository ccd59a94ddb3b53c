"""Questions that pages ask, on read connections of their own: `ports.Reader` over aiosqlite.

Each raises Unavailable when the database can't be read. WAL lets them read while the writer commits. Never used to
decide what to write: rules read inside the transaction.
"""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import aiosqlite

from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, DjToken, Event, Play, Session, Stage, Stamp
from appliance.domain.portal import Release
from appliance.errors import Unavailable
from appliance.ports import JournalSpan, LikedPlay
from appliance.store import rows
from appliance.store.migrate import BUSY_TIMEOUT_S
from appliance.store.rows import Parameters, queries


class SqliteReader:
    """One read-only connection; aiosqlite runs it on a thread."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._queries = queries()

    @classmethod
    async def open(cls, path: Path) -> "SqliteReader":
        """Opens `path` read-only; the database must exist."""
        connection = await aiosqlite.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)
        connection.row_factory = sqlite3.Row
        return cls(connection)

    async def close(self) -> None:
        await self._connection.close()

    async def _all(self, name: str, parameters: Parameters) -> list[sqlite3.Row]:
        try:
            return list(await self._connection.execute_fetchall(self._queries[name], parameters))
        except sqlite3.Error as error:
            raise Unavailable(
                "store_unreadable",
                f"What the box keeps can't be read: {error}.",
                advice="Restart the box; if it says so again, change the card.",
            ) from error

    async def _one(self, name: str, parameters: Parameters) -> sqlite3.Row | None:
        found = await self._all(name, parameters)
        return found[0] if found else None

    async def meta(self, name: str) -> str | None:
        row = await self._one("meta", {"name": name})
        return str(row["value"]) if row else None

    async def event(self) -> Event | None:
        row = await self._one("event", {})
        return rows.event(row) if row else None

    async def stages(self) -> Sequence[Stage]:
        return [rows.stage(row) for row in await self._all("stages", {})]

    async def stage_states(self) -> Sequence[StageState]:
        states = []
        for stage in await self.stages():
            row = await self._one("active_session", {"stage_id": stage.id})
            session = rows.session(row) if row else None
            now = await self.play(session.current_play_id) if session and session.current_play_id else None
            states.append(StageState(stage=stage, session=session, now=now))
        return states

    async def session(self, session_id: str) -> Session | None:
        row = await self._one("session", {"id": session_id})
        return rows.session(row) if row else None

    async def active_sessions_of(self, dj_id: str) -> Sequence[Session]:
        return [rows.session(row) for row in await self._all("active_sessions_of", {"dj_id": dj_id})]

    async def play(self, play_id: str) -> Play | None:
        row = await self._one("play", {"id": play_id})
        return rows.play(row) if row else None

    async def plays_of_session(self, session_id: str, *, limit: int) -> Sequence[Play]:
        found = await self._all("plays_of_session", {"session_id": session_id, "limit": limit})
        return [rows.play(row) for row in found]

    async def plays_of_stage(self, stage_id: str, *, limit: int) -> Sequence[Play]:
        return [rows.play(row) for row in await self._all("plays_of_stage", {"stage_id": stage_id, "limit": limit})]

    async def liked_among(self, guest_id: str, play_ids: Sequence[str]) -> frozenset[str]:
        found = await self._all("liked_among", {"guest_id": guest_id, "play_ids": json.dumps(list(play_ids))})
        return frozenset(row["play_id"] for row in found)

    async def liked_by(self, guest_id: str, *, limit: int) -> Sequence[LikedPlay]:
        found = await self._all("liked_by", {"guest_id": guest_id, "limit": limit})
        return [LikedPlay(play=rows.play(row), dj_name=row["dj_name"], stage_name=row["stage_name"]) for row in found]

    async def token_by_digest(self, digest: str) -> tuple[DjToken, Dj] | None:
        row = await self._one("working_token_by_digest", {"digest": digest})
        return rows.token_and_dj(row) if row else None

    async def token_by_name(self, name: str) -> tuple[DjToken, Dj] | None:
        row = await self._one("working_token_by_name", {"name": name})
        return rows.token_and_dj(row) if row else None

    async def tokens(self) -> Sequence[tuple[DjToken, Dj]]:
        return [rows.token_and_dj(row) for row in await self._all("working_tokens", {})]

    async def release(self, client: str) -> Release | None:
        row = await self._one("release", {"client": client})
        return rows.release(row) if row else None

    async def newest_stamp(self) -> Stamp | None:
        row = await self._one("newest_stamp", {})
        return rows.newest_stamp(row) if row else None

    async def journal_span(self) -> JournalSpan:
        row = await self._one("journal_span", {})
        assert row is not None  # an aggregate always has a row
        return JournalSpan(last_seq=row["last_seq"], waiting=row["waiting"])
