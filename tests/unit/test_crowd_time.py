"""The time that guests' phones agree on: as good as honest phones are, whatever the others say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.crowd_time import PHONES_LEAST, Votes
from appliance.domain.models import ClockTrust
from appliance.domain.timekeeping import EARLIEST_MS, LATEST_MS, Hint

TRUE_MS = 1_800_000_000_000
BOOT_MS = 3_600_000
YEAR_MS = 365 * 24 * 3600 * 1000


def agreed(honest: list[int], lies: list[int]) -> Hint | None:
    votes = Votes()
    for number, off_ms in enumerate([*honest, *lies]):
        votes.cast(f"g{number}", wall_ms=TRUE_MS + off_ms, boot_ms=BOOT_MS)
    return votes.agreed(boot="b", boot_ms=BOOT_MS)


#: a phone that its network keeps right, and the way to the box
_HONEST = st.integers(-900, 900)
_LIE = st.one_of(
    st.integers(-9 * YEAR_MS // 10, 9 * YEAR_MS), st.integers(-10_000, 10_000), st.sampled_from([3_600_000, 5_000])
)


@given(data=st.data(), phones=st.integers(9, 60))
def test_two_liars_in_five_move_the_time_by_less_than_a_second(data: st.DataObject, phones: int) -> None:
    liars = phones * 2 // 5
    lies = data.draw(st.one_of(st.lists(_LIE, min_size=liars, max_size=liars), _LIE.map(lambda lie: [lie] * liars)))
    honest = data.draw(st.lists(_HONEST, min_size=phones - liars, max_size=phones - liars))
    hint = agreed(honest, lies)
    assert hint is not None
    assert abs(hint.anchor.wall_ms - TRUE_MS) < 1_000
    assert (hint.anchor.boot_ms, hint.anchor.trust, hint.source) == (BOOT_MS, ClockTrust.GUESTS, "guests")


def test_few_phones_and_phones_that_agree_on_nothing_say_nothing() -> None:
    assert agreed([0] * (PHONES_LEAST - 1), []) is None
    assert agreed([0] * PHONES_LEAST, []) is not None
    assert agreed([0, 1, 2], [YEAR_MS, 2 * YEAR_MS]) is None


def test_a_guest_has_one_vote_and_the_newest_counts() -> None:
    votes = Votes()
    for number in range(PHONES_LEAST - 1):
        votes.cast(f"g{number}", wall_ms=TRUE_MS, boot_ms=BOOT_MS)
    for _ in range(100):
        votes.cast("g0", wall_ms=TRUE_MS + YEAR_MS, boot_ms=BOOT_MS)
    assert votes.agreed(boot="b", boot_ms=BOOT_MS) is None
    for guest in ("late", "last"):
        votes.cast(guest, wall_ms=TRUE_MS + 60_000, boot_ms=BOOT_MS + 60_000)
    hint = votes.agreed(boot="b", boot_ms=BOOT_MS)
    assert hint is not None
    assert hint.anchor.wall_ms == TRUE_MS


@pytest.mark.parametrize("wall_ms", [0, EARLIEST_MS - 1, LATEST_MS + 1, 10**14])
def test_a_time_that_can_not_be_is_no_vote(wall_ms: int) -> None:
    votes = Votes()
    for number in range(20):
        votes.cast(f"g{number}", wall_ms=wall_ms, boot_ms=BOOT_MS)
    assert votes.agreed(boot="b", boot_ms=BOOT_MS) is None


def test_votes_of_those_who_are_gone_or_forgotten_do_not_count_and_fill_no_memory() -> None:
    votes = Votes(most=50)
    for number in range(1_000):
        votes.cast(f"g{number}", wall_ms=TRUE_MS, boot_ms=BOOT_MS)
    votes.keep_only({f"g{number}" for number in range(PHONES_LEAST)} | {"g999"})
    assert votes.agreed(boot="b", boot_ms=BOOT_MS) is not None
    votes.forget("g1")
    assert votes.agreed(boot="b", boot_ms=BOOT_MS) is None
