"""Phones in the box's own network: real dnsmasq and nftables with the rendered files, in network namespaces."""

import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from appliance.domain.portal import Mode
from tests.firmware.guests_network import (
    BOX,
    BROKER_PORT,
    INTERNET,
    INTERNET_NAME_SERVED,
    PRINTER,
    SSH_PORT,
    WEB_PORT,
    GuestsNetwork,
    guests_network,
)

_STRANGER = "93.184.216.34"
_CANARIES = ("mask.icloud.com", "mask-h2.icloud.com", "use-application-dns.net")


@pytest.fixture(name="party", scope="module")
def _party(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    with guests_network(tmp_path_factory.mktemp("party"), mode=Mode.PARTY) as network:
        yield network


@pytest.fixture(name="quiet", scope="module")
def _quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    with guests_network(tmp_path_factory.mktemp("quiet"), mode=Mode.QUIET) as network:
        yield network


@pytest.fixture(name="gateway", scope="module")
def _gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    with guests_network(tmp_path_factory.mktemp("gateway"), mode=Mode.GATEWAY) as network:
        yield network


@pytest.fixture(name="any_mode", params=["party", "quiet", "gateway"])
def _any_mode(request: pytest.FixtureRequest) -> GuestsNetwork:
    network: GuestsNetwork = request.getfixturevalue(request.param)
    return network


def test_a_phone_gets_an_address_for_half_an_hour_and_the_box_as_its_router_and_name_server(
    party: GuestsNetwork,
) -> None:
    lease = party.phone.lease
    assert IPv4Address("10.42.0.10") <= IPv4Address(lease["ip"]) <= IPv4Address("10.42.3.254")
    assert (lease["mask"], lease["router"], lease["dns"], lease["lease"]) == ("22", BOX, BOX, "1800")
    assert party.other.address != party.phone.address


def test_a_thousand_phones_that_join_in_the_same_minute_all_get_an_address_of_their_own(quiet: GuestsNetwork) -> None:
    began = time.monotonic()
    addresses = quiet.other.crowd(1000)
    assert time.monotonic() - began < 60
    assert len(set(addresses) | {quiet.phone.address, quiet.other.address}) == 1002


def test_no_portal_api_is_offered_without_a_certificate(party: GuestsNetwork) -> None:
    assert "opt114" not in party.phone.lease


def test_a_portal_api_would_be_seen_if_it_were_offered(tmp_path: Path) -> None:
    """That the test before can fail: the same client, asked the same, and a box that offers it."""
    offer = "\ndhcp-option-force=114,https://box.example/\n"
    with guests_network(tmp_path, mode=Mode.QUIET, extra=offer) as network:
        assert "opt114" in network.phone.lease


def test_in_party_mode_every_name_leads_to_the_box_and_is_soon_forgotten(party: GuestsNetwork) -> None:
    for found in party.phone.ask(("connectivitycheck.gstatic.com", "A"), ("anything.example", "A"), ("com", "A")):
        assert (found["code"], found["answers"]) == ("NOERROR", [BOX])
        assert all(ttl <= 10 for ttl in found["ttls"])


@pytest.mark.parametrize("kind", ["AAAA", "HTTPS"])
def test_in_party_mode_other_questions_are_answered_with_none_and_not_refused(party: GuestsNetwork, kind: str) -> None:
    for found in party.phone.ask(("www.google.com", kind), ("pika.internal", kind)):
        assert (found["code"], found["answers"]) == ("NOERROR", [])


def test_in_party_mode_windows_finds_the_address_it_looks_for(party: GuestsNetwork) -> None:
    found = party.phone.ask(("dns.msftncsi.com", "A"), ("dns.msftncsi.com", "AAAA"))
    assert [one["answers"] for one in found] == [["131.107.255.255"], ["fd3e:4f5a:5b81::1"]]


def test_in_quiet_mode_strange_names_are_denied_at_once(quiet: GuestsNetwork) -> None:
    for found in quiet.phone.ask(("connectivitycheck.gstatic.com", "A"), ("captive.apple.com", "A")):
        assert (found["code"], found["answers"]) == ("NXDOMAIN", [])


def test_in_gateway_mode_strange_names_are_what_the_uplink_says(gateway: GuestsNetwork) -> None:
    found = gateway.phone.ask(("connectivitycheck.gstatic.com", "A"), ("dns.msftncsi.com", "A"))
    assert [one["answers"] for one in found] == [[INTERNET_NAME_SERVED]] * 2


def test_relay_and_encrypted_dns_are_denied_in_every_mode(any_mode: GuestsNetwork) -> None:
    found = any_mode.phone.ask(*[(name, kind) for name in _CANARIES for kind in ("A", "AAAA")])
    assert {one["code"] for one in found} == {"NXDOMAIN"}


def test_the_box_answers_to_its_own_names_in_every_mode(any_mode: GuestsNetwork) -> None:
    for found in any_mode.phone.ask(("pika", "A"), ("pika.internal", "A"), ("pika.local", "A"), ("PIKA.Internal", "A")):
        assert (found["code"], found["answers"]) == ("NOERROR", [BOX])
        assert all(ttl <= 10 for ttl in found["ttls"])


def test_the_box_is_found_without_multicast(any_mode: GuestsNetwork) -> None:
    # dnsmasq tells every name in small letters; to DNS they are the same.
    service, instance = "_pika-box._tcp.internal", "pika box|_pika-box|_tcp|internal"
    browse, types, pointer, place, words = any_mode.phone.ask(
        ("b._dns-sd._udp.internal", "PTR"),
        ("_services._dns-sd._udp.internal", "PTR"),
        (service, "PTR"),
        (instance, "SRV"),
        (instance, "TXT"),
    )
    assert browse["answers"] == ["internal"]
    assert sorted(types["answers"]) == ["_http|_tcp|internal", "_pika-box|_tcp|internal"]
    assert pointer["answers"] == [instance]
    assert place["answers"] == [[WEB_PORT, "pika|internal"]]
    assert words["answers"][0][:2] == ["v=1", "api=1"]


def test_a_phone_with_another_name_server_asks_the_box_in_party_mode(party: GuestsNetwork) -> None:
    (found,) = party.phone.ask(("example.com", "A"), server="8.8.8.8")
    assert found["answers"] == [BOX]


@pytest.mark.parametrize("host", [BOX, _STRANGER, "8.8.8.8"])
def test_encrypted_doors_are_refused_at_once_and_never_silent(party: GuestsNetwork, host: str) -> None:
    doors = [("tcp", host, 443), ("tcp", host, 853), ("udp", host, 443)]
    for door, found in zip(doors, party.phone.reach(*doors), strict=True):
        assert found["said"] == "refused", door
        assert found["ms"] < 50, door


def test_a_phone_whose_apps_all_try_quic_at_once_is_refused_each_time(party: GuestsNetwork) -> None:
    doors = [("udp", f"93.184.216.{number}", 443) for number in range(1, 31)]
    found = party.phone.reach(*doors, *[("udp", BOX, 853)] * 10)
    assert {one["said"] for one in found} == {"refused"}
    assert max(one["ms"] for one in found) < 50


def test_in_quiet_mode_everything_beyond_the_box_is_refused_at_once(quiet: GuestsNetwork) -> None:
    doors = [("tcp", _STRANGER, port) for port in (80, 443, 853, 8080)]
    for found in quiet.phone.reach(*doors, ("udp", _STRANGER, 443)):
        assert found["said"] == "refused"
        assert found["ms"] < 50


def test_guests_reach_neither_ssh_nor_the_broker_nor_tls_of_the_box(any_mode: GuestsNetwork) -> None:
    doors = [("tcp", BOX, port) for port in (SSH_PORT, BROKER_PORT, 443, 9001)]
    assert [found["said"] for found in any_mode.phone.reach(*doors)] == ["refused"] * 4


def test_where_djs_are_among_the_guests_the_broker_is_open_and_nothing_else(tmp_path: Path) -> None:
    with guests_network(tmp_path, mode=Mode.QUIET, djs=True) as network:
        doors = [("tcp", BOX, port) for port in (BROKER_PORT, SSH_PORT, 443)]
        assert [found["said"] for found in network.phone.reach(*doors)] == ["open", "refused", "refused"]


def test_the_closed_doors_are_there_for_the_box_itself(party: GuestsNetwork) -> None:
    """That the test before can fail: the programs listen, and only the rules keep guests out."""
    party.box.execute("nft", "delete", "table", "inet", "pika_box")
    try:
        doors = [("tcp", BOX, port) for port in (SSH_PORT, BROKER_PORT, 443)]
        assert [found["said"] for found in party.phone.reach(*doors)] == ["open"] * 3
    finally:
        party.reload_rules()


def test_a_scan_finds_names_and_pages_and_nothing_else(any_mode: GuestsNetwork) -> None:
    ports = [*range(1, 1025), BROKER_PORT, 1884, 5353, WEB_PORT, 9001]
    found = any_mode.phone.reach(*[("tcp", BOX, port) for port in ports])
    assert [port for port, one in zip(ports, found, strict=True) if one["said"] == "open"] == [53, 80, WEB_PORT]
    assert [port for port, one in zip(ports, found, strict=True) if one["said"] == "silence"] == []


def test_in_party_mode_the_web_of_any_address_is_the_box(party: GuestsNetwork) -> None:
    pages = party.phone.get(f"http://{BOX}/", f"http://{BOX}:{WEB_PORT}/", f"http://{_STRANGER}/generate_204")
    assert pages == ["the box"] * 3


def test_in_quiet_mode_only_the_boxs_own_address_is_the_box(quiet: GuestsNetwork) -> None:
    own, strange = quiet.phone.get(f"http://{BOX}/", f"http://{_STRANGER}/generate_204")
    assert own == "the box"
    assert "refused" in strange


def test_in_gateway_mode_probes_reach_the_internet_and_the_box_stays_the_box(gateway: GuestsNetwork) -> None:
    own, far = gateway.phone.get(f"http://{BOX}/", f"http://{INTERNET}/generate_204")
    assert (own, far) == ("the box", "the internet")
    assert gateway.phone.reach(("tcp", INTERNET, 443))[0]["said"] == "open"


def test_in_gateway_mode_the_venues_own_machines_stay_closed(gateway: GuestsNetwork) -> None:
    found = gateway.phone.reach(("tcp", PRINTER, 80), ("tcp", PRINTER, 443))
    assert [one["said"] for one in found] == ["refused"] * 2


def test_a_guest_reaches_no_other_guest_not_even_by_way_of_the_box(any_mode: GuestsNetwork) -> None:
    other = any_mode.other
    any_mode.listen_on_other_phone(9999)
    assert any_mode.phone.reach(("tcp", other.address, 9999))[0]["said"] != "open"

    any_mode.phone.machine.execute("ip", "route", "replace", f"{other.address}/32", "via", BOX)
    (found,) = any_mode.phone.reach(("tcp", other.address, 9999))

    assert found["said"] == "refused"
