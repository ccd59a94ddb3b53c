"""How long the box has been up in all its boots."""

from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.uptime import MARK_EVERY_MS, Uptime, mark, read_uptime


def now(boot: str, boot_ms: int, *, wall_ms: int = 0) -> Stamp:
    return Stamp(boot, boot_ms, wall_ms, ClockTrust.NONE)


def test_a_box_that_never_noted_it_begins_with_this_boot() -> None:
    assert read_uptime(None).at(now("a", 5000)) == 5000


def test_what_is_written_down_is_read_again() -> None:
    kept = Uptime("a", 7, 9)
    assert read_uptime(kept.text()) == kept


def test_it_goes_on_over_boots_and_no_wall_clock_moves_it() -> None:
    kept = Uptime("a", 1000, 500_000)
    assert kept.at(now("a", 4000, wall_ms=-(2**40))) == 503_000
    assert kept.at(now("b", 4000, wall_ms=2**60)) == 504_000


def test_a_young_mark_is_not_written_again_and_a_new_boot_has_one_of_its_own() -> None:
    kept = Uptime("a", 1000, 1000)
    assert mark(kept, now("a", 1000 + MARK_EVERY_MS - 1)) is None
    assert mark(kept, now("a", 1000 + MARK_EVERY_MS)) == Uptime("a", 1000 + MARK_EVERY_MS, 1000 + MARK_EVERY_MS)
    assert mark(kept, now("b", 10)) == Uptime("b", 10, 1010)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10**9)), max_size=30))
def test_it_never_goes_back(steps: list[tuple[bool, int]]) -> None:
    kept, boot, boot_ms, seen = read_uptime(None), 0, 0, 0
    for reboots, passed in steps:
        boot, boot_ms = (boot + 1, passed) if reboots else (boot, boot_ms + passed)
        moment = now(str(boot), boot_ms)
        made = mark(kept, moment)
        up_ms = kept.at(moment)
        assert up_ms >= kept.total_ms
        if made is not None:
            assert made.at(moment) == up_ms
            assert up_ms >= seen
            kept, seen = made, up_ms
