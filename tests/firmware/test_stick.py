"""A stick is mounted to be read while it is in. With a real file system on a loop device, in mounts of its own."""

import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from appliance.errors import Invalid
from appliance.firmware import stick
from appliance.firmware.render import CHECKOUT

_SCRIPT = """
import json, os, subprocess, sys
from pathlib import Path
from appliance import mounts
from appliance.errors import Unavailable
from appliance.firmware import stick
from appliance.firmware.render import CHECKOUT

image, damaged, folder = map(Path, sys.argv[1:])
def loop(path):
    made = subprocess.run(("losetup", "--find", "--show", str(path)), check=True, capture_output=True, text=True)
    return Path(made.stdout.strip()).name

def options(place):
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return next(line.split(" ")[5] for line in lines if line.split(" ")[4] == str(place))

told = {}
device, bad = loop(image), loop(damaged)
try:
    first = stick.put_in(device, media=folder)
    told["place"] = str(first)
    told["names"] = sorted(os.listdir(first))
    told["options"] = options(first)
    # Plugged in twice, as after a restart of the box: what is mounted stays.
    told["again"] = stick.put_in(device, media=folder)
    told["gone"] = [str(one) for one in stick.take_out(device, media=folder)]
    told["left"] = os.listdir(folder)
    told["back"] = str(stick.put_in(device, media=folder))
    stick.take_out(device, media=folder)
    told["out of nothing"] = stick.take_out(device, media=folder)
    try:
        stick.put_in(bad, media=folder)
    except Unavailable as error:
        told["damaged"] = error.code
    told["left at last"] = os.listdir(folder)
finally:
    for one in (device, bad):
        subprocess.run(("losetup", "--detach", f"/dev/{one}"), check=True)
print(json.dumps(told))
"""


def _image(path: Path, *, name: str) -> Path:
    """A stick with one song on it."""
    content = path.with_suffix(".d")
    content.mkdir()
    (content / "song é.mp3").write_bytes(b"x")
    with path.open("wb") as file:
        file.truncate(4 << 20)
    subprocess.run(("mkfs.ext4", "-q", "-U", name, "-d", str(content), str(path)), check=True)
    return path


def test_a_stick_can_be_read_and_not_written_in_the_same_place_each_time(tmp_path: Path) -> None:
    name = str(uuid.uuid4())
    image, damaged = _image(tmp_path / "stick", name=name), _image(tmp_path / "damaged", name=str(uuid.uuid4()))
    with damaged.open("r+b") as file:
        # Its beginning still says what it is, and the rest of it is missing.
        file.truncate(1 << 20)
    command = ("unshare", "--mount", sys.executable, "-c", _SCRIPT, image, damaged, tmp_path / "media")
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    place = str(tmp_path / "media" / name)
    assert told["place"] == told["back"] == place
    assert "song é.mp3" in told["names"]
    assert {"ro", "nosuid", "nodev", "noexec"} <= set(told["options"].split(","))
    assert told["again"] is None
    assert told["gone"] == [place]
    assert (told["left"], told["left at last"], told["out of nothing"]) == ([], [], [])
    assert told["damaged"] == "stick_unusable"


# udev's own reading of the rule, of a device that there is: with what says of it that it hangs at USB, and without.
_RULES = """
set -e
device=$(losetup --find --show "$1")
trap 'losetup --detach "$device"' EXIT
printf 'KERNEL=="%s", ENV{ID_BUS}="%s"\\n' "${device#/dev/}" "$3" >"$2/69-bus.rules"
mount --bind "$2" /etc/udev/rules.d
echo "${device#/dev/}"
udevadm test --action=add "/sys/block/${device#/dev/}" 2>/dev/null
"""


@pytest.mark.parametrize(
    ("bus", "has_files", "is_wanted"), [("usb", True, True), ("ata", True, False), ("usb", False, False)]
)
def test_udev_asks_for_a_stick_with_a_file_system_and_for_no_other_disk(
    tmp_path: Path, bus: str, has_files: bool, is_wanted: bool
) -> None:
    image, rules = tmp_path / "stick", tmp_path / "rules"
    rules.mkdir()
    (rules / "70-sticks.rules").write_text((CHECKOUT / "firmware-config" / "sticks.rules").read_text(encoding="utf-8"))
    if has_files:
        _image(image, name=str(uuid.uuid4()))
    else:
        image.write_bytes(bytes(4 << 20))
    command = ("unshare", "--mount", "sh", "-c", _RULES, "rules", image, rules, bus)
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    device, *told = done.stdout.splitlines()
    assert "ID_BUS=" + bus in told
    assert (f"SYSTEMD_WANTS=pika-box-stick@{device}.service" in told) is is_wanted


@pytest.mark.parametrize("device", ["", "../sda", "sda;reboot", "SDA", "sd a", "--help"])
def test_only_a_device_is_taken_for_one(device: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        stick.put_in(device, media=tmp_path)
    with pytest.raises(Invalid):
        stick.take_out(device, media=tmp_path)


def test_what_is_no_music_stick_is_left_alone(tmp_path: Path) -> None:
    assert stick.put_in("null", media=tmp_path / "media") is None
    assert not (tmp_path / "media").exists()
