"""Who keeps a player, and the box's own one among its programs."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance import config
from appliance.commands import doctor
from appliance.config import BrokerKind, Settings
from appliance.errors import BadConfig
from appliance.player.loudness import WANTED_LUFS, level
from appliance.supervision.programs import programs, supervisord_conf

_GUARD = (
    "import sys; from appliance.player.guard import Guard; "
    "sys.exit(Guard(lambda: exec(sys.argv[2]), is_patient=sys.argv[1] == 'patient').run())"
)


def guarded(child: str, *, is_patient: bool) -> "subprocess.Popen[bytes]":
    """A keeper with a child that does what it is told."""
    return subprocess.Popen([sys.executable, "-c", _GUARD, "patient" if is_patient else "plain", child])


def test_a_player_that_can_t_go_ends_its_keeper_and_a_patient_one_waits_until_it_is_told() -> None:
    plain, patient = (guarded("raise SystemExit(1)", is_patient=one) for one in (False, True))
    assert plain.wait(5) == 1
    time.sleep(0.3)
    assert patient.poll() is None
    patient.send_signal(signal.SIGTERM)
    began = time.monotonic()
    patient.wait(5)
    assert time.monotonic() - began < 1, "it goes on waiting"


def test_a_slow_machine_s_player_that_finds_its_place_taken_is_not_started_for_ever() -> None:
    assert guarded("import time; time.sleep(3.2); raise SystemExit(3)", is_patient=False).wait(6) == 1


def test_a_player_that_is_asked_to_end_is_not_started_again() -> None:
    child = (
        "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(0)); print('up', flush=True); time.sleep(9)"
    )
    process = subprocess.Popen([sys.executable, "-c", _GUARD, "patient", child], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert process.stdout.read() == b""
    process.stdout.close()


def test_a_player_that_is_to_be_started_anew_is_not_asked_to_end_the_music() -> None:
    child = (
        "import signal, time; signal.signal(15, lambda *_: print('silence')); print('up', flush=True); time.sleep(9)"
    )
    process = subprocess.Popen([sys.executable, "-c", _GUARD, "patient", child], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGHUP)
    assert process.wait(5) != 0
    assert process.stdout.read() == b""
    process.stdout.close()


def _settings(folder: Path, **player: object) -> Settings:
    return config.load(data=folder, environment={}, options={"player": player})


def test_the_box_runs_a_player_only_with_a_token_and_shows_the_token_to_nobody(tmp_path: Path) -> None:
    without, having = _settings(tmp_path), _settings(tmp_path, token="pk_player_secret", sink="alsa", crossfade_s=3)
    assert "player" not in {one.name for one in programs(without, broker=BrokerKind.OFF)}
    [player] = [one for one in programs(having, broker=BrokerKind.OFF) if one.name == "player"]
    assert player.command[-6:] == ("--data", str(tmp_path / "player"), "--crossfade", "3", "--sink", "alsa")
    assert "pk_player_secret" not in supervisord_conf(having, broker=BrokerKind.OFF)
    with pytest.raises(BadConfig):
        _settings(tmp_path, crossfade_s=31)


def test_the_doctor_says_what_the_box_s_own_player_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    having = _settings(tmp_path, token="pk_player_secret")
    assert doctor._player(_settings(tmp_path)).fine is doctor._player(having).fine is True
    unit = tmp_path / "pika-box.service"
    unit.write_text("PrivateDevices=true", encoding="ascii")
    monkeypatch.setattr(doctor, "_UNIT", unit)
    assert "may not use a loudspeaker" in doctor._player(having).words
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "mpv is missing" in doctor._player(having).words


def test_songs_are_brought_down_to_one_loudness_and_never_up() -> None:
    assert level(WANTED_LUFS) == 1.0
    assert level(-40.0) == 1.0, "it would clip"
    assert abs(level(WANTED_LUFS + 6.02) - 0.5) < 0.001
    assert level(None) < 1.0
