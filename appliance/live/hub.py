"""All open streams of the box, by stage.

Owns who listens where; the frames are `Channel`'s business and what is in them the `Board`'s. Never awaits a phone.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from appliance.domain.live_state import Lane
from appliance.errors import Unavailable
from appliance.limits import LimitsSection
from appliance.live.channel import Channel, Subscriber

#: proof of life that scripts can see (comments they can't), and the way to find dead peers
BEAT_EVERY_S = 15.0
_UNKNOWN = "stream-"
_NUMBERED = frozenset({Lane.NOW, Lane.SESSION})

OnListeners = Callable[[str, int], None]


def _who(subscriber: Subscriber) -> str:
    """The person behind a stream; one without a cookie counts by the stream."""
    return subscriber.guest_id or f"{_UNKNOWN}{id(subscriber)}"


def _limited(subscriber: Subscriber) -> list[tuple[str, str]]:
    """What a stream counts against."""
    return [("guest", subscriber.guest_id or ""), ("address", subscriber.address)]


class Hub:
    """The box's event streams."""

    def __init__(self, limits: LimitsSection) -> None:
        self._run = secrets.token_hex(4)
        self._channels: dict[str, Channel] = defaultdict(lambda: Channel(run=self._run))
        self._guests: dict[str, Counter[str]] = defaultdict(Counter)
        self._limits = limits
        self._open: Counter[tuple[str, str]] = Counter()
        self._beat: asyncio.Task[None] | None = None
        self._on_listeners: OnListeners | None = None
        self._closing = False

    def start(self, *, on_listeners: OnListeners) -> None:
        """Begins to beat; `on_listeners` hears how many people watch a stage when that changes."""
        self._on_listeners = on_listeners
        self._beat = asyncio.get_running_loop().create_task(self._beat_forever(), name="live-beat")

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if self._beat is not None and self._beat.done() and not self._closing:
            return "The live stream stopped beating; phones may not notice a lost connection. Restart the box."
        return None

    def tell(self, stage_id: str, lane: Lane, data: bytes) -> None:
        """Sends one lane to everyone at the stage."""
        self._channels[stage_id].send(lane.value, data, numbered=lane in _NUMBERED)

    def last_id(self, stage_id: str) -> str:
        """Where a page that is drawn now can resume from."""
        return self._channels[stage_id].last_id

    def missed_since(self, stage_id: str, last_id: str | None) -> list[bytes] | None:
        """See `Channel.missed_since`."""
        return self._channels[stage_id].missed_since(last_id)

    def check_room(self, guest_id: str | None, *, address: str = "") -> None:
        """Refuses a stream beyond the limits. A whole hall may come from one address, so that limit is a hall's.

        Raises: Unavailable with the code `streams_full`, `streams_per_guest` or `streams_per_address`.
        """
        if self._closing:
            raise Unavailable("box_stopping", "The box is stopping.", advice="Try again in a moment.")
        if self.streams() >= self._limits.streams:
            raise Unavailable("streams_full", "Too many phones are connected at once.", advice="The page asks again.")
        if guest_id and self._open["guest", guest_id] >= self._limits.streams_per_guest:
            raise Unavailable("streams_per_guest", "This phone has too many pages open.", advice="Close some of them.")
        if address and self._open["address", address] >= self._limits.streams_per_address:
            raise Unavailable("streams_per_address", "Too many streams come from this address.", advice="Wait a while.")

    def join(self, stage_id: str, subscriber: Subscriber) -> None:
        """Adds an open stream to a stage."""
        self._channels[stage_id].subscribers.add(subscriber)
        self._open.update(_limited(subscriber))
        if subscriber.listens:
            self._guests[stage_id][_who(subscriber)] += 1
        self._count(stage_id)

    def leave(self, stage_id: str, subscriber: Subscriber) -> None:
        """Forgets a stream that ended."""
        self._channels[stage_id].subscribers.discard(subscriber)
        for limited in _limited(subscriber):
            self._open[limited] -= 1
            if self._open[limited] <= 0:
                del self._open[limited]
        if subscriber.listens:
            guests = self._guests[stage_id]
            guests[_who(subscriber)] -= 1
            if guests[_who(subscriber)] <= 0:
                del guests[_who(subscriber)]
        self._count(stage_id)

    def _count(self, stage_id: str) -> None:
        if self._on_listeners is not None and not self._closing:
            self._on_listeners(stage_id, len(self._guests[stage_id]))

    def guests(self) -> Iterator[tuple[str, Iterable[str]]]:
        """Who has a stream open now, by stage: guests whom the box knows, and no DJ's console."""
        for stage_id, who in self._guests.items():
            yield stage_id, (one for one in who if not one.startswith(_UNKNOWN))

    def streams(self) -> int:
        """Open streams now."""
        return sum(len(channel.subscribers) for channel in self._channels.values())

    def delivered(self) -> int:
        """Messages written to phones since the start."""
        return sum(channel.delivered for channel in self._channels.values())

    def cut(self) -> int:
        """Phones cut because they fell behind, since the start."""
        return sum(channel.cut for channel in self._channels.values())

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            for channel in list(self._channels.values()):
                channel.send("beat", b"{}", numbered=False)

    def close(self) -> None:
        """Ends every stream, so that the server can leave."""
        self._closing = True
        if self._beat is not None:
            self._beat.cancel()
        for channel in self._channels.values():
            channel.close()
