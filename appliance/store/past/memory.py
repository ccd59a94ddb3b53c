"""The twin's part for what DJs have played."""

from collections.abc import Sequence

from appliance.domain.models import Play, TrackInfo
from appliance.ports.past import PastSet
from appliance.store.looking import Looking
from appliance.store.sets.memory import SetsTables


class MemoryPastReader(Looking):
    """`ports.PastReader` on dictionaries."""

    _tables: SetsTables

    def _standing(self) -> list[Play]:
        plays = reversed(self._tables.plays.values())
        return [play for play in plays if play.id not in self._tables.retracted]

    async def sets_of(self, dj_id: str, *, limit: int) -> Sequence[PastSet]:
        mine = [session for session in reversed(self._tables.sessions.values()) if session.dj_id == dj_id]
        found = []
        for session in mine[:limit]:
            stage = self._look().stage(session.stage_id)
            assert stage is not None  # nothing is played elsewhere
            tracks = sum(play.session_id == session.id for play in self._standing())
            found.append(PastSet(session, stage.name, stage.event_id, tracks))
        return found

    async def plays_of_dj(self, dj_id: str, *, limit: int) -> Sequence[Play]:
        mine = {session.id for session in self._tables.sessions.values() if session.dj_id == dj_id}
        return [play for play in self._standing() if play.session_id in mine][:limit]

    def _openly(self, dj_id: str) -> list[TrackInfo]:
        sessions = self._tables.sessions.values()
        mine = {session.id for session in sessions if session.dj_id == dj_id and session.lock is None}
        return [play.track for play in self._standing() if play.session_id in mine]

    async def played_openly(self, dj_id: str, *, limit: int) -> Sequence[TrackInfo]:
        return self._openly(dj_id)[:limit]

    async def count_played_openly(self, dj_id: str) -> int:
        return len(self._openly(dj_id))
