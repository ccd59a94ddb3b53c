"""The table of probes: every row to the byte, and nothing by its path alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import probes
from tests.support.probes import KINDLE_MARK, ROWS, SUCCESS, Row

PATHS = sorted({row.target.partition("?")[0] for row in ROWS})


def path_of(row: Row) -> str:
    return row.target.partition("?")[0]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_probe_has_its_exact_answer(row: Row) -> None:
    probe = probes.probe_at(row.host, path_of(row))
    assert probe is not None
    online = probe.online
    assert (probe.family.value, online.status, online.media_type) == (row.family, row.status, row.media_type)
    if row.body is None:
        assert KINDLE_MARK in online.body
    else:
        assert online.body == row.body
    assert online.headers == ((row.header,) if row.header else ())


def test_nothing_is_in_the_table_that_is_not_written_out_here() -> None:
    written = {(row.host, path_of(row)) for row in ROWS}
    assert set(probes.TABLE) <= written


def test_apple_s_two_pages_differ_by_the_line_break_at_the_end() -> None:
    assert len(SUCCESS) == 68
    ends = {host: probes.TABLE[host, "/library/test/success.html"].online.body for host in ("captive.apple.com",)}
    assert len(ends["captive.apple.com"]) == 69
    assert len(probes.TABLE["www.apple.com", "/library/test/success.html"].online.body) == 68


def test_an_answer_without_content_has_no_body_and_no_kind() -> None:
    for probe in probes.TABLE.values():
        assert (probe.online.status == 204) == (probe.online.body == b"") == (probe.online.media_type == "")


@pytest.mark.parametrize("spelled", ["CAPTIVE.Apple.com", "captive.apple.com:80", "captive.apple.com."])
def test_a_host_is_known_however_it_is_spelled(spelled: str) -> None:
    assert probes.probe_at(spelled, "/hotspot-detect.html") is not None


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("example.com", "/generate_204"),
        ("pika.internal", "/hotspot-detect.html"),
        ("127.0.0.1", "/success.txt"),
        ("www.apple.com", "/hotspot-detect.html"),
        ("captive.apple.com.example.com", "/hotspot-detect.html"),
        ("evilcaptive.apple.com", "/hotspot-detect.html"),
        ("apple.com.edgekey.net.example.com", "/hotspot-detect.html"),
        ("apple.com.edgekey.net", "/hotspot-detect.html"),
        ("captive.apple.com", "/Hotspot-Detect.html"),
        ("captive.apple.com", "/hotspot-detect.html/"),
        ("www.msftconnecttest.com", "/ncsi.txt"),
        ("nmcheck.gnome.org", "/nm"),
        ("", "/"),
    ],
)
def test_host_and_path_must_both_fit(host: str, path: str) -> None:
    assert probes.probe_at(host, path) is None


@given(host=st.text(max_size=60), path=st.sampled_from(PATHS))
def test_no_made_up_host_is_answered_for_a_known_path(host: str, path: str) -> None:
    name = probes.host_name(host)
    known = any(row.host == name for row in ROWS) or name.endswith(".apple.com.edgekey.net")
    assert known or probes.probe_at(host, path) is None


@given(row=st.sampled_from(ROWS), path=st.text(max_size=60))
def test_no_made_up_path_is_answered_on_a_known_host(row: Row, path: str) -> None:
    assert f"/{path}" in PATHS or probes.probe_at(row.host, f"/{path}") is None


def test_what_opens_for_a_person_is_no_probe() -> None:
    for host, path in probes.DOORWAYS:
        assert probes.is_doorway(host.upper() + ":80", path)
        assert probes.probe_at(host, path) is None
    assert not probes.is_doorway("example.com", "/redirect")
