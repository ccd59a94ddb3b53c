"""The live lane: what is on now, told to the cloud beside the journal and never behind it.

On a connection of its own, so that no batch stands before it. Only the latest counts: nothing is kept, nothing is told
twice, and what could not be told is forgotten. What is on, the box's own server says, as it says it to any phone.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

import msgspec

from appliance.clock import Clock
from appliance.domain.uplink import Uplink
from appliance.errors import Unavailable
from sync.agent.cloud import Cloud
from sync.agent.telling import Telling
from sync.agent.waking import Bell
from sync.agent.wire import Lost, Place, Wire
from sync.journal.backoff import Backoff

log = logging.getLogger(__name__)

PATH = "/v1/live"
#: a body has no more bytes
_BODY_MOST = 4096
_TEXT_MOST = 120
_SILENT = frozenset({Uplink.UNCLAIMED, Uplink.REVOKED, Uplink.REFUSED})


class _Stage(msgspec.Struct, frozen=True):
    id: str
    name: str


class _Now(msgspec.Struct, frozen=True):
    play: str
    title: str
    artist: str
    likes: int


class _State(msgspec.Struct, frozen=True):
    stage: _Stage
    now: _Now | None = None
    listeners: int = 0


class _Stages(msgspec.Struct, frozen=True):
    stages: list[_State]


class StageLive(msgspec.Struct, frozen=True):
    """One stage as it is now."""

    stage: str
    name: str
    artist: str
    title: str
    likes: int
    listeners: int
    play: str


class BoxLive(msgspec.Struct, frozen=True):
    """The box as it is now."""

    name: str
    version: str
    #: rows that wait
    backlog: int
    #: how long the oldest of them does
    oldest_wait_s: int
    disk_free: int
    disk_total: int
    clock: str
    uptime_s: int
    #: what was given up for want of room
    dropped: int


class _Body(msgspec.Struct, frozen=True):
    boot: str
    boot_ms: int
    wall_ms: int
    trust: str
    stages: list[StageLive]
    box: BoxLive
    v: int = 1


class Stages:
    """What the box's own server says of its stages."""

    def __init__(self, place: Place, *, cloud: Cloud) -> None:
        self._place, self._cloud = place, cloud
        self._wire: Wire | None = None

    async def now(self) -> list[StageLive]:
        """Every stage; none while the server does not answer."""
        try:
            if self._wire is None or not self._wire.is_open:
                self._wire = await Wire.open(self._place, context=None, pace=self._cloud.pace)
            response = await self._wire.ask("GET", "/api/v1/stages")
            said = msgspec.json.decode(bytes(response.body), type=_Stages)
        except (Lost, msgspec.DecodeError, UnicodeDecodeError):
            return []
        return [_told(state) for state in said.stages]


def _told(state: _State) -> StageLive:
    now = state.now or _Now("", "", "", 0)
    return StageLive(
        stage=state.stage.id,
        name=state.stage.name[:_TEXT_MOST],
        artist=now.artist[:_TEXT_MOST],
        title=now.title[:_TEXT_MOST],
        likes=now.likes,
        listeners=state.listeners,
        play=now.play,
    )


class LiveLane:
    """One box's."""

    def __init__(
        self,
        stages: Stages,
        *,
        box: Callable[[], Awaitable[BoxLive]],
        cloud: Cloud,
        clock: Clock,
        telling: Telling,
        link_up: Bell,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._stages, self._box, self._cloud, self._clock = stages, box, cloud, clock
        self._telling, self._link_up, self._draw = telling, link_up, draw
        self._pace = cloud.pace
        self._backoff = Backoff(base_s=self._pace.first_wait_s, most_s=self._pace.longest_wait_s)
        self._told: list[StageLive] | None = None
        self._told_s = 0.0

    async def run(self) -> None:
        """Tells until cancelled."""
        while True:
            if self._telling.now.state in _SILENT or not self._cloud.is_known:
                # The other lane finds out when somebody has acted.
                await asyncio.sleep(self._pace.live_s)
                continue
            try:
                wire = await self._cloud.connect()
            except (Lost, OSError):
                await self._rest()
                continue
            try:
                await self._tell(wire)
            except (Lost, Unavailable, OSError) as error:
                log.debug("What is on can't be told: %s", error)
            finally:
                await wire.close()
            await self._rest()

    async def _rest(self) -> None:
        self._backoff = self._backoff.failed(draw=self._draw)
        if await self._link_up.heard(self._backoff.last_s):
            self._backoff = self._backoff.forgotten()

    async def _tell(self, wire: Wire) -> None:
        """Tells what changes until the cloud does not want to hear it."""
        clock = asyncio.get_running_loop()
        while wire.is_open:
            # From question to question: a far cloud's answer takes its time, and that makes the present no older.
            next_s = clock.time() + self._pace.live_s
            stages = await self._stages.now()
            if stages != self._told or clock.time() - self._told_s >= self._pace.heartbeat_s:
                body = await self._body(stages)
                response = await self._cloud.ask(wire, "PUT", PATH, body, kind={"Content-Type": "application/json"})
                if response.status != 204:
                    return
                self._told, self._told_s = stages, clock.time()
                self._backoff = self._backoff.succeeded(now_s=clock.time())
                self._telling.reached()
            await asyncio.sleep(next_s - clock.time())

    async def _body(self, stages: list[StageLive]) -> bytes:
        now, box = self._clock.now(), await self._box()
        while True:
            body = msgspec.json.encode(_Body(now.boot, now.boot_ms, now.wall_ms, now.trust.value, stages, box))
            if len(body) <= _BODY_MOST or not stages:
                return body
            stages = stages[:-1]
