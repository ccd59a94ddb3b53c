"""From nothing to the first play on a phone, as a new DJ goes: fetch one file, start it, type the code."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.link.one_file import made, wheels_in
from tests.network.hall import Hall, hall, require
from tests.network.new_dj import Laptop, Phone, code_from_staff_page, real_box

_BOX, _DJ, _PHONE = "10.77.0.1", "10.77.0.9", "10.77.0.30"
_NO_SEARCH = (
    "add table inet shut; "
    "add chain inet shut in { type filter hook input priority 0; }; "
    "add chain inet shut out { type filter hook output priority 0; }; "
    "add rule inet shut in udp dport 5353 drop; "
    "add rule inet shut out udp dport 5353 drop"
)


@pytest.fixture(scope="module", name="file")
def _file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The link as a box hands it out; made before anybody comes."""
    return made(tmp_path_factory.mktemp("out"), wheels=wheels_in(tmp_path_factory.mktemp("wheels")))


@pytest.fixture(name="venue")
def _venue(tmp_path: Path) -> Iterator[Hall]:
    with hall(tmp_path) as venue:
        yield venue


@pytest.fixture(name="data")
def _data(tmp_path: Path, file: Path) -> Path:
    """The box's folder, with the file on its shelf."""
    shelf = tmp_path / "box" / "link"
    shelf.mkdir(parents=True)
    (shelf / file.name).hardlink_to(file)
    return tmp_path / "box"


def test_a_new_dj_is_on_the_phones_after_two_commands(venue: Hall, data: Path, file: Path, tmp_path: Path) -> None:
    machine = venue.plug_in(f"{_BOX}/24")
    laptop = Laptop(venue.plug_in(f"{_DJ}/24"), tmp_path / "laptop")
    with (
        real_box(machine, data, name="Hall") as box,
        Phone(venue.plug_in(f"{_PHONE}/24"), _BOX, box.port).watching() as phone,
    ):
        code = code_from_staff_page(machine, box)
        began = time.monotonic()
        own = laptop.fetch(_BOX, box.port)
        assert hashlib.sha256(own.read_bytes()).digest() == hashlib.sha256(file.read_bytes()).digest()
        with laptop.terminal(own, "run") as terminal:
            terminal.until("Found: Hall (10.77.0.1)")
            terminal.until("Pairing code")
            terminal.say("1-2345-6789")
            terminal.until("did not take the code")
            terminal.say(code)
            terminal.until("know each other now")
            terminal.until("virtualdj")
            laptop.play("Nina Simone", "Sinnerman")
            phone.until("Sinnerman")
            took = time.monotonic() - began
            terminal.until("nothing waiting, 1 at the box")
        print(f"from the first command to the phone: {took:.1f} s")
        assert took < 60
        # What was there before is nobody's news, and the next evening needs no code and no question.
        assert phone.titles == ["Sinnerman"]
        with laptop.terminal(own, "run") as terminal:
            terminal.until("virtualdj")
            assert "code" not in terminal.shown
            assert "No box was chosen" not in terminal.shown
            laptop.play("Nina Simone", "Feeling Good")
            phone.until("Feeling Good")


def test_where_searching_is_blocked_an_address_and_a_code_are_enough(
    venue: Hall, data: Path, file: Path, tmp_path: Path
) -> None:
    require("nft")
    machine = venue.plug_in(f"{_BOX}/24")
    laptop = Laptop(venue.plug_in(f"{_DJ}/24"), tmp_path / "laptop")
    laptop.machine.execute("nft", _NO_SEARCH)
    with (
        real_box(machine, data, name="Hall") as box,
        Phone(venue.plug_in(f"{_PHONE}/24"), _BOX, box.port).watching() as phone,
    ):
        with laptop.terminal(file, "run") as terminal:
            terminal.until("No box was found on this network")
            terminal.until("The box's address")
        code = code_from_staff_page(machine, box)
        # Without a terminal nobody can be asked, so the words say what to add.
        assert "Add --code" in laptop.ask(file, "run", "--box", _BOX, status=1)
        assert "has nine digits" in laptop.ask(file, "run", "--box", _BOX, "--code", "4711", status=1)
        assert "No box answers at 10.77" in laptop.ask(file, "run", "--box", "10.77.0.77", "--code", code, status=1)
        with laptop.terminal(file, "run", "--plain", "--box", _BOX, "--code", code) as terminal:
            terminal.until("virtualdj: here")
            laptop.play("Nina Simone", "Sinnerman")
            phone.until("Sinnerman")
        assert "used already" in laptop.ask(file, "run", "--box", _BOX, "--code", code, status=1)
