"""A laptop that the real NetworkManager looks after, in the box's network.

It has a system bus, an /etc and a /run of its own, so this machine's are not touched.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.network.hall import Machine, eventually, require

_OWN_PLACES = """
set -e
mount --make-rprivate /
mount -t tmpfs none /run
mkdir -p /run/dbus
mount -t tmpfs none /var/lib/NetworkManager
mount -t overlay -o "lowerdir=/etc,upperdir=$PLACE/etc,workdir=$PLACE/work" none /etc
# Without a writable /sys it does not wait for a device manager that is not there.
mount -o remount,ro /sys
exec dbus-daemon --nofork --nopidfile --config-file="$PLACE/bus.conf"
"""
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
    <allow send_type="method_return"/><allow send_type="error"/>
    <allow receive_type="method_call"/><allow receive_type="signal"/>
    <allow receive_type="method_return"/><allow receive_type="error"/>
  </policy>
</busconfig>
"""
_PROBE = "network-test.debian.org/nm"
# As Debian's own package for it has it.
_SETTINGS = f"""[main]
plugins=keyfile
auth-polkit=false
dhcp=internal
rc-manager=file
[logging]
level=WARN
[connectivity]
uri=http://{_PROBE}
interval=300
"""


@dataclass(frozen=True)
class Laptop:
    """A machine in the hall that NetworkManager looks after."""

    machine: Machine
    #: a process in its own places
    bus: int

    def nmcli(self, *words: str) -> str:
        """What NetworkManager's own program says."""
        asked = ["nsenter", f"--target={self.bus}", "--mount", "--net", "nmcli", "--terse", *words]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30)
        return done.stdout.strip()

    def connectivity(self) -> str:
        """`none`, `portal`, `limited`, `full` or `unknown`, asked afresh."""
        return self.nmcli("networking", "connectivity", "check")


def laptop(machine: Machine, place: Path) -> Laptop:
    """Starts it, and returns when it has an address; `place` is a folder for its own files."""
    require("NetworkManager", "nmcli", "dbus-daemon", "nsenter")
    for folder in ("etc", "work", "conf.d"):
        (place / folder).mkdir(parents=True)
    (place / "bus.conf").write_text(_BUS, encoding="ascii")
    (place / "nm.conf").write_text(_SETTINGS, encoding="ascii")
    bus = machine.spawn("env", f"PLACE={place}", "sh", "-c", _OWN_PLACES)
    made = Laptop(machine, bus.pid)
    enter = ["nsenter", f"--target={bus.pid}", "--mount"]

    def bus_is_there() -> bool:
        seen = subprocess.run([*enter, "test", "-S", "/run/dbus/system_bus_socket"], check=False)
        assert bus.poll() is None, bus.communicate()
        return seen.returncode == 0

    eventually(bus_is_there, within_s=10, what="the laptop's bus")
    files = (f"--config={place}/nm.conf", f"--config-dir={place}/conf.d", f"--intern-config={place}/intern.conf")
    manager = machine.spawn(*enter, "NetworkManager", "--no-daemon", *files)

    def has_address() -> bool:
        assert manager.poll() is None, manager.communicate()
        return made.nmcli("--fields", "IP4.ADDRESS", "device", "show", "eth0").startswith("IP4.ADDRESS[1]:10.42.")

    eventually(has_address, within_s=20, what="NetworkManager has an address")
    return made
