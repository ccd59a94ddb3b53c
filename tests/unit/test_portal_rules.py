"""How long a phone's yes counts, and what is kept of the phone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.portal import RELEASE_FOR_MS, Client, Identity, Release, client_key, is_open

HOUR_MS = 3600 * 1000
TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS
GRANTED = Stamp(boot="b1", boot_ms=HOUR_MS, wall_ms=1_800_000_000_000, trust=ClockTrust.SAVED)
RELEASE = Release(client="c", granted=GRANTED)


def after(ms: int, *, wall_jump_ms: int = 0) -> Stamp:
    return replace(GRANTED, boot_ms=GRANTED.boot_ms + ms, wall_ms=GRANTED.wall_ms + ms + wall_jump_ms)


def rebooted(*, off_ms: int, up_ms: int = 60_000, trust: ClockTrust = ClockTrust.SAVED) -> Stamp:
    return Stamp(boot="b2", boot_ms=up_ms, wall_ms=GRANTED.wall_ms + off_ms + up_ms, trust=trust)


@pytest.mark.parametrize("jump", [0, TEN_YEARS_MS, -TEN_YEARS_MS])
def test_it_counts_for_fourteen_hours_of_uptime_whatever_the_wall_clock_says(jump: int) -> None:
    assert is_open(RELEASE, GRANTED)
    assert is_open(RELEASE, after(RELEASE_FOR_MS - 1, wall_jump_ms=jump))
    assert not is_open(RELEASE, after(RELEASE_FOR_MS, wall_jump_ms=jump))


def test_after_a_short_power_cut_it_still_counts() -> None:
    assert is_open(RELEASE, rebooted(off_ms=2 * 60_000))
    assert is_open(RELEASE, rebooted(off_ms=12 * HOUR_MS))


def test_after_a_reboot_it_is_over_unless_the_wall_clock_plainly_says_otherwise() -> None:
    assert not is_open(RELEASE, rebooted(off_ms=RELEASE_FOR_MS))
    assert not is_open(RELEASE, rebooted(off_ms=TEN_YEARS_MS))
    assert not is_open(RELEASE, rebooted(off_ms=-2 * 60_000))
    assert not is_open(RELEASE, rebooted(off_ms=60_000, trust=ClockTrust.NONE))
    untrusted = Release(client="c", granted=replace(GRANTED, trust=ClockTrust.NONE))
    assert not is_open(untrusted, rebooted(off_ms=60_000))
    assert not is_open(RELEASE, rebooted(off_ms=-RELEASE_FOR_MS, up_ms=RELEASE_FOR_MS))


@given(
    elapsed=st.integers(min_value=0, max_value=4 * RELEASE_FOR_MS),
    jump=st.integers(min_value=-TEN_YEARS_MS, max_value=TEN_YEARS_MS),
    trust=st.sampled_from(ClockTrust),
)
def test_within_a_boot_only_boot_time_decides(elapsed: int, jump: int, trust: ClockTrust) -> None:
    now = replace(after(elapsed, wall_jump_ms=jump), trust=trust)
    assert is_open(RELEASE, now) == (elapsed < RELEASE_FOR_MS)


def test_a_phone_s_key_is_its_own_and_of_this_night_only() -> None:
    card, address = Client(Identity.CARD, "02:00:00:00:00:01"), Client(Identity.ADDRESS, "10.42.0.9")
    keys = {client_key(client, salt=salt) for client in (card, address) for salt in (b"night one", b"night two")}
    assert len(keys) == 4
    assert all(len(key) == 64 for key in keys)
    assert client_key(card, salt=b"night one") == client_key(replace(card), salt=b"night one")
    # The same text as a card and as an address is two phones.
    same = [client_key(Client(kind, "x"), salt=b"s") for kind in Identity]
    assert same[0] != same[1]


def test_no_print_of_a_phone_shows_its_address() -> None:
    assert "10.42" not in repr(Client(Identity.ADDRESS, "10.42.0.9"))
