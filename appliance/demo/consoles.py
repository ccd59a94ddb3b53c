"""What people of the evening do beside playing records: DJs at the console, and the organiser who plans and tells.

Speaks to the box as the console and the organisers' pages do, over `/api/v1`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from appliance.demo.moments import Asks, Closes, HandsOver, Moment, Says
from appliance.demo.web_client import WebClient
from appliance.errors import BoxError, Refused

#: of a slot in the plan: long enough to be read on a page, whatever the evening's speed
_SLOT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Console:
    """One DJ's second screen. Raises as the box answers."""

    web: WebClient

    async def do(self, moment: Moment, *, stage: str) -> None:
        """Says it on the stage, in the set that runs there."""
        state = await self.web.ask("GET", f"/api/v1/stages/{stage}/now")
        session = state.get("session", {}).get("id")
        if session is None:
            raise Refused("no_session", "Nobody plays on this stage just now.")
        base = f"/api/v1/sessions/{session}"
        match moment:
            case Asks():
                poll = {"question": moment.question, "options": list(moment.options), "lasts_s": moment.lasts_s}
                await self.web.ask("POST", f"{base}/polls", body=poll)
            case Says():
                said = {"text": moment.text, "duration_s": moment.duration_s}
                await self.web.ask("POST", f"{base}/announcements", body=said)
            case Closes():
                await self.web.ask("PUT", f"{base}/closing", body={"songs": 0})
            case HandsOver():
                await self.web.ask("PUT", f"{base}/handover", body={"to": moment.to, "note": moment.note})


@dataclass(frozen=True, slots=True)
class Organiser:
    """Whoever plans the evening and speaks to everybody."""

    web: WebClient

    async def plan(self, djs: dict[str, tuple[str, ...]]) -> int:
        """Half-hour slots for each stage's DJs from this quarter of an hour on; how many there are now.

        Raises: as the box answers.
        """
        event = await self._event()
        known = (await self.web.ask("GET", f"/api/v1/events/{event}/djs"))["djs"]
        ids = {one["name"]: one["id"] for one in known}
        now = datetime.now(UTC)
        begins = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
        made = 0
        for stage, names in djs.items():
            for position, name in enumerate(names):
                slot = {"stage": stage, "dj": ids.get(name), "begins": _text(begins + position * _SLOT)}
                try:
                    ends = _text(begins + (position + 1) * _SLOT)
                    await self.web.ask("POST", f"/api/v1/events/{event}/slots", body={**slot, "ends": ends})
                    made += 1
                except BoxError as error:
                    if isinstance(error, Refused):  # a box that has seen this demo before has its plan
                        continue
                    raise
        return made

    async def tell(self, text: str, *, duration_s: int = 180, level: str = "important") -> None:
        """Tells everybody at the event. Raises: as the box answers."""
        said = {"text": text, "level": level, "duration_s": duration_s}
        await self.web.ask("POST", f"/api/v1/events/{await self._event()}/announcements", body=said)

    async def _event(self) -> str:
        events = (await self.web.ask("GET", "/api/v1/events"))["events"]
        return str(events[0]["event"])


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
