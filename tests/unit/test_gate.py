"""Which names and origins can only mean this box."""

from ipaddress import IPv4Address

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.provisional import domains
from starlette.datastructures import Headers

from appliance.venue import looks_public
from appliance.web.gate import is_own_host, is_own_origin

PRIVATE = (".local", ".internal", ".lan", ".home.arpa", ".localhost", ".test")
OWN = ("dance.example", "10.0.0.1", "[::1]", "pikabox.local", "pika")
ports = st.sampled_from(["", ":80", ":8080", ":65535"])
label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)


def is_public(name: str) -> bool:
    return "." in name and not name.endswith(PRIVATE)


@given(domains(), ports, st.sampled_from(["", "."]), st.booleans())
def test_no_public_name_is_ever_ours(domain: str, port: str, dot: str, upper: bool) -> None:
    assume(is_public(domain.lower()))
    host = f"{domain}{dot}{port}"
    assert not is_own_host(host.upper() if upper else host, names=["dance.example"])


@given(st.sampled_from(OWN), label, st.sampled_from("@:/?#\\%;,& \t\n\r\0'\"<>_.é"), label)
def test_our_name_inside_another_is_not_ours(own: str, before: str, char: str, tld: str) -> None:
    public = f"{before}.{tld}"
    assume(is_public(public))
    for host in (f"{own}{char}{public}", f"{public}{char}{own}", f"{own}.{public}", f"{own}-{public}"):
        # A name that ends like ours is in our own zone, whatever it begins with.
        assume(not host.endswith(PRIVATE))
        assert not is_own_host(host, names=["dance.example"]), host


@pytest.mark.parametrize("suffix", PRIVATE)
def test_a_public_name_that_looks_private_is_not(suffix: str) -> None:
    hosts = [f"evil{suffix}.com", f"evil.x{suffix[1:]}", f"evil.x-{suffix[1:]}", f"evil{suffix}x", suffix, f".{suffix}"]
    for host in hosts:
        assert not is_own_host(host, names=[]), host


@given(st.text(max_size=60))
def test_any_text_is_judged_and_nothing_accepted_holds_more_than_a_name_and_a_port(text: str) -> None:
    if is_own_host(text, names=[]):
        kept = text.strip().lower()
        assert kept.isascii()
        assert not set(kept) & set("@/?#\\% \t\r\n")


@given(st.ip_addresses(), ports)
def test_an_address_is_always_ours(address: object, port: str) -> None:
    host = f"[{address}]" if ":" in str(address) else str(address)
    assert is_own_host(f"{host}{port}", names=[])


@given(st.ip_addresses(v=4), ports)
def test_where_every_address_leads_to_the_box_the_internet_s_are_strange(address: IPv4Address, port: str) -> None:
    host = f"{address}{port}"
    assert is_own_host(host, names=[], captures=True) == (not looks_public(address))
    assert is_own_host(host, names=[str(address)], captures=True)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("198.51.100.1", False),
        ("198.51.100.1:80", False),
        ("8.8.8.8", False),
        ("10.42.0.1", True),
        ("172.31.0.1:8080", True),
        ("192.168.1.2", True),
        ("127.0.0.1", True),
        ("[fe80::1]", True),
        ("pika.internal", True),
    ],
)
def test_the_capture_address_is_never_the_box_s_own(host: str, own: bool) -> None:
    assert is_own_host(host, names=[], captures=True) == own


@given(st.lists(label, min_size=1, max_size=3), st.sampled_from([*PRIVATE, ""]), ports, st.sampled_from(["", "."]))
def test_a_private_or_single_name_is_ours(labels: list[str], suffix: str, port: str, dot: str) -> None:
    name = f"{'.'.join(labels)}{suffix}" if suffix else labels[0]
    assert is_own_host(f"{name}{dot}{port}", names=[])


def test_a_configured_name_is_ours_exactly() -> None:
    names = ["dance.example"]
    assert is_own_host("Dance.Example:8080", names=names)
    assert not is_own_host("x.dance.example", names=names)
    assert not is_own_host("dance.example.com", names=names)
    assert not is_own_host("dance.example", names=[])


@pytest.mark.parametrize(
    ("sent", "own"),
    [
        ({}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://pika.local:8080"}, True),
        ({"origin": "HTTP://Pika.Local:8080"}, True),
        ({"origin": "http://pika.local:8080", "sec-fetch-site": "cross-site"}, True),
        ({"origin": "http://pika.local"}, False),
        ({"origin": "http://pika.local:80801"}, False),
        ({"origin": "https://pika.local:8080"}, False),
        ({"origin": "http://pika.local:8080/"}, False),
        ({"origin": "http://evil.com"}, False),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, False),
        ({"origin": ""}, False),
    ],
)
def test_an_origin_is_ours_when_it_is_the_very_address_asked(sent: dict[str, str], own: bool) -> None:
    assert is_own_origin(Headers({"host": "pika.local:8080", **sent}), scheme="http") is own
