"""What is rendered from the settings, and what is refused in words."""

import re
from pathlib import Path

import pytest

from appliance import config
from appliance.config import Settings
from appliance.domain.portal import Mode
from appliance.errors import BadConfig
from appliance.firmware.plan import make_plan
from appliance.firmware.render import (
    COUNTRY,
    DNSMASQ,
    DNSMASQ_MODE,
    HOSTAPD,
    HOTSPOT,
    NFTABLES,
    SYSCTL,
    UNIT_FOLDER,
    UNMANAGED,
    Tree,
    render,
)
from tests.firmware.golden import CASES, EXPECTED, as_text, rendered

_WIFI: dict[str, object] = {"ssid": "Hall", "passphrase": "dance dance", "country": "DE"}


def _settings(*, network: dict[str, object], wifi: dict[str, object] | None = None, port: int = 8080) -> Settings:
    options: dict[str, dict[str, object]] = {"network": network, "wifi": wifi or {}, "http": {"port": port}}
    return config.load(data=Path("/var/lib/pika-box"), environment={}, options=options)


def _tree(
    *,
    network: dict[str, object],
    wifi: dict[str, object] | None = None,
    port: int = 8080,
    mode: Mode = Mode.QUIET,
    checkout: Path = Path("/opt/pika-box"),
) -> Tree:
    return render(make_plan(_settings(network=network, wifi=wifi, port=port), checkout=checkout, mode=mode))


@pytest.mark.parametrize("case", CASES)
def test_the_files_are_as_expected(case: str) -> None:
    """After a change on purpose: `python -m tests.firmware.golden`, and read the difference."""
    assert as_text(rendered(case)) == (EXPECTED / f"{case}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("topology", ["none", "lan"])
def test_on_somebody_elses_network_nothing_of_radio_dhcp_or_firewall_is_rendered(topology: str) -> None:
    tree = _tree(network={"topology": topology}, wifi=_WIFI, mode=Mode.PARTY)
    for name in (HOSTAPD, HOTSPOT, COUNTRY, DNSMASQ, NFTABLES, UNMANAGED):
        assert name not in tree
    assert "ip_forward" not in tree[SYSCTL].text
    wanted = tree[f"{UNIT_FOLDER}/pika-box.target"].text
    assert not re.search(r"firewall|dhcp|radio|network", wanted)


@pytest.mark.parametrize("mode", Mode)
def test_only_party_mode_catches_names_and_only_gateway_mode_forwards(mode: Mode) -> None:
    tree = _tree(network={"topology": "ethernet", "uplink": "wlan0"}, mode=mode)
    assert ("address=/#/" in tree[DNSMASQ_MODE].text) == (mode is Mode.PARTY)
    assert ("net.ipv4.ip_forward = 1" in tree[SYSCTL].text) == (mode is Mode.GATEWAY)
    assert ("masquerade" in tree[NFTABLES].text) == (mode is Mode.GATEWAY)


def test_no_rule_drops_what_could_be_refused() -> None:
    for mode in Mode:
        rules = _tree(network={"topology": "ethernet", "uplink": "wlan0"}, mode=mode)[NFTABLES].text
        drops = [line.strip() for line in rules.splitlines() if re.search(r"\bdrop$", line)]
        assert drops == ["meta pkttype { broadcast, multicast } drop"]


@pytest.mark.parametrize(
    ("network", "wifi", "mode", "code"),
    [
        ({"topology": "access-point"}, {"ssid": "Hall"}, Mode.QUIET, "country_missing"),
        ({"topology": "access-point"}, {**_WIFI, "country": "de"}, Mode.QUIET, "country_missing"),
        ({"topology": "access-point"}, {**_WIFI, "channel": 52}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "access-point"}, {**_WIFI, "channel": 3}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "access-point"}, {**_WIFI, "ssid": ""}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "access-point"}, {**_WIFI, "ssid": "ä" * 17}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "access-point"}, {**_WIFI, "ssid": "a\nwpa=0"}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "access-point"}, {**_WIFI, "passphrase": "short"}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "access-point"}, {**_WIFI, "passphrase": "line\nwpa=0"}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet"}, {}, Mode.GATEWAY, "uplink_missing"),
        ({"topology": "ethernet", "uplink": "eth0"}, {}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet", "interface": "eth0\n"}, {}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet", "interface": 'eth0" accept'}, {}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet", "host_name": "pika,10.0.0.1"}, {}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet", "host_name": "#"}, {}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet", "address": "10.42.0.1"}, {}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet", "address": "8.8.8.1/24"}, {}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet", "address": "10.42.0.0/22"}, {}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet", "address": "10.42.0.99/22"}, {}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet", "address": "10.42.0.1/8"}, {}, Mode.QUIET, "config_wrong_value"),
        ({"topology": "ethernet", "address": "pika"}, {}, Mode.QUIET, "config_wrong_value"),
    ],
)
def test_what_can_t_be_set_up_is_refused(
    network: dict[str, object], wifi: dict[str, object], mode: Mode, code: str
) -> None:
    with pytest.raises(BadConfig) as raised:
        _tree(network=network, wifi=wifi, mode=mode)
    assert raised.value.code == code
    assert "dance" not in str(raised.value)


def test_every_name_that_the_box_answers_to_leads_to_it() -> None:
    http: dict[str, object] = {
        "names": ["hall.example", "10.0.0.7"],
        "public_url": "http://fest.example:8080",
        "portal": "pika.internal:8080",
    }
    options: dict[str, dict[str, object]] = {"network": {"topology": "ethernet"}, "http": http}
    settings = config.load(data=Path("/var/lib/pika-box"), environment={}, options=options)
    text = render(make_plan(settings, checkout=Path("/opt/pika-box"), mode=Mode.QUIET))[DNSMASQ].text
    assert "host-record=pika,pika.internal,pika.local,hall.example,fest.example,10.42.0.1" in text.splitlines()


@pytest.mark.parametrize("folder", ["/home/pi/pika-box", "/root/pika-box", "/opt/pika box", "/opt/a%b"])
def test_a_program_where_the_units_can_t_use_it_is_refused(folder: str) -> None:
    with pytest.raises(BadConfig):
        _tree(network={"topology": "lan"}, checkout=Path(folder))


def test_networkmanager_can_drive_the_radio_instead_of_hostapd() -> None:
    wifi = {**_WIFI, "ssid": "Hä", "passphrase": r" a\b c d", "program": "network-manager", "channel": 11}
    tree = _tree(network={"topology": "access-point"}, wifi=wifi)
    assert HOSTAPD not in tree
    assert UNMANAGED not in tree
    assert tree[HOTSPOT].mode == 0o600
    assert "wlan0" in tree[HOTSPOT].text
    lines = tree[HOTSPOT].text.splitlines()
    for line in ("mode=ap", "ap-isolation=1", "ssid=72;195;164;", r"psk=\sa\\b\sc\sd", "band=bg", "method=manual"):
        assert line in lines
    assert "radio" not in tree[f"{UNIT_FOLDER}/pika-box.target"].text


def test_an_open_network_is_made_only_when_there_is_no_password() -> None:
    for program, name in (("hostapd", HOSTAPD), ("network-manager", HOTSPOT)):
        wifi = {**_WIFI, "program": program}
        closed = _tree(network={"topology": "access-point"}, wifi=wifi)[name].text
        opened = _tree(network={"topology": "access-point"}, wifi={**wifi, "passphrase": ""})[name].text
        assert "dance dance".replace(" ", "\\s" if program == "network-manager" else " ") in closed
        assert not re.search(r"(?m)^(wpa=2|psk=|wpa_passphrase=|key-mgmt=)", opened)


@pytest.mark.parametrize(("port", "rights"), [(80, "CAP_NET_BIND_SERVICE"), (8080, "")])
def test_the_box_gets_rights_only_for_a_low_port(port: int, rights: str) -> None:
    unit = _tree(network={"topology": "lan"}, port=port)[f"{UNIT_FOLDER}/pika-box.service"].text.splitlines()
    assert f"CapabilityBoundingSet={rights}" in unit
    assert f"AmbientCapabilities={rights}" in unit


@pytest.mark.parametrize("case", CASES)
def test_nothing_of_the_box_waits_for_a_network(case: str) -> None:
    units = {name: file.text for name, file in rendered(case).items() if name.startswith(UNIT_FOLDER)}
    assert units
    for name, text in units.items():
        directives = [line for line in text.splitlines() if not line.startswith("#")]
        assert not [line for line in directives if "network-online" in line or "network.target" in line], name
    # A target is otherwise reached only when everything it wants is, a missing cable included.
    assert "DefaultDependencies=no" in units[f"{UNIT_FOLDER}/pika-box.target"]
    # What guests see starts by itself: no unit of the network is needed for it, only its own settings.
    server = units[f"{UNIT_FOLDER}/pika-box.service"]
    assert not re.search(r"(?m)^(Requires|BindsTo|Requisite|BindTo)=", server)
    assert not re.search(r"(?m)^(After|Wants)=.*(firewall|dhcp|radio|pika-box-network)", server)


def test_the_range_has_room_for_a_thousand_phones_and_ends_inside_its_network() -> None:
    plan = make_plan(_settings(network={"topology": "ethernet"}), checkout=Path("/opt/pika-box"), mode=Mode.QUIET)
    assert plan.network is not None
    assert plan.network.leases >= 1000
    assert plan.network.address.ip < plan.network.first_lease
    assert plan.network.last_lease < plan.network.address.network.broadcast_address


def test_every_kernel_setting_is_one_this_kernel_knows() -> None:
    for line in _tree(network={"topology": "ethernet"})[SYSCTL].text.splitlines():
        if line and not line.startswith("#"):
            name = line.partition("=")[0].strip()
            assert Path("/proc/sys", *name.split(".")).exists(), name
