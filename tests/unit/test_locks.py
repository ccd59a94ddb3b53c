"""Sets behind a PIN: what counts as one, and how guessing is slowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import locks
from appliance.domain.locks import OWN, SHARED, Lock, Tries
from appliance.errors import Invalid

KEY = b"k" * 32
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "12345",
        "1234567",
        "１２３４５６",
        "٠١٢٣٤٥",
        "12345a",
        "abcdef",
        "12 345",
        "-12345",
        "123456\x00",
        "1e5000",
    ],
)
def test_what_is_not_six_digits_is_no_pin(text: str) -> None:
    with pytest.raises(Invalid) as error:
        locks.checked_pin(text)
    assert error.value.code == "pin_invalid"


@pytest.mark.parametrize("text", ["000000", "123456", " 999999\n"])
def test_six_digits_are_a_pin_whichever_they_are(text: str) -> None:
    assert locks.checked_pin(text) == text.strip()


def test_only_the_right_pin_opens_and_the_digest_tells_nobody() -> None:
    lock = Lock("l1", locks.digest("042042", lock_id="l1", key=KEY))
    assert locks.opens(lock, "042042", key=KEY)
    assert not locks.opens(lock, "042043", key=KEY)
    assert not locks.opens(lock, "042042", key=b"another box")
    assert "042042" not in lock.digest
    assert lock.digest not in repr(lock)
    assert lock.digest != locks.digest("042042", lock_id="l2", key=KEY)


def test_five_tries_are_free_then_waits_double_up_to_an_hour() -> None:
    tries, up_ms, waits = Tries(), 1_000_000, []
    for _ in range(16):
        waits.append(tries.wait_ms(OWN, up_ms=up_ms) // 1000)
        up_ms += tries.wait_ms(OWN, up_ms=up_ms)
        tries = tries.failed(up_ms=up_ms)
    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]


def test_a_wait_ends_by_up_time_and_not_before() -> None:
    tries = Tries(failures=5, last_up_ms=1000)
    assert tries.wait_ms(OWN, up_ms=1000) == 30_000
    assert tries.wait_ms(OWN, up_ms=30_999) == 1
    assert tries.wait_ms(OWN, up_ms=31_000) == 0


def guesses(patience: locks.Patience, *, within_ms: int) -> int:
    tries, up_ms, made = Tries(), 0, 0
    while up_ms <= within_ms:
        tries, made = tries.failed(up_ms=up_ms), made + 1
        up_ms += tries.wait_ms(patience, up_ms=up_ms)
    return made


def test_a_whole_night_of_guessing_finds_next_to_nothing() -> None:
    assert guesses(OWN, within_ms=10 * HOUR_MS) < 25
    assert guesses(SHARED, within_ms=10 * HOUR_MS) < 1000


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=10**12))
def test_a_wait_is_never_longer_than_the_longest(failures: int, up_ms: int) -> None:
    for patience in (OWN, SHARED):
        assert 0 <= Tries(failures, up_ms).wait_ms(patience, up_ms=up_ms) <= patience.longest_ms
