"""One write transaction on SQLite: `ports.Transaction` with the statements of `queries.sql`."""

import json
import sqlite3
from collections.abc import Sequence

from appliance.domain.events import BODY_VERSION, Happened
from appliance.domain.models import Dj, DjToken, EndReason, Event, Play, Session, Stage, Stamp, TrackInfo
from appliance.domain.portal import Release
from appliance.domain.rules import identity_key
from appliance.domain.space import Step
from appliance.domain.uplink import JOURNAL_SENT
from appliance.ports import LinkCursor
from appliance.store import rows
from appliance.store.rows import Parameters, queries

#: journal rows looked at for one guest in one transaction: some milliseconds
ERASE_AT_ONCE = 20_000


class SqliteTransaction:
    """Lives on the writer's thread; `happened` collects what is told after the commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._queries = queries()
        self.happened: list[Happened] = []

    def _run(self, name: str, parameters: Parameters) -> sqlite3.Cursor:
        return self._connection.execute(self._queries[name], parameters)

    def _one(self, name: str, parameters: Parameters) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._run(name, parameters).fetchone()
        return row

    def meta(self, name: str) -> str | None:
        row = self._one("meta", {"name": name})
        return str(row["value"]) if row else None

    def set_meta(self, name: str, value: str | None) -> None:
        if value is None:
            self._run("forget_meta", {"name": name})
        else:
            self._run("set_meta", {"name": name, "value": value})

    def event(self) -> Event | None:
        row = self._one("event", {})
        return rows.event(row) if row else None

    def add_event(self, event: Event) -> None:
        self._run("add_event", {"id": event.id, "name": event.name, "guest_key": event.guest_key})

    def stage(self, stage_id: str) -> Stage | None:
        row = self._one("stage", {"id": stage_id})
        return rows.stage(row) if row else None

    def stage_ids(self) -> Sequence[str]:
        return [row["id"] for row in self._run("stages", {})]

    def add_stage(self, stage: Stage) -> None:
        self._run("add_stage", {"id": stage.id, "event_id": stage.event_id, "name": stage.name})

    def dj(self, dj_id: str) -> Dj | None:
        row = self._one("dj", {"id": dj_id})
        return rows.dj(row) if row else None

    def dj_named(self, name: str) -> Dj | None:
        row = self._one("dj_named", {"name_key": identity_key(name)})
        return rows.dj(row) if row else None

    def add_dj(self, dj: Dj) -> None:
        self._run("add_dj", {"id": dj.id, "name": dj.name, "name_key": identity_key(dj.name)})

    def token(self, token_id: str) -> DjToken | None:
        row = self._one("token", {"id": token_id})
        return rows.token(row) if row else None

    def token_named(self, name: str) -> DjToken | None:
        row = self._one("token_named", {"name": name})
        return rows.token(row) if row else None

    def add_token(self, token: DjToken) -> None:
        self._run("add_token", rows.token_parameters(token))

    def revoke_token(self, token_id: str, *, at_ms: int) -> None:
        self._run("revoke_token", {"id": token_id, "at_ms": at_ms})

    def session(self, session_id: str) -> Session | None:
        row = self._one("session", {"id": session_id})
        return rows.session(row) if row else None

    def active_session(self, stage_id: str) -> Session | None:
        row = self._one("active_session", {"stage_id": stage_id})
        return rows.session(row) if row else None

    def active_sessions_of(self, dj_id: str) -> Sequence[Session]:
        return [rows.session(row) for row in self._run("active_sessions_of", {"dj_id": dj_id})]

    def add_session(self, session: Session) -> None:
        identity: Parameters = {
            "id": session.id,
            "stage_id": session.stage_id,
            "dj_id": session.dj_id,
            "dj_name": session.dj_name,
            "ended": session.ended.value if session.ended else None,
            "ended_wall_ms": session.seen.wall_ms if session.ended else None,
        }
        self._run("add_session", identity | rows.stamp_parameters(session.started))

    def see_dj(self, session_id: str, *, at: Stamp) -> None:
        self._run("see_dj", {"id": session_id, **rows.stamp_parameters(at)})

    def end_session(self, session_id: str, *, reason: EndReason, at: Stamp) -> None:
        self._run("end_session", {"id": session_id, "reason": reason.value, "wall_ms": at.wall_ms})

    def reopen_session(self, session_id: str, *, at: Stamp) -> None:
        self._run("reopen_session", {"id": session_id, **rows.stamp_parameters(at)})

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

    def retract_play(self, play_id: str) -> bool:
        return self._run("retract_play", {"id": play_id}).rowcount == 1

    def link_cursor(self, dj_id: str, *, source: str, epoch: str) -> LinkCursor | None:
        row = self._one("link_cursor", {"dj_id": dj_id, "source": source, "epoch": epoch})
        return LinkCursor(row["seq"], row["chain"]) if row else None

    def set_link_cursor(self, dj_id: str, *, source: str, epoch: str, cursor: LinkCursor) -> None:
        history: Parameters = {"dj_id": dj_id, "source": source, "epoch": epoch}
        self._run("set_link_cursor", history | {"seq": cursor.seq, "chain": cursor.chain})

    def add_like(self, play_id: str, *, guest_id: str, at_ms: int) -> bool:
        liked = self._run("add_like", {"play_id": play_id, "guest_id": guest_id, "at_ms": at_ms}).rowcount == 1
        if liked:
            self._run("count_likes", {"play_id": play_id, "step": 1})
        return liked

    def remove_like(self, play_id: str, *, guest_id: str) -> bool:
        removed = self._run("remove_like", {"play_id": play_id, "guest_id": guest_id}).rowcount == 1
        if removed:
            self._run("count_likes", {"play_id": play_id, "step": -1})
        return removed

    def likes_of(self, play_id: str) -> int:
        row = self._one("likes_of", {"play_id": play_id})
        return int(row["likes"]) if row else 0

    def likes_by(self, guest_id: str) -> Sequence[str]:
        return [str(row["play_id"]) for row in self._run("likes_by", {"guest_id": guest_id})]

    def erase_in_journal(self, guest_id: str, *, after: int) -> int | None:
        start = max(after, int(self.meta(JOURNAL_SENT) or 0))
        upper = start + ERASE_AT_ONCE
        self._run("erase_in_journal", {"guest": guest_id, "after": start, "to": upper})
        end = self._one("journal_end_seq", {})
        return upper if end is not None and upper < end["last_seq"] else None

    def shed(self, step: Step, *, at: Stamp) -> int:
        values: Parameters = {"after": int(self.meta(JOURNAL_SENT) or 0)}
        match step:
            case Step.INTENTS:
                # Boot times of an earlier boot mean nothing, and its announcements are over.
                return self._run("shed_expired_intents", values | {"boot": at.boot, "boot_ms": at.boot_ms}).rowcount
            case Step.PRESENCE_DETAIL | Step.PRESENCE:
                return self._run(f"shed_{step.value}", values).rowcount
            case Step.LOGS | Step.CARRIED:
                return 0

    def releases(self) -> Sequence[Release]:
        return [rows.release(row) for row in self._run("releases", {})]

    def set_release(self, release: Release) -> None:
        self._run("set_release", {"client": release.client, **rows.stamp_parameters(release.granted)})

    def end_release(self, client: str) -> None:
        self._run("end_release", {"client": client})

    def record(self, event: Happened, *, at: Stamp) -> None:
        body = json.dumps(event.body(), ensure_ascii=False, separators=(",", ":"))
        entry: Parameters = {"kind": event.kind, "v": BODY_VERSION, "body": body}
        self._run("append_journal", entry | rows.stamp_parameters(at))
        self.happened.append(event)
