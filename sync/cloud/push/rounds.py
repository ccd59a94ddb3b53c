"""Who is sent what, when: intents in the order of their making, page by page of their audience, venues in turn.

That a message is about to be sent is written down first, so a crash costs a message and never doubles one. Only a
service that says it did not take a message is asked again, while the message is worth it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from appliance.errors import Invalid
from sync.cloud.push import endpoints, intents, letters
from sync.cloud.push.answers import Fate, Verdict
from sync.cloud.push.intents import Due, Expired, Intent
from sync.cloud.push.letters import Keys
from sync.cloud.push.posting import Message

log = logging.getLogger(__name__)

#: phones that are looked up, claimed and written to together
PAGE = 500
#: messages on the way at once, to all services
AT_ONCE = 150


@dataclass(frozen=True, slots=True)
class Waiting:
    """An intent that is not done, and whose it is."""

    org: str
    box: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class Phone:
    """A subscription of somebody in the audience."""

    id: str
    endpoint: str
    keys: Keys = field(repr=False)


class Book(Protocol):
    """What is kept of intents and phones. Each call is durable when it returns."""

    async def waiting(self) -> Sequence[Waiting]:
        """Every intent that is not done, in the order of their making."""
        ...

    async def close(self, intent: Waiting, *, why: str) -> None:
        """An intent is done: `sent`, `expired`, `replaced`."""
        ...

    async def claim(self, intent: Waiting, *, most: int, but: Sequence[str]) -> Sequence[Phone]:
        """Phones of the audience that nobody claimed for it yet, or that are to be asked again; claimed from now on.

        `but` are origins that nothing is sent to at the moment.
        """
        ...

    async def note(self, intent: Waiting, fates: Sequence[tuple[str, Fate]]) -> None:
        """What became of the messages to these phones; the subscriptions that are gone are deleted."""
        ...

    async def is_open(self, intent: Waiting) -> bool:
        """Whether some phone of its audience still waits: a service that is paused."""
        ...

    async def alarm(self, origin: str, *, fate: Fate) -> None:
        """A service refuses our key or our messages: somebody has to look."""
        ...


class Post(Protocol):
    """Sends one message. See `posting.Poster`."""

    async def post(self, message: Message) -> Verdict: ...


@dataclass(slots=True)
class Rounds:
    """One worker. Several may run, on several machines: what is claimed is nobody else's."""

    book: Book
    poster: Post
    #: the cloud's own address, such as `https://cloud.example.org`
    site: str
    #: true time, milliseconds of Unix time
    now_ms: Callable[[], int]
    #: until when nothing is sent to a service, by origin, milliseconds
    _paused: dict[str, int] = field(default_factory=dict)

    async def once(self) -> int:
        """Everything that can be sent now; how many messages services took."""
        turns: deque[deque[Waiting]] = deque()
        for org_turn in (await self._open()).values():
            turns.append(deque(org_turn))
        sent = 0
        while turns:
            mine = turns.popleft()
            taken, is_done = await self._page(mine[0])
            sent += taken
            if is_done:
                mine.popleft()
            if mine:
                turns.append(mine)
        return sent

    async def _open(self) -> dict[str, list[Waiting]]:
        """What is worth sending, by organisation. The rest is closed."""
        found: dict[str, list[Waiting]] = {}
        newest: dict[tuple[str, str, str], Waiting] = {}
        for one in await self.book.waiting():
            # In the order of their making, so a later one takes the earlier one's place.
            key = (one.org, one.box, intents.topic(one.intent))
            if key in newest:
                await self.book.close(newest.pop(key), why="replaced")
            newest[key] = one
        for one in newest.values():
            found.setdefault(one.org, []).append(one)
        return found

    async def _page(self, one: Waiting) -> tuple[int, bool]:
        """One page of an intent's audience: how many were sent, and whether the intent has its turn behind it."""
        match intents.timing(one.intent, now_ms=self.now_ms()):
            case Expired():
                await self.book.close(one, why="expired")
                return 0, True
            case Due(ttl_s=ttl_s):
                phones = await self.book.claim(one, most=PAGE, but=self._silent())
        if not phones:
            if not await self.book.is_open(one):
                await self.book.close(one, why="sent")
            return 0, True
        fates = await self._send(one.intent, phones, ttl_s=ttl_s)
        await self.book.note(one, fates)
        return sum(fate is Fate.SENT for _, fate in fates), False

    def _silent(self) -> list[str]:
        now = self.now_ms()
        self._paused = {origin: until for origin, until in self._paused.items() if until > now}
        return list(self._paused)

    async def _send(self, intent: Intent, phones: Sequence[Phone], *, ttl_s: int) -> list[tuple[str, Fate]]:
        gate = asyncio.Semaphore(AT_ONCE)
        topic = intents.topic(intent)
        plain = letters.plain_text(intent, site=self.site, tag=topic)

        async def one(phone: Phone) -> tuple[str, Fate]:
            async with gate:
                return phone.id, await self._send_to(phone, plain, intent=intent, ttl_s=ttl_s)

        return list(await asyncio.gather(*(one(phone) for phone in phones)))

    async def _send_to(self, phone: Phone, plain: bytes, *, intent: Intent, ttl_s: int) -> Fate:
        origin = endpoints.origin_of(phone.endpoint)
        if origin in self._paused:
            return Fate.PAUSED
        try:
            body = letters.seal(plain, phone.keys)
        except Invalid:
            return Fate.GONE
        message = Message(phone.endpoint, body, ttl_s, intents.topic(intent), intent.urgency.value)
        verdict = await self.poster.post(message)
        await self._learn(origin, verdict)
        return verdict.fate

    async def _learn(self, origin: str, verdict: Verdict) -> None:
        if not verdict.wait_s:
            return
        is_news = origin not in self._paused
        self._paused[origin] = max(self._paused.get(origin, 0), self.now_ms() + int(verdict.wait_s * 1000))
        if is_news:
            log.warning("Push: nothing is sent to %s for %d s (%s).", origin, verdict.wait_s, verdict.fate.value)
        if is_news and verdict.fate is Fate.REFUSED:
            await self.book.alarm(origin, fate=verdict.fate)
