"""How a DJ's program speaks to the box: the same five requests over HTTP and over MQTT."""

from dataclasses import dataclass
from typing import Protocol

from appliance.bus.dj_client import DjClient
from appliance.demo.songs import Song
from appliance.demo.web_client import WebClient
from appliance.domain.topics import DjAction


class Desk(Protocol):
    """One DJ's program. Every request raises Unavailable when it may be sent again, else Refused."""

    async def start(self, stage: str) -> None:
        """Begins a set."""
        ...

    async def play(self, song: Song, *, play_id: str) -> None:
        """Says what is heard. Again with the same id is the same play."""
        ...

    async def stop(self) -> None:
        """Says that nothing is heard."""
        ...

    async def alive(self) -> None:
        """Gives a sign of life."""
        ...

    async def end(self) -> None:
        """Ends the set."""
        ...


def _fields(song: Song, play_id: str) -> dict[str, object]:
    known = {"title": song.title, "artist": song.artist, "id": play_id, "bpm": song.bpm, "key": song.key}
    return {name: value for name, value in known.items() if value is not None}


@dataclass(slots=True)
class HttpDesk:
    """Through `/api/v1`."""

    web: WebClient
    session: str = ""

    async def start(self, stage: str) -> None:
        answer = await self.web.ask("POST", f"/api/v1/stages/{stage}/sessions", body={})
        self.session = answer["session"]["id"]

    async def play(self, song: Song, *, play_id: str) -> None:
        await self._post("plays", body=_fields(song, play_id))

    async def stop(self) -> None:
        await self._post("stop")

    async def alive(self) -> None:
        await self._post("alive")

    async def end(self) -> None:
        await self._post("end")

    async def _post(self, what: str, *, body: object = None) -> None:
        await self.web.ask("POST", f"/api/v1/sessions/{self.session}/{what}", body=body)


@dataclass(slots=True)
class MqttDesk:
    """Through `pika/v1/dj/<name>/...`."""

    client: DjClient
    stage: str = ""

    async def start(self, stage: str) -> None:
        self.stage = stage
        await self.client.ask(DjAction.START, {"stage": stage})

    async def play(self, song: Song, *, play_id: str) -> None:
        await self.client.ask(DjAction.PLAY, {"stage": self.stage, **_fields(song, play_id)})

    async def stop(self) -> None:
        await self.client.ask(DjAction.STOP, {"stage": self.stage})

    async def alive(self) -> None:
        await self.client.ask(DjAction.ALIVE, {"stage": self.stage})

    async def end(self) -> None:
        await self.client.ask(DjAction.END, {"stage": self.stage})
