"""Putting files in place and taking exactly those away, and a new box's first settings."""

import json
import os
import pwd
import stat
from pathlib import Path

import pytest

from appliance import config
from appliance.commands import firmware
from appliance.errors import BadConfig, Refused, Unavailable
from appliance.firmware import first_boot, install
from appliance.firmware.install import MANIFEST
from appliance.firmware.render import COUNTRY, DNSMASQ, HOSTAPD, NFTABLES, UNIT_FOLDER, Rendered
from appliance.venue import Topology
from tests.firmware.golden import rendered

_ME = (os.geteuid(), os.getegid())


def _files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_every_file_is_installed_with_its_permissions_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    tree = rendered("access-point")
    changed, gone = install.install(tree, root=tmp_path)
    assert (sorted(changed), gone) == (sorted(tree), [])
    assert _files(tmp_path) == {*tree, MANIFEST}
    assert stat.S_IMODE((tmp_path / HOSTAPD).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / NFTABLES).stat().st_mode) == 0o644
    assert install.difference(tree, root=tmp_path) == ""
    assert install.install(tree, root=tmp_path) == ([], [])


def test_uninstalling_leaves_what_was_there_before(tmp_path: Path) -> None:
    others = tmp_path / "etc/systemd/system/other.service"
    others.parent.mkdir(parents=True)
    others.write_text("[Unit]\n", encoding="utf-8")
    install.install(rendered("ethernet"), root=tmp_path)
    install.uninstall(root=tmp_path)
    assert _files(tmp_path) == {"etc/systemd/system/other.service"}
    assert not (tmp_path / "etc/pika-box").exists()
    assert install.uninstall(root=tmp_path) == []


def test_another_topology_takes_the_files_of_the_last_one_away(tmp_path: Path) -> None:
    install.install(rendered("access-point"), root=tmp_path)
    _, gone = install.install(rendered("lan"), root=tmp_path)
    assert {HOSTAPD, DNSMASQ, NFTABLES, COUNTRY} <= set(gone)
    assert _files(tmp_path) == {*rendered("lan"), MANIFEST}


def test_a_file_that_somebody_else_made_is_not_replaced_without_force(tmp_path: Path) -> None:
    theirs = tmp_path / NFTABLES
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs", encoding="utf-8")
    with pytest.raises(Refused, match="nftables"):
        install.install(rendered("ethernet"), root=tmp_path)
    assert _files(tmp_path) == {NFTABLES}
    install.install(rendered("ethernet"), root=tmp_path, force=True)
    assert theirs.read_text(encoding="utf-8") != "theirs"


def test_a_file_that_somebody_changed_is_neither_replaced_nor_removed_without_force(tmp_path: Path) -> None:
    tree = rendered("ethernet")
    install.install(tree, root=tmp_path)
    (tmp_path / DNSMASQ).write_text("changed", encoding="utf-8")
    for act in (
        lambda: install.install(tree, root=tmp_path),
        lambda: install.install(rendered("lan"), root=tmp_path),
        lambda: install.uninstall(root=tmp_path),
    ):
        with pytest.raises(Refused) as raised:
            act()
        assert raised.value.code == "changed_by_others"
    assert _files(tmp_path) == {*tree, MANIFEST}
    assert "-changed" in install.difference(tree, root=tmp_path)
    install.uninstall(root=tmp_path, force=True)
    assert _files(tmp_path) == set()


def test_an_installation_that_broke_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = rendered("ethernet"), rendered("access-point")
    install.install(old, root=tmp_path)
    written = 0
    replace = Path.replace

    def pull_the_plug(path: Path, target: Path) -> Path:
        nonlocal written
        written += 1
        if written == 4:
            raise OSError(5, "Input/output error", str(target))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", pull_the_plug)
    with pytest.raises(Unavailable) as raised:
        install.install(new, root=tmp_path)
    assert raised.value.code == "install_failed"
    monkeypatch.undo()
    # Some files are the old ones, some the new ones; all are known to be ours, and no draft is left.
    assert _files(tmp_path) <= {*old, *new, MANIFEST}
    install.install(new, root=tmp_path)
    assert _files(tmp_path) == {*new, MANIFEST}


def test_the_difference_shows_no_password(tmp_path: Path) -> None:
    tree = rendered("access-point")
    assert "dance dance" not in install.difference(tree, root=tmp_path)
    install.install(tree, root=tmp_path)
    changed = {**tree, HOSTAPD: Rendered(tree[HOSTAPD].text.replace("dance dance", "other words"), is_secret=True)}
    assert HOSTAPD in install.difference(changed, root=tmp_path)
    for found in (install.difference(changed, root=tmp_path), install.difference(rendered("lan"), root=tmp_path)):
        assert "dance dance" not in found
        assert "other words" not in found


def test_a_damaged_manifest_stops_everything(tmp_path: Path) -> None:
    install.install(rendered("lan"), root=tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps([]), encoding="utf-8")
    with pytest.raises(Unavailable) as raised:
        install.uninstall(root=tmp_path)
    assert raised.value.code == "manifest_unreadable"


def test_the_command_installs_shows_and_removes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, data = tmp_path / "root", tmp_path / "data"
    options = ["--root", str(root), "--data", str(data), "--checkout", "/opt/pika-box", "--topology", "ethernet"]
    assert firmware.main(["diff", *options]) == 1
    assert firmware.main(["install", *options]) == 0
    assert firmware.main(["diff", *options]) == 0
    assert "written  /etc/pika-box/nftables.conf" in capsys.readouterr().out
    assert firmware.main(["uninstall", "--root", str(root)]) == 0
    assert _files(root) == set()


def test_the_files_follow_the_mode_that_the_portal_wrote_down(tmp_path: Path) -> None:
    root, data = tmp_path / "root", tmp_path / "data"
    options = ["--root", str(root), "--data", str(data), "--checkout", "/opt/pika-box", "--topology", "ethernet"]
    data.mkdir()
    assert firmware.main(["install", *options]) == 0
    assert "Quiet mode" in (root / NFTABLES).read_text(encoding="utf-8")
    (data / "portal-mode").write_text("party\n", encoding="ascii")
    assert firmware.main(["install", *options]) == 0
    assert "Party mode" in (root / NFTABLES).read_text(encoding="utf-8")
    (data / "portal-mode").write_text("loud\n", encoding="ascii")
    with pytest.raises(BadConfig):
        firmware.main(["install", *options])


def test_a_radio_is_never_installed_without_a_country(tmp_path: Path) -> None:
    options = ["--root", str(tmp_path / "root"), "--data", str(tmp_path), "--checkout", "/opt/pika-box"]
    with pytest.raises(BadConfig):
        firmware.main(["install", *options, "--topology", "access-point"])
    assert not (tmp_path / "root").exists()


def test_a_new_box_without_a_file_joins_the_network_it_is_plugged_into(tmp_path: Path) -> None:
    settings = first_boot.new_settings(data=tmp_path, given=None)
    assert settings.network.topology is Topology.LAN
    assert settings.wifi.ssid == ""


def test_a_new_box_with_a_country_makes_a_network_of_its_own_with_its_own_name_and_password(tmp_path: Path) -> None:
    given = tmp_path / "pika-box.toml"
    given.write_text('[wifi]\ncountry = "DE"\n', encoding="utf-8")
    made = [first_boot.new_settings(data=tmp_path / "data", given=given) for _ in range(20)]
    assert {one.network.topology for one in made} == {Topology.ACCESS_POINT}
    assert len({one.wifi.ssid for one in made}) == 20
    assert len({one.wifi.passphrase.reveal() for one in made}) == 20
    assert all(len(one.wifi.passphrase.reveal()) >= 10 for one in made)


def test_what_staff_chose_is_kept_and_read_back(tmp_path: Path) -> None:
    given, data = tmp_path / "pika-box.toml", tmp_path / "data"
    given.write_text(
        '[box]\nname = "Tanz \\"Süd\\""\n[wifi]\nssid = "Süd"\ncountry = "DE"\n'
        '[http]\nnames = ["a.example", "b.example"]\n',
        encoding="utf-8",
    )
    settings = first_boot.new_settings(data=data, given=given)
    path = first_boot.write_settings(settings, owner=_ME)
    assert config.load(data=data, environment={}) == settings
    assert settings.wifi.passphrase.reveal() == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(Refused):
        first_boot.write_settings(settings, owner=_ME)


def test_a_fault_in_the_file_is_told_on_the_card_and_nothing_is_set_up(tmp_path: Path) -> None:
    boot, data, root = tmp_path / "boot", tmp_path / "data", tmp_path / "root"
    boot.mkdir()
    given = boot / "pika-box.toml"
    given.write_text('[wifi]\ncontry = "DE"\n', encoding="utf-8")
    options = ["first-boot", "--data", str(data), "--root", str(root), "--from", str(given)]
    with pytest.raises(BadConfig):
        firmware.main(options)
    words = (boot / "pika-box-says.txt").read_text(encoding="utf-8")
    assert "not set up" in words
    assert "country" in words
    assert not (data / "box.toml").exists()
    assert not (root / UNIT_FOLDER).exists()


def test_a_new_box_is_set_up_from_the_card_and_says_so_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firmware, "USER", pwd.getpwuid(os.geteuid()).pw_name)
    # Where a box keeps the program; these tests may run from somebody's home.
    monkeypatch.setattr(firmware, "CHECKOUT", Path("/opt/pika-box"))
    boot, data, root = tmp_path / "boot", tmp_path / "data", tmp_path / "root"
    boot.mkdir()
    given = boot / "pika-box.toml"
    given.write_text('[wifi]\ncountry = "DE"\n', encoding="utf-8")
    assert firmware.main(["first-boot", "--data", str(data), "--root", str(root), "--from", str(given)]) == 0
    wifi = config.load(data=data, environment={}).wifi
    hostapd = (root / HOSTAPD).read_text(encoding="utf-8")
    assert f"wpa_passphrase={wifi.passphrase.reveal()}" in hostapd
    assert "country_code=DE" in hostapd
    said = (boot / "pika-box-says.txt").read_text(encoding="utf-8")
    assert f"Wi-Fi: {wifi.ssid}\nPassword: {wifi.passphrase.reveal()}\n" in said


def test_without_its_user_a_new_box_is_not_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(firmware, "USER", "nobody-of-this-name")
    options = ["--data", str(tmp_path / "data"), "--root", str(tmp_path / "root"), "--from", str(tmp_path / "no.toml")]
    with pytest.raises(Unavailable) as raised:
        firmware.main(["first-boot", *options])
    assert raised.value.code == "user_missing"
    assert not (tmp_path / "data").exists()
