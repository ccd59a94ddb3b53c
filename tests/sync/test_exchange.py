"""Sender and receiver over a link that loses, repeats and reorders; histories that are restored, cloned and cut.

The receiver below keeps what `decide` tells it to and nothing else, as a database would.
"""

import random
from dataclasses import dataclass, field, replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.journal.answers import ANSWER_TYPE, Acked, Answer, Later, NoAnswer, Outcome, Stopped, TooLarge, read_answer
from sync.journal.backoff import Backoff
from sync.journal.batches import Sent, pack, read
from sync.journal.entries import BadLine, Entry, Position, after, beginning
from sync.journal.receiving import Fork, Missing, Take, decide
from sync.journal.sending import LEAST_BYTES, MOST_BYTES, Next, Sending

SENT = Sent(boot="boot-1", boot_ms=1, wall_ms=2, trust="saved")


def line(number: int) -> bytes:
    return Entry(number, "play.announced", 1, "boot-1", number, number, "saved", f'{{"n":{number}}}').line()


@dataclass
class Sender:
    """A history and how far it is acknowledged."""

    lines: list[bytes] = field(default_factory=list)
    epoch: str = "e1"
    #: entries up to here were deleted
    floor: int = 0

    def __post_init__(self) -> None:
        self.chains = [beginning(source="box", epoch=self.epoch)]
        for one in self.lines:
            self.chains.append(after(self.chains[-1], one))
        self.sending = Sending(acked=self.chains[0], last_seq=len(self.lines))

    def add(self, one: bytes) -> None:
        self.lines.append(one)
        self.chains.append(after(self.chains[-1], one))
        self.sending = replace(self.sending, last_seq=len(self.lines))

    def chain_at(self, seq: int) -> str | None:
        return self.chains[seq].chain if self.floor <= seq < len(self.chains) else None

    def body(self, *, most: int = 3) -> bytes:
        start = self.sending.acked
        lines = self.lines[start.seq : start.seq + most]
        return pack(lines, source="box", epoch=self.epoch, start=start, sent=SENT, program="t/1")[0]

    def hear(self, outcome: Outcome) -> Next:
        step = self.sending.heard(outcome, chain_at=self.chain_at)
        self.sending = step.sending
        return step.next


@dataclass
class Receiver:
    """Stores what `decide` says."""

    epoch: str = "e1"
    stored: list[Entry | BadLine] = field(default_factory=list)
    #: the chain is kept at the end of each batch that was taken
    ends: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cursor = beginning(source="box", epoch=self.epoch)

    def take(self, body: bytes) -> Outcome:
        batch = read(body, encoding="zstd")
        within = [seq for seq in self.ends if batch.start.seq <= seq <= batch.end.seq]
        mark = Position(max(within), self.ends[max(within)]) if within else None
        decision = decide(batch, cursor=self.cursor, mark=mark)
        match decision:
            case Take(new=new, cursor=cursor):
                self.stored += new
                self.cursor = cursor
                self.ends[cursor.seq] = cursor.chain
                return self.answer(200)
            case Missing():
                return self.answer(409)
            case Fork():
                return self.answer(409, fork=True)

    def answer(self, status: int, *, fork: bool = False) -> Outcome:
        said = Answer(ack=self.cursor.seq, chain=self.cursor.chain, server_ms=1, epoch=self.epoch, fork=fork)
        return read_answer(status, body=msgspec.json.encode(said), content_type=ANSWER_TYPE, epoch=self.epoch)

    def numbers(self) -> list[int]:
        return [one.seq for one in self.stored]


@given(st.integers(0, 30), st.randoms(use_true_random=False))
def test_everything_arrives_once_and_in_order_over_a_link_that_loses_repeats_and_reorders(
    count: int, chance: random.Random
) -> None:
    sender, receiver = Sender([line(n) for n in range(1, count + 1)]), Receiver()
    old: list[bytes] = []
    for _ in range(2000):
        if sender.sending.acked.seq == count:
            break
        body = sender.body(most=chance.randint(1, 5))
        old.append(body)
        if chance.random() < 0.3:
            receiver.take(chance.choice(old))
        if chance.random() < 0.2:
            sender.hear(NoAnswer("lost on the way there"))
            continue
        outcome = receiver.take(body)
        assert sender.hear(NoAnswer("lost on the way back") if chance.random() < 0.3 else outcome) in {
            Next.SEND,
            Next.WAIT,
            Next.BACK_OFF,
        }
    assert receiver.numbers() == list(range(1, count + 1))
    assert [one.line() for one in receiver.stored if isinstance(one, Entry)] == sender.lines


def exchange(sender: Sender, receiver: Receiver) -> Next:
    """Until there is nothing to send, or something else to do."""
    for _ in range(100):
        following = sender.hear(receiver.take(sender.body()))
        if following is not Next.SEND:
            return following
    raise AssertionError("no end")


@pytest.mark.parametrize("kept", range(8))
def test_a_restored_sender_that_went_on_differently_is_a_fork(kept: int) -> None:
    receiver = Receiver()
    assert exchange(Sender([line(n) for n in range(1, 9)]), receiver) is Next.WAIT
    restored = Sender([line(n) for n in range(1, kept + 1)] + [line(n) for n in range(100, 120)])
    assert exchange(restored, receiver) is Next.NEW_EPOCH
    assert receiver.numbers() == list(range(1, 9))


def test_a_restored_sender_with_nothing_new_is_a_fork_too() -> None:
    receiver = Receiver()
    exchange(Sender([line(n) for n in range(1, 9)]), receiver)
    restored = Sender([line(n) for n in range(1, 4)])
    assert exchange(restored, receiver) is Next.NEW_EPOCH


def test_a_clone_that_sends_under_the_same_epoch_is_noticed_by_whoever_comes_second() -> None:
    shared = [line(n) for n in range(1, 5)]
    one, two, receiver = Sender(list(shared)), Sender(list(shared)), Receiver()
    exchange(one, receiver)
    exchange(two, receiver)
    one.add(line(50))
    two.add(line(60))
    assert exchange(one, receiver) is Next.WAIT
    assert exchange(two, receiver) is Next.NEW_EPOCH
    assert receiver.numbers() == [1, 2, 3, 4, 5]


def test_a_restored_receiver_gets_again_what_it_lost() -> None:
    sender, receiver = Sender([line(n) for n in range(1, 13)]), Receiver()
    exchange(sender, receiver)
    older = Receiver()
    older.take(Sender(sender.lines).body(most=4))
    sender.add(line(13))
    assert exchange(sender, older) is Next.WAIT
    assert older.numbers() == list(range(1, 14))


def test_what_nobody_has_any_more_is_said() -> None:
    sender = Sender([line(n) for n in range(1, 13)])
    exchange(sender, Receiver())
    sender.floor = 10
    sender.add(line(13))
    step = sender.sending.heard(Receiver().take(sender.body()), chain_at=sender.chain_at)
    assert (step.next, step.reason) == (Next.NEW_EPOCH, "the receiver lost what it had acknowledged")


def test_a_bad_line_has_its_place_and_stops_nothing() -> None:
    sender, receiver = Sender([line(1), b"\xff broken", line(3)]), Receiver()
    assert exchange(sender, receiver) is Next.WAIT
    assert [type(one) for one in receiver.stored] == [Entry, BadLine, Entry]


def test_a_replayed_batch_of_another_past_is_a_fork_where_the_chain_is_known() -> None:
    receiver = Receiver()
    exchange(Sender([line(n) for n in range(1, 7)]), receiver)
    other = Sender([line(n) for n in range(101, 104)])
    assert other.hear(receiver.take(other.body())) is Next.NEW_EPOCH


def test_batches_shrink_when_they_are_too_much_and_grow_when_they_are_not() -> None:
    sender = Sender([line(n) for n in range(1, 4)])
    first = sender.sending.batch_bytes
    assert sender.hear(TooLarge()) is Next.SEND
    assert sender.sending.batch_bytes == first // 2
    sender.sending = sender.sending.timed_out()
    assert sender.sending.batch_bytes == first // 4
    position = sender.chains[1]
    for _ in range(40):
        sender.hear(Acked(position, 1))
    assert sender.sending.batch_bytes == MOST_BYTES
    sender.hear(Acked(position, 1, max_bytes=1024))
    assert sender.sending.batch_bytes == LEAST_BYTES
    assert sender.hear(TooLarge()) is Next.ALARM


@pytest.mark.parametrize(
    ("outcome", "following"),
    [
        (Later(None), Next.BACK_OFF),
        (Later(5.0), Next.WAIT),
        (Stopped(401, "key_revoked"), Next.ALARM),
        (NoAnswer("x"), Next.BACK_OFF),
    ],
)
def test_nothing_is_forgotten_whatever_is_answered(outcome: Outcome, following: Next) -> None:
    sender = Sender([line(1)])
    before = sender.sending.acked
    assert sender.hear(outcome) is following
    assert sender.sending.acked == before


def test_an_acknowledgement_with_a_chain_that_is_not_ours_is_not_believed() -> None:
    sender = Sender([line(1), line(2)])
    assert sender.hear(Acked(Position(1, "ab" * 32), 1)) is Next.NEW_EPOCH
    assert sender.hear(Acked(Position(3, "ab" * 32), 1)) is Next.NEW_EPOCH
    assert sender.sending.acked.seq == 0


def test_waits_are_jittered_bounded_and_forgotten_only_after_lasting_success() -> None:
    chance = random.Random(7)
    backoff = Backoff()
    waits = []
    for _ in range(200):
        backoff = backoff.failed(draw=chance.uniform)
        waits.append(backoff.last_s)
    assert all(1.0 <= wait <= 60.0 for wait in waits)
    assert len({round(wait, 3) for wait in waits if wait < 60}) > 20
    short = backoff.succeeded(now_s=100).succeeded(now_s=120)
    assert short.last_s == backoff.last_s
    assert short.succeeded(now_s=131).last_s == 0.0
    assert short.failed(draw=chance.uniform).well_since_s is None


def test_waits_grow_threefold_at_most_and_a_change_of_things_forgets_them() -> None:
    backoff, waits = Backoff(base_s=60, most_s=3600), []
    for _ in range(5):
        backoff = backoff.failed(draw=lambda _, most: most)
        waits.append(backoff.last_s)
    assert waits == [180, 540, 1620, 3600, 3600]
    assert backoff.forgotten().failed(draw=lambda _, most: most).last_s == 180


def test_a_thousand_senders_cut_off_together_come_back_spread() -> None:
    """No second holds more than three times the mean."""
    chance = random.Random(11)
    seconds: dict[int, int] = {}
    for _ in range(1000):
        backoff, at = Backoff(), 0.0
        while at < 300:
            backoff = backoff.failed(draw=chance.uniform)
            at += backoff.last_s
            if 60 <= at < 300:
                seconds[int(at)] = seconds.get(int(at), 0) + 1
    mean = sum(seconds.values()) / 240
    assert max(seconds.values()) <= 3 * mean
