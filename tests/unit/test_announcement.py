"""What a box says of itself, and what is believed of others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.discovery import service
from appliance.discovery.service import Announcement, FoundBox

_ANNOUNCEMENT = Announcement(
    name="Main Hall", box_id="0123456789abcdef0123", port=8080, version="0.1.0", mqtt_port=1883, link_port=8470
)


def _read(**changes: Any) -> FoundBox | None:
    given_: dict[str, Any] = {
        "instance": "Main Hall",
        "host": "main-hall-012345.local.",
        "addresses": ["192.168.4.1"],
        "port": 8080,
        "record": service.txt_record(_ANNOUNCEMENT),
    }
    return service.read_box(**(given_ | changes))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Main Hall", "Main Hall"),
        ("Dr. No's St. Pauli", "Dr No's St Pauli"),
        ("\u202e two\nlines ", "two lines"),
        ("é" * 40, "é" * 30),
        ("x" + "😀" * 20, "x" + "😀" * 14),
        ("...", "Pika Box"),
        ("", "Pika Box"),
    ],
)
def test_the_announced_name_is_clean_and_short(name: str, expected: str) -> None:
    assert service.instance_name(name) == expected


@given(st.text(max_size=200))
def test_any_name_fits_into_a_label_with_room_for_a_number(name: str) -> None:
    announced = service.instance_name(name)
    assert 1 <= len(f"{announced}-99".encode()) <= 63
    assert "." not in announced


@pytest.mark.parametrize(
    ("name", "box_id", "expected"),
    [
        ("Main Hall", "3F9A2C77", "main-hall-3f9a2c.local."),
        ("舞台", "3f9a2c77", "pika-box-3f9a2c.local."),
        ("x" * 80, "3f-9a.2c", f"{'x' * 48}-3f9a2c.local."),
        ("Hall", "", "hall.local."),
    ],
)
def test_the_host_name_is_the_boxs_own(name: str, box_id: str, expected: str) -> None:
    assert service.host_name(name, box_id) == expected


def test_the_record_is_small_and_names_what_a_dj_needs() -> None:
    record = service.txt_record(_ANNOUNCEMENT)
    ports = {"mqtt": "1883", "link": "8470"}
    assert record == {"v": "1", "id": "0123456789abcdef0123", "api": "1", "path": "/", "ver": "0.1.0", **ports}
    assert next(iter(record)) == "v"
    assert sum(len(key) + len(value) + 2 for key, value in record.items()) < 400


def test_a_broker_of_its_own_is_not_announced() -> None:
    record = service.txt_record(Announcement(name="Hall", box_id="1", port=80, version="1", mqtt_port=None))
    assert "mqtt" not in record


def test_what_a_box_says_is_read_back() -> None:
    assert _read() == FoundBox(
        name="Main Hall",
        host="main-hall-012345.local",
        addresses=("192.168.4.1",),
        port=8080,
        box_id="0123456789abcdef0123",
        version="0.1.0",
        mqtt_port=1883,
        link_port=8470,
    )


@pytest.mark.parametrize(
    "changes", [{"addresses": []}, {"addresses": ["fe80::1%2", "junk"]}, {"port": None}, {"port": 0}]
)
def test_a_box_without_anything_to_connect_to_is_no_box(changes: dict[str, Any]) -> None:
    assert _read(**changes) is None


@pytest.mark.parametrize("mqtt", [None, "", "0", "65536", "-1", "1e3", "١٢", "9" * 5000])
def test_a_broker_port_that_is_none_is_not_believed(mqtt: str | None) -> None:
    box = _read(record={"mqtt": mqtt})
    assert box is not None
    assert box.mqtt_port is None
    assert box.link_port is None


@pytest.mark.parametrize("box_id", [None, "", "<script>", "a b", "x" * 65, "é"])
def test_an_id_that_is_none_is_not_believed(box_id: str | None) -> None:
    box = _read(record={"id": box_id})
    assert box is not None
    assert box.box_id == ""


def test_hostile_texts_come_out_clean_and_short() -> None:
    box = _read(
        instance="\u202e\x1b[31m" + "n" * 5000,
        host="h\n" * 500,
        record={"ver": "\x00\u2066v" * 5000},
        addresses=[f"10.0.0.{number}" for number in range(250)],
    )
    assert box is not None
    assert box.name.startswith("[31mnnn")
    assert max(len(box.name), len(box.host)) <= 100
    assert box.version == "v" * 32
    assert len(box.addresses) == 8


def test_ipv4_addresses_come_first_and_once() -> None:
    box = _read(addresses=["fd00::1", "10.0.0.2", "fd00::1", "10.0.0.1", "224.0.0.1", "0.0.0.0"])
    assert box is not None
    assert box.addresses == ("10.0.0.2", "10.0.0.1", "fd00::1")


def test_multicast_goes_by_ipv4_where_there_is_any() -> None:
    assert service.multicast_addresses(["fd00::1", "10.0.0.1"]) == ["10.0.0.1"]
    assert service.multicast_addresses(["fd00::1"]) == ["fd00::1"]
