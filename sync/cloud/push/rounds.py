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

from appliance.errors import Invalid, Unavailable
from sync.cloud.push import endpoints, intents, letters
from sync.cloud.push.answers import Fate, Verdict
from sync.cloud.push.intents import Due, Expired, Intent
from sync.cloud.push.letters import Keys
from sync.cloud.push.posting import Letter, Message

log = logging.getLogger(__name__)

#: phones that are looked up together
AUDIENCE = 1_000
#: phones that are claimed and written to together: what a crash may cost
PAGE = 200
#: pages on their way at once, and messages of each
PAGES, AT_ONCE = 3, 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """An intent that is not done, and whose it is."""

    org: str
    box: str
    intent: Intent
    #: when the cloud had it, milliseconds of true Unix time
    read_ms: int


#: pages on their way
Pages = dict["asyncio.Task[int]", Waiting]


@dataclass(frozen=True, slots=True)
class Phone:
    """A browser of somebody in the audience."""

    #: of its endpoint: the same by whatever link it came
    id: str
    endpoint: str
    keys: Keys = field(repr=False)


@dataclass(slots=True)
class _Turn:
    """An intent on its way through its audience."""

    of: Waiting
    #: looked up and not claimed yet
    audience: deque[Phone] = field(default_factory=deque)


class Book(Protocol):
    """What is kept of intents and phones. Each call is durable when it returns."""

    async def waiting(self) -> Sequence[Waiting]:
        """Every intent that is not done, in the order of their making."""
        ...

    async def close(self, intent: Waiting, *, why: str) -> None:
        """An intent is done: `sent`, `expired`, `replaced`. The first word counts."""
        ...

    async def audience(self, intent: Waiting, *, most: int, but: Sequence[str]) -> Sequence[Phone]:
        """Phones of the audience that nobody claimed for it yet, or that are to be asked again.

        `but` are origins that nothing is sent to at the moment.
        """
        ...

    async def claim(self, intent: Waiting, phones: Sequence[Phone]) -> Sequence[Phone]:
        """Those of these phones that nobody else has claimed for it meanwhile; they are ours from now on.

        None of them once it is done: its box may have retracted it.
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
    #: services that refused us and that nobody was told of yet
    _refused: set[str] = field(default_factory=set)
    #: no new page is begun; what is on its way is sent
    is_stopping: bool = False

    async def once(self) -> int:
        """Everything that can be sent now; how many messages services took.

        Raises: Unavailable in an ExceptionGroup, once all that was claimed before is sent.
        """
        sending: Pages = {}
        async with asyncio.TaskGroup() as group:
            try:
                return await self._turns(group, sending)
            except Unavailable:
                await _ended(sending)
                raise

    async def _turns(self, group: asyncio.TaskGroup, sending: Pages) -> int:
        turns = deque(deque(map(_Turn, mine)) for mine in (await self._open()).values())
        sent = 0
        while turns and not self.is_stopping:
            mine = turns.popleft()
            if task := await self._page(mine[0], group):
                sending[task] = mine[0].of
                # While some pages are on their way the next is looked up.
                sent += await _ended(sending, most=PAGES - 1)
            else:
                sent += await _ended(sending, of=mine[0].of)
                await self._finish(mine.popleft().of)
            if mine:
                turns.append(mine)
        return sent + await _ended(sending)

    async def _open(self) -> dict[str, list[Waiting]]:
        """What is worth sending, by organisation. The rest is closed."""
        found: dict[str, list[Waiting]] = {}
        newest: dict[tuple[str, str, str], Waiting] = {}
        for one in await self.book.waiting():
            if not await self._is_due(one):
                continue
            # In the order of their making, so a later one takes the earlier one's place.
            key = (one.org, one.box, intents.topic(one.intent))
            if key in newest:
                await self.book.close(newest.pop(key), why="replaced")
            newest[key] = one
        for one in newest.values():
            found.setdefault(one.org, []).append(one)
        return found

    async def _is_due(self, one: Waiting) -> bool:
        timing = intents.timing(one.intent, read_ms=one.read_ms, now_ms=self.now_ms())
        if isinstance(timing, Expired):
            await self.book.close(one, why="expired")
        return isinstance(timing, Due)

    async def _page(self, turn: _Turn, group: asyncio.TaskGroup) -> "asyncio.Task[int] | None":
        """The next page of an intent's audience, on its way; None when there is none left at the moment."""
        one = turn.of
        while isinstance(due := intents.timing(one.intent, read_ms=one.read_ms, now_ms=self.now_ms()), Due):
            silent = self._silent()
            if not turn.audience:
                turn.audience.extend(await self.book.audience(one, most=AUDIENCE, but=silent))
            if not turn.audience:
                return None
            some = [turn.audience.popleft() for _ in range(min(PAGE, len(turn.audience)))]
            phones = [phone for phone in some if endpoints.origin_of(phone.endpoint) not in silent]
            if mine := await self.book.claim(one, phones):
                return group.create_task(self._send(one, mine, ttl_s=due.ttl_s))
        return None

    async def _finish(self, one: Waiting) -> None:
        """After the last page of an intent, once all of them were answered."""
        if await self._is_due(one) and not await self.book.is_open(one):
            await self.book.close(one, why="sent")

    def _silent(self) -> list[str]:
        now = self.now_ms()
        self._paused = {origin: until for origin, until in self._paused.items() if until > now}
        return list(self._paused)

    async def _send(self, one: Waiting, phones: Sequence[Phone], *, ttl_s: int) -> int:
        intent = one.intent
        topic = intents.topic(intent)
        plain = letters.plain_text(intent, site=self.site, tag=topic)
        letter = Letter(ttl_s, topic, intent.urgency.value)
        left = deque(phones)
        fates: list[tuple[str, Fate]] = []

        async def carry() -> None:
            while left:
                phone = left.popleft()
                fates.append((phone.id, await self._send_to(phone, plain, letter)))

        async with asyncio.TaskGroup() as carriers:
            for _ in range(min(AT_ONCE, len(phones))):
                carriers.create_task(carry())
        await self._note(one, fates)
        return sum(fate is Fate.SENT for _, fate in fates)

    async def _note(self, one: Waiting, fates: Sequence[tuple[str, Fate]]) -> None:
        refused, self._refused = self._refused, set()
        try:
            await self.book.note(one, fates)
            for origin in refused:
                await self.book.alarm(origin, fate=Fate.REFUSED)
        except Unavailable as error:
            # They are claimed, so nobody gets one twice.
            log.warning("Push: what became of %d messages is not noted. %s", len(fates), error)

    async def _send_to(self, phone: Phone, plain: bytes, letter: Letter) -> Fate:
        origin = endpoints.origin_of(phone.endpoint)
        if origin in self._paused:
            return Fate.PAUSED
        try:
            body = letters.seal(plain, phone.keys)
        except Invalid:
            return Fate.GONE
        verdict = await self.poster.post(Message(phone.endpoint, body, letter))
        self._learn(origin, verdict)
        return verdict.fate

    def _learn(self, origin: str, verdict: Verdict) -> None:
        if not verdict.wait_s:
            return
        is_news = origin not in self._paused
        self._paused[origin] = max(self._paused.get(origin, 0), self.now_ms() + int(verdict.wait_s * 1000))
        if is_news:
            log.warning("Push: nothing is sent to %s for %d s (%s).", origin, verdict.wait_s, verdict.fate.value)
        if is_news and verdict.fate is Fate.REFUSED:
            self._refused.add(origin)


async def _ended(sending: Pages, *, most: int = 0, of: Waiting | None = None) -> int:
    """Waits until at most `most` pages, and none of the intent `of`, are on their way; what services took of those."""
    sent = 0
    while len(sending) > most if of is None else of in sending.values():
        for task in (await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED))[0]:
            del sending[task]
            sent += task.result()
    return sent
