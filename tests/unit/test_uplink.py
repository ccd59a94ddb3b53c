"""What the carrier leaves for the pages, and what staff are told by it."""

from dataclasses import replace

import pytest

from appliance.domain.models import ClockTrust, Stamp
from appliance.domain.uplink import STUCK_MS, Uplink, UplinkState, as_fact, read

MINUTE = 60_000
NOW = Stamp("boot-1", 10 * 60 * MINUTE, 1_790_000_000_000, ClockTrust.NTP)
WELL = UplinkState(
    state=Uplink.ONLINE,
    boot="boot-1",
    seen_ms=NOW.boot_ms - 5_000,
    seen_wall_ms=NOW.wall_ms - 5_000,
    progress_ms=NOW.boot_ms - 4_000,
    acked_seq=100,
)


def test_what_was_written_is_read() -> None:
    assert read(WELL.text()) == WELL


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", '{"state": "on the moon"}', '{"acked_seq": "many"}', '{"code": 7}', '{"seen_ms": 1.5}'],
)
def test_whatever_stands_in_the_file_is_no_fault(text: str) -> None:
    assert read(text) == UplinkState()


def test_a_newer_program_may_say_more() -> None:
    assert read('{"state": "online", "mood": "great"}').state is Uplink.ONLINE


def test_what_waits_is_counted_by_the_journal_as_it_is_now() -> None:
    fact = as_fact(WELL, now=NOW, last_seq=112, url="https://c", dropped=3)
    assert (fact.waiting, fact.is_online, fact.seen_ms, fact.dropped) == (12, True, 5_000, 3)
    assert as_fact(WELL, now=NOW, last_seq=7, url="https://c", dropped=0).waiting == 0


def test_a_program_that_writes_nothing_any_more_is_not_online() -> None:
    later = replace(NOW, boot_ms=NOW.boot_ms + 10 * MINUTE)
    fact = as_fact(WELL, now=later, last_seq=112, url="https://c", dropped=0)
    assert (fact.is_online, fact.state, fact.seen_ms) == (False, "offline", 10 * MINUTE + 5_000)


def test_a_connection_that_brings_nothing_forward_is_trouble() -> None:
    state = replace(WELL, progress_ms=NOW.boot_ms - STUCK_MS - 1)
    assert as_fact(state, now=NOW, last_seq=101, url="https://c", dropped=0).stuck_ms > STUCK_MS
    # With nothing that waits there is nothing to bring.
    assert as_fact(state, now=NOW, last_seq=100, url="https://c", dropped=0).stuck_ms == 0


def test_after_a_new_start_the_last_contact_is_told_by_the_wall_clock() -> None:
    other = replace(NOW, boot="boot-2", boot_ms=5_000, wall_ms=NOW.wall_ms + 60 * MINUTE)
    fact = as_fact(WELL, now=other, last_seq=100, url="https://c", dropped=0)
    assert fact.seen_ms == 60 * MINUTE + 5_000


def test_a_code_is_shown_for_as_long_as_it_counts() -> None:
    state = replace(WELL, state=Uplink.UNCLAIMED, code="K7QM2X9F", code_until_ms=NOW.boot_ms + 1)
    assert as_fact(state, now=NOW, last_seq=0, url="https://c", dropped=0).code == "K7QM2X9F"
    later = replace(NOW, boot_ms=NOW.boot_ms + 2)
    assert as_fact(state, now=later, last_seq=0, url="https://c", dropped=0).code == ""
    other = replace(NOW, boot="boot-2")
    assert as_fact(state, now=other, last_seq=0, url="https://c", dropped=0).code == ""
