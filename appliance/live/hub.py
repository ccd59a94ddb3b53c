"""All open streams of the box, by topic: a stage's stream is told what is said of the stage and what of its event.

Owns who listens where; the frames are `Channel`'s business and what is in them the `Board`'s. Never awaits a phone.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from appliance.domain import topics
from appliance.domain.live_state import FOR_CREW, NUMBERED, EventLane, Lane
from appliance.errors import Unavailable
from appliance.limits import LimitsSection
from appliance.live.channel import Channel, Subscriber, chunk, sse

#: proof of life that scripts can see (comments they can't), and the way to find dead peers
BEAT_EVERY_S = 15.0
_BEAT = "beat", b"{}"
#: what a stream begins with when there is nothing else to say
NOTHING_NEW = sse(*_BEAT)
_UNKNOWN = "stream-"
_STAGES = "stage/"

#: a topic and how many people are there
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
        # Each with a mark of its own: an id of what insiders were told is none of what everybody was.
        self._channels: dict[str, Channel] = defaultdict(lambda: Channel(run=secrets.token_hex(4)))
        self._guests: dict[str, Counter[str]] = defaultdict(Counter)
        self._limits = limits
        self._open: Counter[tuple[str, str]] = Counter()
        self._beat: asyncio.Task[None] | None = None
        self._on_listeners: OnListeners | None = None
        self._closing = False

    def start(self, *, on_listeners: OnListeners) -> None:
        """Begins to beat; `on_listeners` hears how many people follow a topic when that may have changed."""
        self._on_listeners = on_listeners
        self._beat = asyncio.get_running_loop().create_task(self._beat_forever(), name="live-beat")

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if self._beat is not None and self._beat.done() and not self._closing:
            return "The live stream stopped beating; phones may not notice a lost connection. Restart the box."
        return None

    def tell(self, topic: str, lane: Lane | EventLane, data: bytes) -> None:
        """Sends one lane to everyone at the topic whom it is for."""
        heard_at = topics.of_crew(topic) if lane in FOR_CREW else topic
        self._channels[heard_at].send(lane.value, data, numbered=lane in NUMBERED)

    def move(self, before: str, after: str, frames: Sequence[tuple[str, bytes]]) -> None:
        """Takes all streams from one topic to another, with what that one has shown so far: event names and JSON.

        What was on its way to them by the old topic is dropped: it may be none of their business any more.
        """
        (first, whole), *rest = frames
        told = [sse(first, whole, event_id=self.last_id(after)), *(sse(name, data) for name, data in rest)]
        frame = b"".join(told)
        for subscriber in self._moved(before, after):
            if not subscriber.wire.is_closing():
                subscriber.wire.write(chunk(frame) if subscriber.chunked else frame)
        self._moved(topics.of_crew(before), topics.of_crew(after))

    def _moved(self, before: str, after: str) -> list[Subscriber]:
        left = self._channels.pop(before).empty() if before in self._channels else []
        for subscriber in left:
            subscriber.topics = tuple(after if topic == before else topic for topic in subscriber.topics)
        self._channels[after].subscribers.update(left)
        return left

    def forget(self, topic: str) -> None:
        """Streams that come back are not told what a topic was told so far: it is nobody's business any more."""
        for heard_at in (topic, topics.of_crew(topic)):
            if heard_at in self._channels:
                self._channels[heard_at].forget()

    def last_id(self, topic: str) -> str:
        """Where a page that is drawn now can resume from."""
        return self._channels[topic].last_id

    def missed_since(self, topic: str, last_id: str | None) -> list[bytes] | None:
        """See `Channel.missed_since`."""
        return self._channels[topic].missed_since(last_id)

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

    def join(self, subscriber: Subscriber) -> None:
        """Adds an open stream to its topics."""
        self._open.update(_limited(subscriber))
        for topic in subscriber.topics:
            self._channels[topic].subscribers.add(subscriber)
            everybody = topics.everybody(topic)
            if subscriber.listens:
                self._guests[everybody][_who(subscriber)] += 1
            self._count(everybody)

    def leave(self, subscriber: Subscriber) -> None:
        """Forgets a stream that ended."""
        for limited in _limited(subscriber):
            self._open[limited] -= 1
            if self._open[limited] <= 0:
                del self._open[limited]
        for topic in subscriber.topics:
            self._channels[topic].subscribers.discard(subscriber)
            everybody = topics.everybody(topic)
            if subscriber.listens:
                guests = self._guests[everybody]
                guests[_who(subscriber)] -= 1
                if guests[_who(subscriber)] <= 0:
                    del guests[_who(subscriber)]
            self._count(everybody)

    def _count(self, topic: str) -> None:
        if self._on_listeners is not None and not self._closing:
            self._on_listeners(topic, len(self._guests[topic]))

    def guests(self) -> Iterator[tuple[str, Iterable[str]]]:
        """Who has a stream open now, by stage: guests whom the box knows, and no DJ's console."""
        for topic, who in self._guests.items():
            if topic.startswith(_STAGES):
                yield topic.removeprefix(_STAGES), (one for one in who if not one.startswith(_UNKNOWN))

    def guests_at(self, topic: str) -> frozenset[str]:
        """Who has a stream open at a topic now."""
        channel = self._channels.get(topic)
        there = channel.subscribers if channel is not None else ()
        return frozenset(one.guest_id for one in there if one.listens and one.guest_id is not None)

    def _stages(self) -> Iterator[Channel]:
        """The channels of stages: each stream is in exactly one of them."""
        return (channel for topic, channel in self._channels.items() if topic.startswith(_STAGES))

    def streams(self) -> int:
        """Open streams now."""
        return sum(len(channel.subscribers) for channel in self._stages())

    def delivered(self) -> int:
        """Messages written to phones since the start."""
        return sum(channel.delivered for channel in self._channels.values())

    def cut(self) -> int:
        """Phones cut because they fell behind, since the start."""
        return sum(channel.cut for channel in self._channels.values())

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            for channel in list(self._stages()):
                channel.send(*_BEAT, numbered=False)

    def close(self) -> None:
        """Ends every stream, so that the server can leave."""
        self._closing = True
        if self._beat is not None:
            self._beat.cancel()
        for channel in self._stages():
            channel.close()
