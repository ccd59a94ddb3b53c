"""The card's boot partition: settings dropped there by a laptop, what the box answers, and a factory reset."""

import json
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance import config
from appliance.care import reset
from appliance.clock import SystemClock
from appliance.commands import config as config_command
from appliance.commands import firmware
from appliance.config import Settings
from appliance.errors import BadConfig, BoxError
from appliance.firmware import boot_partition
from appliance.firmware.render import DNSMASQ, HOSTAPD
from appliance.notices import Notices
from appliance.venue import Topology
from tests.network.hall import require, run


@dataclass
class Card:
    """A box and its card."""

    boot: Path
    data: Path
    root: Path

    def drop(self, text: str | bytes, *, name: str = "pika-box.toml") -> Path:
        """Somebody's laptop leaves a file."""
        path = self.boot / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def start(self) -> None:
        """The machine starts."""
        given = self.boot / "pika-box.toml"
        options = ["--data", str(self.data), "--root", str(self.root), "--from", str(given)]
        assert firmware.main(["first-boot", *options]) == 0

    def start_badly(self) -> BoxError:
        """The machine starts and finds something wrong."""
        with pytest.raises(BoxError) as raised:
            self.start()
        return raised.value

    @property
    def settings(self) -> Settings:
        """What the box goes by."""
        return config.load(data=self.data, environment={})

    @property
    def says(self) -> str:
        """The box's answer."""
        return (self.boot / boot_partition.SAYS).read_text(encoding="utf-8")

    @property
    def notices(self) -> list[str]:
        """What the status page shows."""
        return [one.words for one in Notices(self.data / "notices.json", clock=SystemClock()).all()]


@pytest.fixture(name="card")
def _card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    monkeypatch.setattr(firmware, "USER", pwd.getpwuid(os.geteuid()).pw_name)
    monkeypatch.setattr(firmware, "CHECKOUT", Path("/opt/pika-box/current"))
    card = Card(tmp_path / "boot", tmp_path / "data", tmp_path / "root")
    card.boot.mkdir()
    return card


def test_every_new_box_gets_a_name_a_password_and_a_setup_code_of_its_own_and_says_them(card: Card) -> None:
    made = []
    for _ in range(10):
        shutil.rmtree(card.data, ignore_errors=True)
        card.drop('[wifi]\ncountry = "DE"\n')
        card.start()
        made.append(card.settings)
    last = made[-1]
    assert len({one.box.name for one in made}) == 10
    assert len({one.box.setup_code.reveal() for one in made}) == 10
    assert last.box.name.startswith("Pika Box ")
    # One name for the network and the box, so that staff look for one thing.
    assert last.wifi.ssid == last.box.name
    for words in (
        last.wifi.ssid,
        last.wifi.passphrase.reveal(),
        last.box.setup_code.reveal(),
        "http://pika.internal/staff",
    ):
        assert words in card.says


def test_what_the_file_names_is_kept(card: Card) -> None:
    card.drop('[box]\nname = "Tanzhaus"\nsetup_code = "my-own-code-7"\n[network]\ntopology = "ethernet"\n')
    card.start()
    assert (card.settings.box.name, card.settings.box.setup_code.reveal()) == ("Tanzhaus", "my-own-code-7")
    assert card.settings.network.topology is Topology.ETHERNET
    assert (card.root / DNSMASQ).exists()


def test_a_box_without_a_boot_partition_is_set_up_all_the_same(card: Card) -> None:
    card.boot.rmdir()
    card.start()
    assert card.settings.network.topology is Topology.LAN
    assert not card.boot.exists()


@pytest.mark.parametrize("name", ["pika-box.toml", "pika-box.toml.txt", "PIKA-BOX.TOML", "Pika-Box.toml.TXT"])
def test_settings_are_found_however_the_laptop_spells_the_file(card: Card, name: str) -> None:
    card.drop('[box]\nname = "Hall"\n', name=name)
    card.drop("", name="._pika-box.toml")
    card.start()
    assert card.settings.box.name == "Hall"
    assert "Hall" in card.says


@pytest.mark.parametrize(
    "content",
    [
        b'[box]\r\nname = "Caf\xc3\xa9"\r\n',
        b'[box]\rname = "Caf\xc3\xa9"\r',
        b'\xef\xbb\xbf[box]\nname = "Caf\xc3\xa9"\n',
        '[box]\nname = "Café"\n'.encode("utf-16"),
        "[box]\nname = “Café”\n".encode(),
        "[box]\n\u00a0name\u00a0=\u00a0„Café“\n".encode(),
        "[box]\nname = ‘Café’\n".encode(),
    ],
    ids=["crlf", "cr", "bom", "utf-16", "curly", "german", "single"],
)
def test_what_editors_and_word_processors_do_to_a_file_is_understood(card: Card, content: bytes) -> None:
    card.drop(content)
    card.start()
    assert card.settings.box.name == "Café"


def test_curly_quotation_marks_inside_a_text_stay(card: Card) -> None:
    card.drop('[box]\nname = "Tanz „Süd“"\n')
    card.start()
    assert card.settings.box.name == "Tanz „Süd“"


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["pika-box.toml", "pika-box.toml.txt"], "settings_file_twice"),
        (["pikabox.toml"], "settings_file_name"),
        (["pika-box (1).toml"], "settings_file_name"),
        (["pika-box.rtf"], "settings_file_name"),
        (["Pika Box.toml.docx"], "settings_file_name"),
    ],
)
def test_a_file_that_would_be_waited_for_in_vain_is_named(card: Card, names: list[str], code: str) -> None:
    for name in names:
        card.drop('[wifi]\ncountry = "DE"\n', name=name)
    assert card.start_badly().code == code
    for name in names:
        assert name in card.says
        assert name in card.notices[0]


@pytest.mark.parametrize("content", [b'[box]\nname = "Caf\xe9"\n', b"#" * 100_000], ids=["not utf-8", "far too long"])
def test_a_file_that_can_t_be_read_is_refused_in_words(card: Card, content: bytes) -> None:
    card.drop(content)
    assert card.start_badly().code == "config_unreadable"
    assert "pika-box.toml can't be read" in card.says
    assert "codec" not in card.says


def test_a_later_file_changes_what_it_says_and_nothing_else(card: Card) -> None:
    card.drop('[wifi]\ncountry = "DE"\n')
    card.start()
    before = card.settings
    card.drop('[wifi]\npassphrase = "another one 12"\n')
    card.start()
    after = card.settings
    assert after.wifi.passphrase.reveal() == "another one 12"
    assert (after.wifi.ssid, after.box) == (before.wifi.ssid, before.box)
    assert "wpa_passphrase=another one 12" in (card.root / HOSTAPD).read_text(encoding="utf-8")
    assert "Password: another one 12" in card.says
    assert stat.S_IMODE((card.data / config.FILE_NAME).stat().st_mode) == 0o600


def test_a_country_that_comes_later_makes_the_box_s_own_network(card: Card) -> None:
    card.start()
    assert card.settings.network.topology == "lan"
    card.drop('[wifi]\ncountry = "DE"\n')
    card.start()
    assert card.settings.network.topology.value == "access-point"
    assert card.settings.wifi.ssid == card.settings.box.name
    assert card.settings.wifi.passphrase.reveal() in card.says


def test_a_file_that_stays_there_is_taken_once(card: Card) -> None:
    card.drop('[log]\nlevel = "debug"\n')
    card.start()
    path = card.data / config.FILE_NAME
    # Staff change their mind elsewhere: the old file must not win at each start.
    path.write_text(path.read_text(encoding="utf-8").replace("debug", "warning"), encoding="utf-8")
    card.start()
    assert card.settings.log.level == "warning"
    card.drop('[log]\nlevel = "error"\n')
    card.start()
    assert card.settings.log.level == "error"


def test_a_fault_in_a_later_file_is_said_and_the_box_goes_on_with_what_it_had(card: Card) -> None:
    card.drop('[wifi]\ncountry = "DE"\n')
    card.start()
    before, hostapd = card.settings, (card.root / HOSTAPD).read_text(encoding="utf-8")
    card.drop('[wifi]\npassphrase = "no country for this 8"\nchannel = 52\n')
    error = card.start_badly()
    assert card.settings == before
    assert (card.root / HOSTAPD).read_text(encoding="utf-8") == hostapd
    assert str(error) in card.says
    assert "goes on with the settings it had" in card.says
    # The laptop's owner can still find the way in.
    assert before.box.setup_code.reveal() in card.says
    assert any(str(error) in words for words in card.notices)
    assert not any("no country for this 8" in words for words in [card.says, *card.notices])
    card.drop("[wifi]\nchannel = 11\n")
    card.start()
    assert card.settings.wifi.channel == 11
    assert card.notices == []


def test_a_box_whose_own_settings_are_damaged_is_set_up_from_a_new_file(card: Card) -> None:
    card.start()
    (card.data / config.FILE_NAME).write_bytes(b"\0\0\0")
    card.drop('[box]\nname = "Hall"\n')
    card.start()
    assert card.settings.box.name == "Hall"


def test_damaged_settings_of_a_box_are_told_on_the_card(card: Card) -> None:
    card.start()
    (card.data / config.FILE_NAME).write_bytes(b"\0\0\0")
    error = card.start_badly()
    assert "box.toml can't be read" in str(error)
    assert str(error) in card.says


def test_a_pulled_plug_leaves_the_old_settings_or_the_new(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    card.start()
    before = card.settings
    card.drop('[log]\nlevel = "error"\n')

    def pull_the_plug(*names: object, **rest: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("appliance.firmware.first_boot.sync_folder", pull_the_plug)
        patch.setattr(Path, "replace", pull_the_plug)
        assert card.start_badly().code in {"boot_settings_failed", "install_failed"}
    assert card.settings == before
    card.start()
    assert card.settings.log.level == "error"


@pytest.mark.parametrize(
    "text",
    [
        '[wifi]\ncontry = "DE"\n',
        "[wifi\n",
        '[network]\ntopology = "ethernet"\naddress = "8.8.8.8/24"\n',
        '[network]\ntopology = "access-point"\n',
        '[network]\ntopology = "ethernet"\ncapture_address = "10.0.0.7"\n',
        '[box]\nsetup_code = "short"\n',
        "[mqtt]\nport = 0\n",
    ],
)
def test_config_check_says_of_a_file_what_the_card_says(card: Card, text: str) -> None:
    given = card.drop(text)
    with pytest.raises(BadConfig) as checked:
        config_command.main(["check", str(given), "--data", str(card.data)])
    # The same words, for a new box and for one that is set up.
    assert str(card.start_badly()) == str(checked.value)
    given.unlink()
    card.start()
    card.drop(text)
    assert str(card.start_badly()) == str(checked.value)


@pytest.mark.parametrize(
    ("name", "text", "wish"),
    [
        ("pika-box-reset", "", reset.Keep.IDENTITY),
        ("PIKA-BOX-RESET.TXT", "\r\n", reset.Keep.IDENTITY),
        *(("pika-box-reset", text, reset.Keep.NOTHING) for text in ("everything\r\n", "nothing")),
    ],
)
def test_an_empty_file_asks_for_a_factory_reset_once(card: Card, name: str, text: str, wish: reset.Keep) -> None:
    card.start()
    asked = card.drop(text, name=name)
    card.start()
    marker = card.data / reset.MARKER
    assert json.loads(marker.read_bytes())["keep"] == wish
    assert stat.S_IMODE(marker.stat().st_mode) == 0o600
    assert not asked.exists()
    marker.unlink()
    card.start()
    assert not marker.exists()


def test_a_reset_that_can_t_be_noted_is_asked_for_again(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    card.start()
    asked = card.drop("", name="pika-box-reset")

    def is_full(*names: object, **rest: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reset, "replace_file", is_full)
    assert card.start_badly().code == "reset_failed"
    assert asked.exists()
    assert "No space left" in card.says


def test_the_code_that_took_the_place_of_a_used_one_is_said(card: Card) -> None:
    card.start()
    boot_partition.leave_code(card.settings, code="ABCDE-12345")
    assert stat.S_IMODE((card.data / boot_partition.CODE_FILE).stat().st_mode) == 0o600
    assert firmware.main(["says", "--data", str(card.data), "--boot", str(card.boot)]) == 0
    assert "Setup code: ABCDE-12345 " in card.says
    boot_partition.leave_code(card.settings, code=card.settings.box.setup_code.reveal())
    card.start()
    assert f"Setup code: {card.settings.box.setup_code.reveal()} " in card.says


def test_nothing_but_a_code_is_ever_copied_to_the_card(card: Card, tmp_path: Path) -> None:
    """The folder is the box's, and whoever has taken the box over must not read root's files by it."""
    card.start()
    (tmp_path / "secret").write_text("ABCDE-12345", encoding="ascii")
    code = card.data / boot_partition.CODE_FILE
    code.symlink_to(tmp_path / "secret")
    card.start()
    assert "ABCDE-12345" not in card.says
    code.unlink()
    code.write_text("root:x:0:0", encoding="ascii")
    card.start()
    assert "root:x" not in card.says


def test_a_partition_that_can_t_be_written_does_not_stop_the_start(card: Card) -> None:
    require("mount", "umount")
    run("mount", "-t", "tmpfs", "-o", "ro", "none", str(card.boot))
    try:
        card.start()
    finally:
        run("umount", str(card.boot))
    assert card.settings.box.setup_code.reveal()


def test_the_answer_is_written_where_permissions_can_t_be_changed(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on FAT, which knows none."""

    def refuse(*names: object, **rest: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    card.start()
    (card.boot / boot_partition.SAYS).unlink()
    for name in ("chmod", "fchmod", "chown", "fchown"):
        monkeypatch.setattr(os, name, refuse)
    card.start()
    assert card.settings.box.name in card.says


def test_the_box_owns_what_root_left_in_its_folder(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(firmware, "USER", "nobody")
    card.start()
    card.drop("[", name="pika-box.toml")
    card.drop("", name="pika-box-reset")
    card.start_badly()
    for name in (config.FILE_NAME, "notices.json", reset.MARKER):
        assert (card.data / name).stat().st_uid == nobody.pw_uid, name
    assert json.loads((card.data / "notices.json").read_text(encoding="utf-8"))["notices"]


def test_what_makes_a_change_take_effect_is_run_when_asked_to(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def note(words: list[str], *, check: bool) -> subprocess.CompletedProcess[str]:
        assert not check
        ran.append(words)
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr("appliance.commands.firmware.subprocess.run", note)
    options = ["--data", str(card.data), "--root", str(card.root), "--from", str(card.boot / "pika-box.toml"), "--now"]
    assert firmware.main(["first-boot", *options]) == 0
    assert ["systemctl", "--no-block", "restart", "pika-box.target"] in ran
    ran.clear()
    assert firmware.main(["first-boot", *options]) == 0
    assert ran == []
