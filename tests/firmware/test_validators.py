"""The real programs' opinion of the files: fine as rendered, and a fault is found and named."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from appliance import config
from appliance.commands import firmware
from appliance.domain.portal import Mode
from appliance.firmware import validators
from appliance.firmware.plan import Plan, make_plan
from appliance.firmware.render import CHRONY, DNSMASQ, HOSTAPD, NFTABLES, SYSUSERS, UNIT_FOLDER, Rendered, render
from appliance.firmware.validators import Verdict
from tests.network.hall import require

_WIFI: dict[str, object] = {"ssid": "Hall", "passphrase": "dance dance", "country": "DE"}
_PROGRAMS = ("dnsmasq", "nft", "hostapd", "chronyd", "systemd-analyze", "systemd-sysusers", "mosquitto")


def _plan(topology: str, *, mode: Mode = Mode.PARTY, wifi: dict[str, object] | None = None, player: str = "") -> Plan:
    network: dict[str, object] = {"topology": topology, "uplink": "up0"}
    options: dict[str, dict[str, object]] = {
        "network": network,
        "wifi": {**_WIFI, **(wifi or {})},
        "player": {"token": player},
    }
    settings = config.load(data=Path("/var/lib/pika-box"), environment={}, options=options)
    return make_plan(settings, checkout=Path("/opt/pika-box"), mode=mode)


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin:/sbin")
    require(*_PROGRAMS)


@pytest.mark.parametrize("topology", ["none", "lan", "ethernet", "access-point"])
def test_the_programs_accept_what_is_rendered(topology: str) -> None:
    plan = _plan(topology)
    found = {one.program: one for one in validators.check(plan, render(plan))}
    assert {program: one.words for program, one in found.items() if one.verdict is not Verdict.FINE} == {}
    wanted = {"chronyd", "systemd-analyze", "systemd-sysusers", "mosquitto"}
    wanted |= {"dnsmasq", "nft"} if plan.network else set()
    wanted |= {"hostapd"} if plan.radio else set()
    assert set(found) == wanted


@pytest.mark.parametrize("mode", Mode)
def test_the_names_and_rules_of_every_mode_are_accepted(mode: Mode) -> None:
    plan = _plan("ethernet", mode=mode)
    found = validators.check(plan, {name: file for name, file in render(plan).items() if "etc/pika-box" in name})
    assert [one.verdict for one in found] == [Verdict.FINE] * 3


@pytest.mark.parametrize("wifi", [{"channel": 36}, {"hidden": True}, {"passphrase": ""}, {"ssid": '#" é=\\'}])
def test_hostapd_accepts_every_kind_of_network(wifi: dict[str, object]) -> None:
    plan = _plan("access-point", wifi=wifi)
    found = validators.check(plan, {HOSTAPD: render(plan)[HOSTAPD]})
    assert [(one.program, one.verdict) for one in found if one.verdict is not Verdict.FINE] == []


@pytest.mark.parametrize(
    ("name", "program", "fault"),
    [
        (DNSMASQ, "dnsmasq", "dhcp-rang=10.42.0.10"),
        (NFTABLES, "nft", "table inet pika_box { chain input { tcp dport { } accept } }"),
        (HOSTAPD, "hostapd", "ap_isolat=1"),
        (CHRONY, "chronyd", "makesteps 1 3"),
        (SYSUSERS, "systemd-sysusers", "w pika-box"),
        (f"{UNIT_FOLDER}/pika-box.service", "systemd-analyze", "[Service]\nProtectHom=true"),
        (f"{UNIT_FOLDER}/pika-box.service", "systemd-analyze", "[Unit]\nRequires=pika-box-lost.service"),
    ],
)
def test_a_fault_is_found_by_the_program_that_reads_the_file(name: str, program: str, fault: str) -> None:
    plan = _plan("access-point")
    tree = render(plan)
    tree[name] = Rendered(f"{tree[name].text}\n{fault}\n")
    found = {one.program: one for one in validators.check(plan, tree)}
    assert {one.program for one in found.values() if one.verdict is Verdict.BAD} == {program}
    assert found[program].words


def test_an_interpreter_that_the_unit_hides_is_told(tmp_path: Path) -> None:
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/root/somewhere/bin/python")
    plan = replace(_plan("lan"), checkout=tmp_path)
    assert next((one.program, one.verdict) for one in validators.check(plan, {})) == ("python", Verdict.BAD)
    python.unlink()
    python.symlink_to("/usr/bin/python3")
    assert [one.program for one in validators.check(plan, {})] == ["mosquitto"]


def test_a_missing_program_is_named_and_fails_only_when_asked_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    looked_for = shutil.which
    monkeypatch.setattr(
        shutil, "which", lambda name, path=None: None if name == "chronyd" else looked_for(name, path=path)
    )
    options = ["check", "--data", str(tmp_path), "--checkout", "/opt/pika-box", "--topology", "lan"]
    assert firmware.main(options) == 0
    assert "missing   chronyd" in capsys.readouterr().out
    assert firmware.main([*options, "--strict"]) == 1


# From 0 to 10, in tenths; about 9.6 without any of the unit's rules.
@pytest.mark.parametrize(("player", "most"), [("", 20), ("pk_player_secret", 22)])
def test_systemd_finds_the_boxs_unit_well_closed(tmp_path: Path, player: str, most: int) -> None:
    unit = tmp_path / "pika-box.service"
    text = render(_plan("lan", player=player))[f"{UNIT_FOLDER}/pika-box.service"].text
    unit.write_text(text, encoding="utf-8")
    # Loudspeakers, of all devices, are for a box that plays itself.
    assert ("DeviceAllow=char-alsa rw" in text, "PrivateDevices=true" in text) == (bool(player), not player)
    assert player == "" or player not in text
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={most}", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_box_may_ask_the_kernel_whether_the_clock_is_right_and_has_no_right_to_set_it() -> None:
    unit = render(_plan("lan"))[f"{UNIT_FOLDER}/pika-box.service"].text
    lines = unit.splitlines()
    # glibc's adjtimex() is either call; either of them would end the program under systemd's usual list alone.
    assert "SystemCallFilter=@system-service adjtimex clock_adjtime" in lines
    assert "SystemCallErrorNumber=EPERM" in lines
    assert not [line for line in lines if line.startswith("ProtectClock=")]
    [bounding] = [line for line in lines if line.startswith("CapabilityBoundingSet=")]
    assert "CAP_SYS_TIME" not in bounding
