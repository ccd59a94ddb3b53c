"""Option 114 and the way to encrypted pages: there while the certificate is in use, in real dnsmasq and nftables."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import config
from appliance.commands import firmware
from appliance.domain.portal import Mode
from appliance.firmware.plan import make_plan
from appliance.firmware.render import DNSMASQ_MODE, NFTABLES, UNIT_FOLDER, Tree, render
from tests.firmware.guests_network import BOX, SSH_PORT, TLS_PORT, GuestsNetwork, guests_network
from tests.support.authority import NAME, Authority

API = f"https://{NAME}/api/captive"
_STRANGER = "93.184.216.34"


@pytest.fixture(name="party", scope="module")
def _party(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    with guests_network(tmp_path_factory.mktemp("party"), mode=Mode.PARTY, tls_name=NAME) as network:
        yield network


@pytest.fixture(name="gateway", scope="module")
def _gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    with guests_network(tmp_path_factory.mktemp("gateway"), mode=Mode.GATEWAY, tls_name=NAME) as network:
        yield network


def option_114(network: GuestsNetwork) -> str | None:
    """The portal's API in what a real DHCP client is given."""
    network.phone.join(ask_for=[114])
    found = network.phone.lease.get("opt114")
    return bytes.fromhex(found).decode() if found else None


def test_phones_are_told_of_the_api_while_it_can_be_trusted_and_no_longer(party: GuestsNetwork) -> None:
    assert option_114(party) is None
    for is_open in (True, False, True, False):
        party.open_tls(is_open)
        assert option_114(party) == (API if is_open else None)


def test_encrypted_pages_are_reached_while_open_and_refused_at_once_otherwise(party: GuestsNetwork) -> None:
    doors = [("tcp", BOX, 443), ("tcp", BOX, TLS_PORT)]
    for is_open in (False, True, False):
        party.open_tls(is_open)
        for found in party.phone.reach(*doors):
            assert found["said"] == ("open" if is_open else "refused")
            assert found["ms"] < 50


def test_elsewhere_443_is_refused_also_while_encrypted_pages_are_open(party: GuestsNetwork) -> None:
    party.open_tls(True)
    try:
        doors = [("tcp", _STRANGER, 443), ("udp", BOX, 443), ("udp", _STRANGER, 443), ("tcp", BOX, 853)]
        for found in party.phone.reach(*doors, ("tcp", BOX, SSH_PORT)):
            assert found["said"] == "refused"
            assert found["ms"] < 50
        ports = [*range(1, 1025), TLS_PORT, 1883, 9001]
        scanned = party.phone.reach(*[("tcp", BOX, port) for port in ports])
        assert [port for port, one in zip(ports, scanned, strict=True) if one["said"] == "open"] == [
            53,
            80,
            443,
            TLS_PORT,
        ]
    finally:
        party.open_tls(False)


def test_443_leads_to_the_port_of_encrypted_pages(party: GuestsNetwork) -> None:
    party.open_tls(True)
    try:
        # The stand-in says in plain words where one has come out.
        assert party.phone.get(f"http://{BOX}:443/") == ["encrypted pages"]
    finally:
        party.open_tls(False)


@pytest.mark.parametrize("is_open", [True, False])
def test_the_public_name_leads_to_the_box_in_every_mode(
    party: GuestsNetwork, gateway: GuestsNetwork, tmp_path: Path, is_open: bool
) -> None:
    for network in (party, gateway):
        network.open_tls(is_open)
        plain, other, below = network.phone.ask((NAME, "A"), (NAME, "AAAA"), (NAME.upper(), "A"))
        assert (plain["code"], plain["answers"]) == ("NOERROR", [BOX])
        assert all(ttl <= 10 for ttl in plain["ttls"])
        # Whatever the internet says of it: a phone that was told another address by IPv6 would go there.
        assert (other["code"], other["answers"]) == ("NOERROR", [])
        assert below["answers"] == [BOX]
    if is_open:
        with guests_network(tmp_path, mode=Mode.QUIET, tls_name=NAME) as quiet:
            assert quiet.phone.ask((NAME, "A"))[0]["answers"] == [BOX]


def test_in_gateway_mode_encrypted_pages_are_open_and_no_portal_is_offered(gateway: GuestsNetwork) -> None:
    gateway.open_tls(True)
    try:
        assert gateway.phone.reach(("tcp", BOX, 443))[0]["said"] == "open"
        assert option_114(gateway) is None
    finally:
        gateway.open_tls(False)
    assert gateway.phone.reach(("tcp", BOX, 443))[0]["said"] == "refused"


def _tree(mode: Mode, *, tls_open: bool, host_name: str = NAME, port: int = TLS_PORT) -> Tree:
    network: dict[str, object] = {"topology": "ethernet", "uplink": "wlan0"}
    tls: dict[str, object] = {"host_name": host_name, "port": port}
    settings = config.load(data=Path("/var/lib/pika-box"), environment={}, options={"network": network, "tls": tls})
    return render(make_plan(settings, checkout=Path("/opt/pika-box"), mode=mode, tls_open=tls_open))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("tls_open", [True, False])
@pytest.mark.parametrize("host_name", [NAME, ""])
def test_the_option_is_offered_in_party_mode_with_a_name_and_open_pages_only(
    mode: Mode, tls_open: bool, host_name: str
) -> None:
    tree = _tree(mode, tls_open=tls_open, host_name=host_name)
    offered = [line for line in tree[DNSMASQ_MODE].text.splitlines() if line.startswith("dhcp-option=114")]
    expected = mode is Mode.PARTY and tls_open and bool(host_name)
    assert offered == ([f"dhcp-option=114,{API}"] if expected else [])
    assert ("tcp dport 443 dnat" in tree[NFTABLES].text) == (tls_open and bool(host_name))


@pytest.mark.parametrize(
    ("said", "is_open"),
    [
        (API, True),
        ("none", False),
        ("", False),
        (None, False),
        ("https://evil.example/api/captive", False),
        (f"{API}\ndhcp-script=/bin/sh", False),
        ("\xff", False),
    ],
)
def test_the_installed_files_follow_what_the_box_says_and_nothing_else_it_could_say(
    tmp_path: Path, said: str | None, is_open: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "box.toml").write_text(f'[network]\ntopology = "ethernet"\n[tls]\nhost_name = "{NAME}"\n')
    (tmp_path / "portal-mode").write_text("party\n")
    if said is not None:
        (tmp_path / "portal-api").write_bytes(said.encode("latin-1"))
    out = tmp_path / "out"
    options = ["--data", str(tmp_path), "--checkout", "/opt/pika-box", "--out", str(out)]
    assert firmware.main(["render", *options]) == 0
    assert (f"\ndhcp-option=114,{API}\n" in (out / DNSMASQ_MODE).read_text()) == is_open
    assert "evil" not in (out / DNSMASQ_MODE).read_text()
    assert "script" not in (out / DNSMASQ_MODE).read_text()


def test_the_system_watches_the_file_and_gives_rights_for_a_low_port() -> None:
    tree = _tree(Mode.QUIET, tls_open=False, port=443)
    assert "PathChanged=/var/lib/pika-box/portal-api" in tree[f"{UNIT_FOLDER}/pika-box-mode.path"].text
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in tree[f"{UNIT_FOLDER}/pika-box.service"].text
    assert "AmbientCapabilities=\n" in _tree(Mode.QUIET, tls_open=False)[f"{UNIT_FOLDER}/pika-box.service"].text


def test_a_real_box_serves_a_phone_by_name_and_everybody_else_hears_a_clear_no(tmp_path: Path) -> None:
    """Everything real: the box and its certificate, dnsmasq, nftables, a DHCP client, TLS with the phone's roots."""
    authority, roots = Authority(), tmp_path / "roots.pem"
    roots.write_bytes(authority.roots)
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "certificate.pem").write_bytes(authority.bundle())
    with guests_network(tmp_path, mode=Mode.PARTY, real=True, tls_name=NAME, tls_roots=str(roots)) as network:
        told = tmp_path / "portal-api"
        deadline = time.monotonic() + 10
        while not told.exists() or told.read_text(encoding="ascii").strip() != API:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        network.open_tls(True)
        assert option_114(network) == API

        api = network.phone.encrypted(API, roots=roots)["said"]
        assert json.loads(api.partition("\r\n\r\n")[2])["captive"] is True
        page = network.phone.encrypted(f"https://{NAME}/welcome", roots=roots)["said"]
        assert page.startswith("HTTP/1.1 200")

        # Every name leads here in party mode. Android's probe over HTTPS must fail at once and show nothing.
        stranger = network.phone.encrypted("https://www.google.com/generate_204", roots=roots)
        assert stranger["said"] == "TLSV1_UNRECOGNIZED_NAME"
        assert stranger["ms"] < 200

        (tmp_path / "tls" / "certificate.pem").unlink()
        while told.read_text(encoding="ascii").strip() != "none":
            assert time.monotonic() < deadline + 10
            time.sleep(0.05)
        # The box alone refuses already, before the firewall has heard of it.
        (found,) = network.phone.reach(("tcp", BOX, 443))
        assert (found["said"], found["ms"] < 50) == ("refused", True)
        network.open_tls(False)
        assert option_114(network) is None
        (found,) = network.phone.reach(("tcp", BOX, 443))
        assert (found["said"], found["ms"] < 50) == ("refused", True)
        assert network.phone.visit(f"http://{BOX}:8080/welcome")["status"] == 200
