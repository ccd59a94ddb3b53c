"""Carries the journal to the box: oldest first, in batches, until the box says that it is durable there.

Owns one box's conversation and nothing else: what is kept and forgotten is the store's, what an answer means is
`sync.journal.sending`. Never gives up and never hurries: waits grow while nobody answers, and a new play or a box that
came back ends a wait at once.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from appliance.clock import Clock
from sync.journal.answers import ANSWER_MOST, Acked, NoAnswer, Outcome, read_answer
from sync.journal.backoff import Backoff
from sync.journal.batches import CONTENT_TYPE, ZSTD, Sent, pack
from sync.journal.entries import Position
from sync.journal.sending import Next, Sending
from sync.link.asides import KeptAside, words_of_line
from sync.link.calls import Caller, NotAnswered, TooSlow
from sync.link.store.database import ASIDES_MOST, History, LinkStore

log = logging.getLogger(__name__)

#: entries read at once; a batch ends earlier when it has its bytes
_LINES_MOST = 5000
#: an entry packs to about a sixth; more is sent than hoped for only in the first batches
_PACKS_TO = 6
_CONNECT_S, _ANSWER_S = 10.0, 20.0
#: while nothing waits, how often to look whether somebody wrote: a play that another process added
_LOOK_EVERY_S = 1.0
#: while nothing waits, how often to say that the DJ's laptop is still there: the box waits five minutes for a word
_ALIVE_EVERY_S = 60.0
#: after a refusal that only a person can mend
_ALARM_WAIT_S = 60.0


class Mood(StrEnum):
    """How it goes, for `status` and the booth."""

    #: everything kept is durable at the box
    DONE = "done"
    SENDING = "sending"
    #: nobody answers; plays are kept
    WAITING = "waiting"
    #: somebody has to act
    REFUSED = "refused"


@dataclass(slots=True)
class Progress:
    """What the DJ is told."""

    mood: Mood = Mood.WAITING
    #: entries that are not acknowledged
    waiting: int = 0
    #: why, in words
    reason: str = ""
    #: the box is not there, and somebody with another key is in its place
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """Where a box takes batches, and how it knows us."""

    box_id: str
    #: such as `https://192.168.1.5:8470`
    url: str
    token: str = field(repr=False)


@dataclass(slots=True)
class Carrier:
    """The conversation with one box."""

    store: LinkStore
    clock: Clock
    program: str
    #: a client that only talks to this very box
    client: Caller
    door: Door
    progress: Progress = field(default_factory=Progress)
    draw: Callable[[float, float], float] = random.uniform
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _backoff: Backoff = field(default_factory=Backoff)
    _batch_bytes: int | None = None
    #: when the box last heard of us, on the loop's clock
    _heard_s: float = 0.0

    def wake(self) -> None:
        """Something was kept, or the box may be back: no more waiting."""
        self._wake.set()

    async def run(self) -> None:
        """Carries until cancelled."""
        while True:
            history = self.store.history(self.door.box_id)
            self.progress.waiting = history.waiting
            if history.waiting == 0:
                self.progress.mood = Mood.DONE
                await self._say_alive()
                await self._rest(_LOOK_EVERY_S)
                continue
            await self._send(history)

    async def _say_alive(self) -> None:
        """Now and then, so that a long track is not taken for a lost connection. Nobody minds when it fails."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._heard_s < _ALIVE_EVERY_S:
            return
        self._heard_s = now_s
        try:
            await self.client.ask(
                "POST", f"{self.door.url}/api/v1/links/alive", most=ANSWER_MOST, within_s=_CONNECT_S, headers=self._key
            )
        except NotAnswered as error:
            log.debug("The box did not hear that we are there: %s.", error.why)

    @property
    def _key(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.door.token}"}

    async def _rest(self, seconds: float) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _sending(self, history: History) -> Sending:
        sending = Sending(history.acked, history.last.seq)
        return replace(sending, batch_bytes=self._batch_bytes) if self._batch_bytes else sending

    async def _send(self, history: History) -> None:
        sending = self._sending(history)
        body, start = self._body(history, sending)
        outcome = await self._ask(body, epoch=history.epoch)
        step = sending.heard(outcome, chain_at=lambda seq: self.store.chain_at(self.door.box_id, seq))
        if isinstance(outcome, NoAnswer) and outcome.why == "timeout":
            step = replace(step, sending=step.sending.timed_out())
        self._batch_bytes = step.sending.batch_bytes
        if isinstance(outcome, Acked):
            self._note_asides(outcome, history=history, upto=step.sending.acked.seq)
        if step.sending.acked != start:
            self.store.acked(self.door.box_id, step.sending.acked)
        await self._act(step.next, wait_s=step.wait_s, reason=step.reason, outcome=outcome)

    def _note_asides(self, outcome: Acked, *, history: History, upto: int) -> None:
        """What the box has and could not use, out of what it acknowledges now. More than that it can't mean."""
        known = {one.seq: one.code for one in outcome.kept_aside if history.acked.seq < one.seq <= upto}
        found = [self._aside(history, seq, known[seq]) for seq in sorted(known)[-ASIDES_MOST:]]
        if found:
            self.store.keep_asides(found)
        for one in found:
            log.warning("The box could not use %s (%s): %s.", one.words or "an entry", one.kind, one.code)

    def _aside(self, history: History, seq: int, code: str) -> KeptAside:
        lines = self.store.lines_after(history.box, seq - 1, most=1)
        kind, words = words_of_line(lines[0], seq=seq, words_of_play=self.store.words_of_play) if lines else ("", "")
        return KeptAside(history.box, history.epoch, seq, code, kind, words, self.clock.now().wall_ms)

    async def _act(self, following: Next, *, wait_s: float, reason: str, outcome: Outcome) -> None:
        match following:
            case Next.SEND | Next.WAIT:
                self._backoff = self._backoff.succeeded(now_s=asyncio.get_running_loop().time())
                self.progress.mood = Mood.SENDING
                self.progress.reason = ""
                if following is Next.WAIT and wait_s:
                    await self._rest(wait_s)
            case Next.BACK_OFF:
                self._backoff = self._backoff.failed(draw=self.draw)
                self.progress.mood = Mood.WAITING
                self.progress.reason = outcome.why if isinstance(outcome, NoAnswer) else "the box asks to wait"
                await self._rest(self._backoff.last_s)
            case Next.NEW_EPOCH:
                log.warning("The box's history is not ours (%s): what waits is sent under a new one.", reason or "fork")
                self.store.begin_epoch(self.door.box_id)
            case Next.ALARM:
                self.progress.mood = Mood.REFUSED
                self.progress.reason = reason
                log.error("The box refuses: %s. Plays are kept.", reason)
                await self._rest(_ALARM_WAIT_S)

    def _body(self, history: History, sending: Sending) -> tuple[bytes, Position]:
        lines = self.store.lines_after(history.box, history.acked.seq, most=_LINES_MOST)
        total, count = 0, 0
        for line in lines:
            total += len(line)
            if count and total > sending.batch_bytes * _PACKS_TO:
                break
            count += 1
        now = self.clock.now()
        body, _ = pack(
            lines[:count],
            source=self.store.install_id,
            epoch=history.epoch,
            start=history.acked,
            sent=Sent(boot=now.boot, boot_ms=now.boot_ms, wall_ms=now.wall_ms, trust=now.trust.value),
            program=self.program,
        )
        return body, history.acked

    async def _ask(self, body: bytes, *, epoch: str) -> Outcome:
        self._heard_s = asyncio.get_running_loop().time()
        try:
            heard = await self.client.ask(
                "POST",
                f"{self.door.url}/api/v1/links/journal",
                content=body,
                most=ANSWER_MOST,
                within_s=_CONNECT_S + _ANSWER_S,
                headers={
                    "content-type": CONTENT_TYPE,
                    "content-encoding": ZSTD,
                    **self._key,
                },
            )
        except TooSlow:
            return NoAnswer("timeout")
        except NotAnswered as error:
            return NoAnswer(error.why)
        return read_answer(
            heard.status,
            body=heard.body,
            content_type=heard.headers.get("content-type", ""),
            epoch=epoch,
            retry_after=heard.headers.get("retry-after", ""),
        )
