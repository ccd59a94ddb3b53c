"""The log lane: carries the journal to the cloud, oldest first, until the cloud says that it is durable there.

What is told is `history`'s, what an answer means is `sync.journal.sending`'s; here is the conversation: several batches
on their way at once on one connection, and waits that grow while nobody answers. Never gives up, never hurries.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from appliance.clock import Clock
from appliance.domain.uplink import Uplink
from appliance.errors import Unavailable
from sync.agent.anchors import Anchors
from sync.agent.cloud import Cloud
from sync.agent.history import History, Piece
from sync.agent.sender import Sender
from sync.agent.telling import Telling
from sync.agent.trust import Heard
from sync.agent.waking import Bell, Worker
from sync.agent.wire import DatesWrong, Lost, Response, Wire
from sync.journal.answers import Acked, NoAnswer, Outcome, Stopped, TooLarge, read_answer
from sync.journal.backoff import Backoff
from sync.journal.batches import CONTENT_TYPE, GZIP, ZSTD
from sync.journal.sending import Next

log = logging.getLogger(__name__)

INGEST, CURSOR = "/v1/ingest", "/v1/cursor"
#: refusals that end when the organiser has typed the box's code
UNCLAIMED = frozenset({"key_unknown", "box_unknown", "box_unclaimed"})
REVOKED = "key_revoked"
#: what came was not what was sent: somebody between the two, and mostly over at once
GARBLED = "signature_wrong"
#: a code that counts for less than this is renewed before anybody starts to type it
_CODE_LEFT_S = 120.0


class After(Enum):
    """How a conversation ended."""

    #: something is different now: at once
    AGAIN = "again"
    #: after a wait that grows
    BACK_OFF = "back_off"
    #: after the wait that is noted
    REST = "rest"
    #: everything is there: when something else is
    DONE = "done"


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch on its way."""

    piece: Piece
    #: bytes as sent
    size: int
    answer: "asyncio.Future[Response]"


@dataclass(frozen=True, slots=True)
class Who:
    """What the box says of itself."""

    #: its name for people
    name: str
    #: name and version of this program
    program: str
    version: str


class LogLane:
    """One box's."""

    def __init__(
        self,
        history: History,
        *,
        worker: Worker,
        cloud: Cloud,
        clock: Clock,
        telling: Telling,
        anchors: Anchors,
        who: Who,
        link_up: Bell,
        written: Bell,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """`link_up` rings when the internet may be there, `written` when the database has changed."""
        self._history, self._worker, self._cloud, self._clock = history, worker, cloud, clock
        self._telling, self._anchors, self._who = telling, anchors, who
        self._link_up, self._written, self._draw = link_up, written, draw
        self._pace = cloud.pace
        self._backoff = Backoff(
            base_s=self._pace.first_wait_s, most_s=self._pace.longest_wait_s, stable_s=self._pace.stable_s
        )
        self._flight: deque[_Batch] = deque()
        self._sender = Sender(history, clock=clock, program=who.program, deaths=self._pace.deaths)
        self._rest_s = 0.0
        self._not_before_s = 0.0
        self._wire: Wire | None = None
        self._has_moved = False

    async def run(self) -> None:
        """Carries until cancelled."""
        while True:
            after = await self._conversation()
            self._flight.clear()
            if after is After.DONE:
                await self._until_more()
            elif after is After.REST:
                await self._rest(self._rest_s)
            elif after is After.BACK_OFF or not self._has_moved:
                self._backoff = self._backoff.failed(draw=self._draw)
                await self._rest(self._backoff.last_s)

    async def _rest(self, seconds: float) -> None:
        if await self._link_up.heard(seconds):
            self._backoff = self._backoff.forgotten()

    async def _until_more(self) -> None:
        """Everything is there. A database that has changed ends it, if its journal has."""
        while not await self._waits():
            self._telling.progressed(self._sender.acked.journal_seq)
            await self._written.heard(self._pace.heartbeat_s)

    async def _waits(self) -> bool:
        return await self._worker.do(self._sender.waits)

    async def _conversation(self) -> After:
        self._has_moved = False
        try:
            wire = await self._cloud.connect()
        except Lost as lost:
            state = Uplink.CLOCK if isinstance(lost, DatesWrong) else Uplink.OFFLINE
            self._telling.say(state, reason=lost.code)
            return After.BACK_OFF
        except OSError as error:
            log.warning("The box has no key for the cloud: %s", error)
            return After.BACK_OFF
        self._wire = wire
        try:
            return await self._resume(wire) or await self._carry(wire)
        except Lost as lost:
            await self._lost(lost)
            return After.AGAIN
        except (Unavailable, OSError) as error:
            log.warning("The journal can't be carried now: %s", error)
            self._telling.say(Uplink.OFFLINE, reason="store")
            return After.BACK_OFF
        finally:
            await wire.close()

    async def _lost(self, lost: Lost) -> None:
        self._telling.say(Uplink.OFFLINE, reason=lost.code)
        if not self._flight:
            return
        if lost.code == "timeout":
            self._sender.timed_out()
        elif lost.code == "closed":
            return
        piece = self._flight[0].piece
        if self._sender.poison.died(piece):
            await self._stand_in(piece)

    async def _stand_in(self, piece: Piece) -> None:
        await self._worker.do(lambda: self._history.stand_in(piece))
        self._telling.kept_back(self._history.kept_back)

    async def _resume(self, wire: Wire) -> After | None:
        """Asks how far the cloud is, which alone says where to go on; None to go on."""
        if not self._cloud.is_known and (after := await self._introduce(wire)):
            return after
        if self._cloud.wants_new_key and await self._cloud.change_key(wire):
            self._has_moved = True
            return After.AGAIN
        # The database may be another one by now.
        await self._waits()
        before = self._clock.now()
        epoch = self._history.told.epoch
        response = await self._cloud.ask(wire, "GET", f"{CURSOR}?epoch={epoch}")
        outcome = _outcome(response, epoch=epoch)
        if isinstance(outcome, Acked):
            await self._anchor(outcome.server_ms, since_ms=before.boot_ms)
        if isinstance(outcome, Stopped) and outcome.code in UNCLAIMED | {REVOKED}:
            return await self._introduce(wire, was_revoked=outcome.code == REVOKED) or After.AGAIN
        return await self._act(outcome, batch=None)

    async def _anchor(self, server_ms: int, *, since_ms: int) -> None:
        now = self._clock.now()
        error_ms = max(1, (now.boot_ms - since_ms) // 2)
        heard = Heard(now.boot, since_ms + error_ms, server_ms, error_ms)
        better = self._cloud.trust.heard()
        for one in (better, heard):
            if one is not None and one.boot == now.boot and self._anchors.wanted(one):
                await self._worker.do(lambda one=one: self._anchors.keep(one, at=now))  # type: ignore[misc]

    async def _introduce(self, wire: Wire, *, was_revoked: bool = False) -> After | None:
        """Tells the cloud of this box, and shows the code that it gives; None when it knows whose box it is.

        One that was taken off gets a code too: it may have been a mistake.
        """
        state = Uplink.REVOKED if was_revoked else Uplink.UNCLAIMED
        self._telling.say(state, reason=REVOKED if was_revoked else "")
        if self._telling.code_left_s() < _CODE_LEFT_S:
            box = self._history.told.source
            said = await self._cloud.introduce(wire, box=box, name=self._who.name, version=self._who.version)
            if said is None:
                return After.BACK_OFF
            self._telling.reached()
            if said.claimed:
                return None
            self._telling.show_code(said.code, expires_s=said.expires_s)
        self._rest_s = self._pace.claim_s
        return After.REST

    async def _carry(self, wire: Wire) -> After:
        """Sends and hears until there is nothing left, or something else has to be done."""
        while True:
            await self._fill(wire)
            if self._flight:
                batch = self._flight[0]
                response = await wire.answer(batch.answer, size=sum(one.size for one in self._flight))
                self._cloud.note(response)
                self._flight.popleft()
                outcome = _outcome(response, epoch=self._history.told.epoch)
                if after := await self._act(outcome, batch=batch):
                    return after
            elif after := await self._idle():
                self._has_moved = True
                return after
            if not wire.is_open and not self._flight:
                # Closed by the cloud while nothing was under way: that is its right.
                self._has_moved = True
                return After.AGAIN

    async def _idle(self) -> After | None:
        """Everything is there; None when something was written that belongs behind it."""
        told, is_news = self._history.told, False
        # What was written while nobody listened was found when there were rows to send. Another database in the place
        # of the one that was may have fewer, and is noticed by looking only.
        has_more = await self._waits()
        if not has_more and self._history.told == told:
            is_news = await self._written.heard(self._pace.idle_s)
            has_more = await self._waits()
        if not has_more:
            self._telling.progressed(self._sender.acked.journal_seq)
            return None if is_news and self._history.told == told else After.DONE
        # Another database may have taken the place of the one that was.
        return None if self._history.told == told else After.AGAIN

    async def _fill(self, wire: Wire) -> None:
        depth = 1 if self._sender.poison.is_suspected else self._pace.in_flight
        while len(self._flight) < depth and wire.is_open:
            wait_s = self._not_before_s - asyncio.get_running_loop().time()
            if wait_s > 0:
                if self._flight:
                    return
                await asyncio.sleep(wait_s)
            behind = self._flight[-1].piece.end if self._flight else None
            packed = await self._worker.do(lambda behind=behind: self._sender.next(behind))  # type: ignore[misc]
            if packed is None:
                return
            piece, body = packed
            headers = {"Content-Type": CONTENT_TYPE, "Content-Encoding": self._sender.encoding}
            headers |= self._cloud.headers("POST", INGEST, body)
            self._flight.append(_Batch(piece, len(body), await wire.send("POST", INGEST, body, headers)))

    async def _act(self, outcome: Outcome, *, batch: _Batch | None) -> After | None:
        """Does what an answer means; None to go on in this conversation."""
        if isinstance(outcome, TooLarge) and batch is not None and batch.piece.count == 1:
            await self._stand_in(batch.piece)
            self._has_moved = True
            return After.AGAIN
        if isinstance(outcome, Stopped) and outcome.status == 415 and self._sender.encoding == ZSTD:
            self._sender.encoding, self._has_moved = GZIP, True
            return After.AGAIN
        if isinstance(outcome, Stopped) and outcome.code == "nonce_needed" and batch is not None:
            self._has_moved = True
            return After.AGAIN
        following, wait_s, reason = await self._worker.do(
            lambda: self._sender.judge(outcome, batch.piece if batch else None)
        )
        match following:
            case Next.SEND:
                return self._went_well(batch, outcome)
            case Next.WAIT if isinstance(outcome, Acked):
                self._not_before_s = asyncio.get_running_loop().time() + wait_s
                return self._went_well(batch, outcome)
            case Next.WAIT:
                self._telling.say(Uplink.OFFLINE, reason="busy")
                # Many were sent away at the same moment: they must not come back in one.
                self._rest_s = wait_s + self._draw(0.0, max(1.0, wait_s / 2))
                return After.REST
            case Next.BACK_OFF:
                return await self._not_answered(outcome, batch)
            case Next.NEW_EPOCH:
                if self._sender.doubt.is_believed(outcome):
                    await self._part(reason or "fork")
                else:
                    log.warning("The cloud seems to hold another history of this box; it is asked again.")
                    self._has_moved = True
                return After.AGAIN
            case Next.ALARM:
                return self._refused(outcome, reason)

    async def _part(self, reason: str) -> None:
        """The cloud holds another history under this epoch: tells what it lacks under a new one.

        How much of the old one both have in common, the places tell that the cloud knows.
        """
        assert self._wire is not None  # whoever heard an answer has a connection
        epoch, acked = self._history.told.epoch, self._sender.acked
        target = f"{CURSOR}?epoch={epoch}&after={acked.position.seq}"
        outcome = _outcome(await self._cloud.ask(self._wire, "GET", target), epoch=epoch)
        marks = outcome.marks if isinstance(outcome, Acked) else ()

        await self._worker.do(lambda: self._sender.renew(reason, marks))
        self._has_moved = True

    async def _not_answered(self, outcome: Outcome, batch: _Batch | None) -> After:
        is_nobody = isinstance(outcome, NoAnswer)
        self._telling.say(Uplink.OFFLINE, reason="no_cloud" if is_nobody else "busy")
        # A proxy answers for a cloud that broke down.
        if is_nobody and batch is not None and self._sender.poison.died(batch.piece):
            await self._stand_in(batch.piece)
        return After.BACK_OFF

    def _went_well(self, batch: _Batch | None, outcome: Outcome) -> After | None:
        self._backoff = self._backoff.succeeded(now_s=asyncio.get_running_loop().time())
        self._telling.say(Uplink.ONLINE)
        self._telling.reached()
        clean = isinstance(outcome, Acked) and (batch is None or outcome.position == batch.piece.end.position)
        if clean and batch is None:
            self._telling.stands(self._sender.acked.journal_seq)
            return None
        self._has_moved = True
        if not clean:
            return After.AGAIN
        self._telling.progressed(self._sender.acked.journal_seq)
        return None

    def _refused(self, outcome: Outcome, reason: str) -> After:
        code = outcome.code if isinstance(outcome, Stopped) else reason
        if code in UNCLAIMED | {REVOKED}:
            # It was known a moment ago: what the cloud says at the next beginning decides.
            return After.BACK_OFF
        if self._telling.now.reason != code:
            log.error("The cloud takes nothing until somebody acts: %s. Everything is kept.", reason or code)
        self._telling.say(Uplink.REFUSED, reason=code)
        self._telling.reached()
        self._rest_s = self._pace.alarm_s
        return After.BACK_OFF if code == GARBLED else After.REST


def _outcome(response: Response, *, epoch: str) -> Outcome:
    return read_answer(
        response.status,
        body=bytes(response.body),
        content_type=response.content_type,
        epoch=epoch,
        retry_after=response.headers.get("retry-after", ""),
    )
