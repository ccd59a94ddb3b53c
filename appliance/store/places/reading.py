"""What pages ask of SQLite about events and their stages: `ports.PlacesReader`."""

from collections.abc import Sequence

from appliance.domain.live_state import StageState
from appliance.domain.models import Dj, Event, Logo, Stage
from appliance.store.people import rows as people_rows
from appliance.store.places import rows
from appliance.store.running import Asking
from appliance.store.sets import rows as set_rows


class PlacesReading(Asking):
    """Each question raises Unavailable when the database can't be read."""

    async def events(self) -> Sequence[Event]:
        return [rows.event(row) for row in await self._all("events", {})]

    async def event(self, event_id: str) -> Event | None:
        row = await self._one("event", {"id": event_id})
        return rows.event(row) if row else None

    async def logo(self, event_id: str) -> Logo | None:
        row = await self._one("logo", {"event_id": event_id})
        return Logo(row["media_type"], row["content"]) if row else None

    async def assigned_djs(self, event_id: str) -> Sequence[Dj]:
        return [people_rows.dj(row) for row in await self._all("assigned_djs", {"event_id": event_id})]

    async def events_of_dj(self, dj_id: str) -> frozenset[str]:
        return frozenset(row["event_id"] for row in await self._all("events_of_dj", {"dj_id": dj_id}))

    async def stages(self) -> Sequence[Stage]:
        return [rows.stage(row) for row in await self._all("stages", {})]

    async def stage_states(self) -> Sequence[StageState]:
        states = []
        for stage in await self.stages():
            row = await self._one("active_session", {"stage_id": stage.id})
            session = set_rows.session(row) if row else None
            playing = session.current_play_id if session else None
            row = await self._one("play", {"id": playing}) if playing else None
            now = set_rows.play(row) if row else None
            states.append(StageState(stage=stage, session=session, now=now))
        return states
