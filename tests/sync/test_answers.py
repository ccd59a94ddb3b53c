"""Only an answer is an answer: a venue's portal, a proxy and a stranger say nothing."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.journal.answers import (
    ANSWER_TYPE,
    Acked,
    Answer,
    Forked,
    KeptAside,
    Later,
    NoAnswer,
    Rewind,
    Stopped,
    TooLarge,
    read_answer,
)
from sync.journal.entries import Position

CHAIN = "ab" * 32
GOOD = Answer(ack=5, chain=CHAIN, server_ms=1_800_000_000_000, epoch="e1")
PROBLEM = "application/problem+json"


def heard(status: int, body: bytes, content_type: str = ANSWER_TYPE, *, retry_after: str = "") -> object:
    return read_answer(status, body=body, content_type=content_type, epoch="e1", retry_after=retry_after)


def test_an_acknowledgement() -> None:
    answer = msgspec.structs.replace(GOOD, kept_aside=[KeptAside(3, "line_not_json")], max_bytes=4096, after_ms=1500)
    assert heard(200, msgspec.json.encode(answer)) == Acked(
        Position(5, CHAIN), 1_800_000_000_000, (KeptAside(3, "line_not_json"),), 4096, 1.5
    )


def test_fields_of_a_later_version_are_ignored() -> None:
    later = msgspec.json.encode(GOOD)[:-1] + b',"later":[1]}'
    assert isinstance(heard(200, later, f"{ANSWER_TYPE}; v=2"), Acked)


def test_a_gap_and_a_fork_are_told_apart() -> None:
    assert heard(409, msgspec.json.encode(GOOD)) == Rewind(Position(5, CHAIN), GOOD.server_ms)
    fork = msgspec.structs.replace(GOOD, fork=True)
    assert heard(409, msgspec.json.encode(fork)) == Forked(Position(5, CHAIN), GOOD.server_ms)


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (200, b"<html>Welcome! Click here to go online</html>", "text/html"),
        (200, msgspec.json.encode(GOOD), "application/json"),
        (200, b"{}", ANSWER_TYPE),
        (200, b'{"ack":5}', ANSWER_TYPE),
        (200, msgspec.json.encode(GOOD).replace(b"5", b"-5", 1), ANSWER_TYPE),
        (200, msgspec.json.encode(GOOD).replace(b'"ack":5', b'"ack":"5"'), ANSWER_TYPE),
        (200, msgspec.json.encode(GOOD).replace(b'"e1"', b'"e2"'), ANSWER_TYPE),
        (200, msgspec.json.encode(GOOD) + b" " * 300_000, ANSWER_TYPE),
        (204, b"", ""),
        (302, b"", "text/html"),
        (403, b"<html>blocked by the hotel</html>", "text/html"),
        (401, b"not json", PROBLEM),
        (500, b"", ""),
        (502, msgspec.json.encode(GOOD), ANSWER_TYPE),
    ],
)
def test_somebody_elses_words_are_no_answer(status: int, body: bytes, content_type: str) -> None:
    assert isinstance(heard(status, body, content_type), NoAnswer)


def test_refusals_in_our_own_words_stop_the_sender() -> None:
    assert heard(401, b'{"code":"key_revoked"}', PROBLEM) == Stopped(401, "key_revoked")
    assert heard(426, b'{"code":"version_unknown"}', f"{PROBLEM}; charset=utf-8") == Stopped(426, "version_unknown")


@pytest.mark.parametrize(
    ("retry_after", "wait_s"), [("", None), ("7", 7.0), ("99999", 3600.0), ("Wed, 21 Oct 2026", None), ("-1", None)]
)
def test_come_later(retry_after: str, wait_s: float | None) -> None:
    assert heard(503, b"", "", retry_after=retry_after) == Later(wait_s)
    assert heard(429, b"", "", retry_after=retry_after) == Later(wait_s)


def test_too_large() -> None:
    assert heard(413, b"", "") == TooLarge()


@given(st.integers(100, 599), st.binary(max_size=200), st.sampled_from([ANSWER_TYPE, PROBLEM, "text/html", ""]))
def test_nothing_raises(status: int, body: bytes, content_type: str) -> None:
    heard(status, body, content_type, retry_after="soon")
