"""What the status page learns of the network around the box, from this machine's real interfaces."""

from pathlib import Path

import pytest

from appliance import config
from appliance.config import Settings
from appliance.domain.facts import Wifi
from appliance.errors import BadConfig
from appliance.network import interface_named, is_in_digits
from appliance.surroundings import Surroundings

#: as dnsmasq writes them: end, card, address, name, client id; and its own identity for IPv6
LEASES = """1795203600 02:00:00:aa:00:01 10.42.0.10 Annas-iPhone 01:02:00:00:aa:00:01
1795203601 02:00:00:aa:00:02 10.42.0.11 * *
duid 00:01:00:01:2c
"""


def settings(tmp_path: Path, **network: object) -> Settings:
    return config.load(data=tmp_path, environment={}, options={"network": network, "http": {"host": "127.0.0.1"}})


def test_a_box_in_somebody_s_network_gives_no_addresses_and_says_where_it_is(tmp_path: Path) -> None:
    around = Surroundings(settings(tmp_path, topology="lan"), leases=tmp_path / "leases")
    # It listens to this machine only, so no phone can reach it.
    assert around.wifi() == Wifi(is_own=False, ssid="", interface="", is_up=False, address="")
    assert around.joined() is None
    assert around.room() == 5000


def test_an_own_network_is_looked_at_on_its_own_interface(tmp_path: Path) -> None:
    gone = Surroundings(settings(tmp_path, topology="ethernet", interface="nothere0"))
    assert gone.wifi() == Wifi(True, "", "nothere0", is_up=False, address="10.42.0.1", is_right_address=False)
    # Loopback is up everywhere and has another address than the guests' network.
    other = Surroundings(settings(tmp_path, topology="ethernet", interface="lo"))
    assert other.wifi() == Wifi(True, "", "lo", is_up=True, address="10.42.0.1", is_right_address=False)
    loopback = interface_named("lo")
    assert loopback is not None
    assert "127.0.0.1" in loopback.addresses


def test_phones_are_counted_and_nothing_else_of_them_is_read(tmp_path: Path) -> None:
    leases = tmp_path / "leases"
    around = Surroundings(settings(tmp_path, topology="ethernet"), leases=leases)
    assert around.joined() == 0
    leases.write_text(LEASES, encoding="utf-8")
    assert around.joined() == 2
    leases.write_bytes(b"\xff\xfe broken\n17 x\n")
    assert around.joined() == 1
    leases.unlink()
    leases.mkdir()
    with pytest.raises(OSError, match="directory"):
        around.joined()


def test_room_is_what_the_network_and_the_box_both_have(tmp_path: Path) -> None:
    assert Surroundings(settings(tmp_path, topology="ethernet")).room() == 1013
    small = settings(tmp_path, topology="ethernet", address="192.168.9.1/24")
    assert Surroundings(small).room() == 245
    radio = config.load(
        data=tmp_path,
        environment={},
        options={"network": {"topology": "access-point"}, "wifi": {"country": "DE", "ssid": "Hall"}},
    )
    assert Surroundings(radio).room() == 15


def test_settings_that_can_t_be_are_said_in_words(tmp_path: Path) -> None:
    around = Surroundings(settings(tmp_path, topology="ethernet", address="8.8.8.8/24"))
    for ask in (around.wifi, around.joined, around.room):
        with pytest.raises(BadConfig, match="private address"):
            ask()


@pytest.mark.parametrize(
    ("url", "digits"),
    [
        ("http://10.42.0.1:8080/s/a", True),
        ("http://[fd00::1]/s/a", True),
        ("http://pika.internal/s/a", False),
        ("http://10.42.0.1.example/", False),
    ],
)
def test_an_address_in_digits_is_told_from_a_name(url: str, digits: bool) -> None:
    assert is_in_digits(url) is digits
