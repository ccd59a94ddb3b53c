"""A clock that is wrong and a certificate that counts from a date to a date: neither locks the other, nor lets in."""

import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.domain.models import ClockTrust
from appliance.domain.uplink import Uplink
from tests.agent.box import Box, NtpClock, carrying, eventually, make_box
from tests.agent.cloud import DAY, TestCloud, serving
from tests.support.authority import Authority

YEAR_MS = 365 * 24 * 3600 * 1000


def introduced(tmp_path: Path, authority: Authority, roots: Path) -> tuple[Box, TestCloud]:
    """A box that the cloud knows from better days."""
    here = TestCloud()
    with serving(here, authority, tmp_path / "cloud"):
        box = make_box(tmp_path / "data", url=here.url, roots=roots)
        here.source = box.box_id
        with carrying(box):
            eventually(lambda: bool(here.live))
    return box, here


def port_of(box: Box) -> int:
    return int(box.settings.cloud.url.rpartition(":")[2])


def test_the_cloud_says_the_time_and_its_certificate_is_looked_at_by_that(
    tmp_path: Path, authority: Authority, roots: Path
) -> None:
    """The machine's clock stands at today; the world, its certificate and the cloud's clock are a year ahead."""
    box, here = introduced(tmp_path, authority, roots)
    here.ahead_ms = YEAR_MS
    here.histories.clear()
    box.like(1, 30)
    ahead = serving(here, authority, tmp_path / "cloud", port=port_of(box), begins=300 * DAY, ends=400 * DAY)
    with ahead, carrying(box, clock=NtpClock(ClockTrust.SAVED)):
        eventually(lambda: box.status().acked_seq >= 30)
    found = box.rows("SELECT body FROM journal WHERE kind = 'time.anchored' ORDER BY seq DESC LIMIT 1")
    said = int(str(found[0][0]).partition('"wall_ms":')[2].partition(",")[0])
    assert abs(said - (time.time() * 1000 + YEAR_MS)) < 20_000


def test_an_old_certificate_is_not_believed_by_a_box_with_a_wrong_clock(
    tmp_path: Path, authority: Authority, roots: Path
) -> None:
    """Somebody has the key of a certificate that ended, and says that it is still then; but has not the cloud's key."""
    box, here = introduced(tmp_path, authority, roots)
    here.own, here.ahead_ms = Ed25519PrivateKey.generate(), -YEAR_MS // 2
    before = len(here.lines())
    box.like(1, 30)
    thief = serving(here, authority, tmp_path / "cloud", port=port_of(box), begins=-300 * DAY, ends=-100 * DAY)
    with thief, carrying(box, clock=NtpClock(ClockTrust.NONE)):
        eventually(lambda: box.status().state is Uplink.CLOCK)
        eventually(lambda: here.asked.count(("GET", "/v1/time")) >= 2)
    assert len(here.lines()) == before


def test_the_clouds_own_word_does_not_make_an_ended_certificate_good(
    tmp_path: Path, authority: Authority, roots: Path
) -> None:
    box, here = introduced(tmp_path, authority, roots)
    before = len(here.lines())
    box.like(1, 30)
    ended = serving(here, authority, tmp_path / "cloud", port=port_of(box), begins=-300 * DAY, ends=-100 * DAY)
    with ended, carrying(box, clock=NtpClock(ClockTrust.NONE)):
        eventually(lambda: box.status().state is Uplink.CLOCK)
    assert len(here.lines()) == before


def test_a_right_clock_never_asks_and_never_makes_an_exception(
    tmp_path: Path, authority: Authority, roots: Path
) -> None:
    box, here = introduced(tmp_path, authority, roots)
    ended = serving(here, authority, tmp_path / "cloud", port=port_of(box), begins=-300 * DAY, ends=-100 * DAY)
    with ended, carrying(box):
        eventually(lambda: box.status().state is Uplink.CLOCK)
    assert ("GET", "/v1/time") not in here.asked


def test_a_time_set_from_a_phone_is_enough_though_the_system_s_clock_is_wrong(
    tmp_path: Path, authority: Authority, roots: Path
) -> None:
    box, here = introduced(tmp_path, authority, roots)
    here.ahead_ms = YEAR_MS
    clock = NtpClock(ClockTrust.DEVICE)
    clock.shift_ms = YEAR_MS
    box.like(1, 30)
    ahead = serving(here, authority, tmp_path / "cloud", port=port_of(box), begins=300 * DAY, ends=400 * DAY)
    with ahead, carrying(box, clock=clock):
        eventually(lambda: box.status().acked_seq >= 30)
    assert ("GET", "/v1/time") not in here.asked


def test_a_certificate_of_a_stranger_is_refused_whatever_the_clock(
    tmp_path: Path, authority: Authority, roots: Path
) -> None:
    box, here = introduced(tmp_path, authority, roots)
    asked = len(here.asked)
    with (
        serving(here, Authority("Another Root"), tmp_path / "cloud", port=port_of(box)),
        carrying(box, clock=NtpClock(ClockTrust.NONE)),
    ):
        eventually(lambda: box.status().reason == "untrusted")
    assert len(here.asked) == asked


def test_years_forth_and_back_while_it_carries_change_neither_order_nor_number(box: Box, cloud: TestCloud) -> None:
    clock = NtpClock()
    with carrying(box, clock=clock):
        for step in range(6):
            clock.shift_ms = (10 * YEAR_MS) * (-1) ** step
            clock.trust = [ClockTrust.NTP, ClockTrust.NONE][step % 2]
            box.like(step * 100 + 1, step * 100 + 100)
            time.sleep(0.05)
        clock.shift_ms = 0
        eventually(lambda: len([line for line in cloud.lines() if b"like" in line]) == 600)
        eventually(lambda: cloud.lines() == box.lines())
