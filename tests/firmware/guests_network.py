"""A box's own network out of namespaces: the rendered files in the real programs, and phones that join.

The bridge between them stands for the access points. The box's web server is a stand-in that says who it is.
"""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance import config
from appliance.config import Settings
from appliance.domain.audit import STAFF
from appliance.domain.portal import Mode
from appliance.firmware import install
from appliance.firmware.plan import MODE_FILE, make_plan
from appliance.firmware.render import DNSMASQ, NFTABLES, SYSCTL, render
from appliance.opening import open_ports
from appliance.usecases import portal
from tests.network.hall import Hall, Machine, hall, require, run

BOX = "10.42.0.1"
BROKER_PORT, WEB_PORT, SSH_PORT, TLS_PORT = 1883, 8080, 22, 8443
#: somewhere in the internet, and a printer of the venue behind the same uplink
INTERNET, INTERNET_NAME_SERVED, PRINTER = "203.0.113.2", "203.0.113.7", "192.168.77.2"
_PHONE = Path(__file__).with_name("phone.py")
_ON_LEASE = """#!/bin/sh
[ "$1" = bound ] || exit 0
env >"$LEASE_FILE"
ip address flush dev "$interface"
ip address add "$ip/$mask" dev "$interface"
ip route replace default via "$router"
"""


class Phone:
    """A phone in the hall."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.machine = machine
        self._folder = folder
        self.lease: dict[str, str] = {}

    def join(self, *, ask_for: Sequence[int] = ()) -> None:
        """Gets an address by DHCP, with a real client."""
        self._folder.mkdir(exist_ok=True)
        script, lease = self._folder / "on-lease", self._folder / "lease"
        script.write_text(_ON_LEASE, encoding="utf-8")
        script.chmod(0o755)
        wanted = [word for number in ask_for for word in ("-O", str(number))]
        client = ["udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", "5", "-T", "1", *wanted, "-s", str(script)]
        self.machine.execute("env", f"LEASE_FILE={lease}", *client)
        lines = lease.read_text(encoding="utf-8").splitlines()
        self.lease = dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def address(self) -> str:
        """The address it was given."""
        return self.lease["ip"]

    def _do(self, command: str, asked: Sequence[Sequence[str | int]]) -> list[Any]:
        done = subprocess.run(
            ["ip", "netns", "exec", self.machine.namespace, sys.executable, str(_PHONE), command],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        answers: list[Any] = json.loads(done.stdout)
        return answers

    def ask(self, *questions: tuple[str, str], server: str = BOX) -> list[dict[str, Any]]:
        """DNS questions, as (name, type)."""
        return self._do("ask", [(server, name, kind) for name, kind in questions])

    def reach(self, *doors: tuple[str, str, int]) -> list[dict[str, Any]]:
        """Tries doors, as (protocol, host, port)."""
        return self._do("reach", doors)

    def crowd(self, phones: int) -> list[str]:
        """The addresses that so many made-up phones got, all through this one's radio."""
        return [str(address) for address in self._do("crowd", [(phones,)])[0]]

    def visit(self, url: str, *, method: str = "GET") -> dict[str, Any]:
        """One request, its name asked of the box, that follows no redirect."""
        visited: dict[str, Any] = self._do("visit", [(BOX, method, url)])[0]
        return visited

    def encrypted(self, url: str, *, roots: Path) -> dict[str, Any]:
        """One request over HTTPS, its name asked of the box: `said` and `ms`."""
        found: dict[str, Any] = self._do("encrypted", [(BOX, str(roots), url)])[0]
        return found

    def get(self, *urls: str) -> list[str]:
        """Fetches pages."""
        return self._do("get", [(url,) for url in urls])


@dataclass(frozen=True)
class GuestsNetwork:
    """A box that serves, and two phones that have joined."""

    box: Machine
    phone: Phone
    other: Phone

    rules: Path
    settings: Settings
    mode: Mode
    #: for whoever wants to plug in more
    venue: Hall
    #: the box's data, when it is the real one
    data: Path
    #: what the real box printed when it started
    said: str
    _files: "_Files"

    def __post_init__(self) -> None:
        self.phone.join(ask_for=[114])
        self.other.join()

    def reload_rules(self) -> None:
        """Loads the firewall's rules."""
        self.box.execute("nft", "-f", str(self.rules))

    def open_tls(self, is_open: bool) -> None:
        """What the unit does when the box says that encrypted pages were opened or closed."""
        self._files.write(self.mode, tls_open=is_open)
        self._files.apply(self.box)

    def follow_mode(self) -> None:
        """What the units do when the box has written down another mode."""
        self._files.write(Mode((self.data / MODE_FILE).read_text(encoding="ascii").strip()))
        self._files.apply(self.box)

    def listen_on_other_phone(self, port: int) -> None:
        """Has the other phone offer something."""
        _listen(self.other.machine, f"tcp:{port}:the other phone")


def _listen(machine: Machine, *doors: str) -> None:
    _listening(machine.spawn(sys.executable, str(_PHONE), "listen", *doors))


def _listening(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "listening\n"


def _dnsmasq(machine: Machine, conf: Path) -> subprocess.Popen[str]:
    # As root, because the test's folder is closed to the user it would become.
    options = ("--keep-in-foreground", "--user=root", f"--conf-file={conf}", "--log-facility=-", "--pid-file")
    process = machine.spawn("dnsmasq", *options)
    assert process.stderr is not None
    first = process.stderr.readline()
    assert "started" in first, first
    # Nobody reads on, and a full pipe would stop it.
    threading.Thread(target=process.stderr.read, daemon=True).start()
    return process


def _connect_uplink(venue: Hall, box: Machine, folder: Path) -> None:
    """The internet behind the box: one machine with a web and a name server, which knows no guests' network."""
    internet = venue.plug_in()
    internet.execute("ip", "link", "set", "eth0", "down")
    run("ip", "-n", box.namespace, "link", "add", "up0", "type", "veth", "peer", "up0", "netns", internet.namespace)
    ends = {
        box: ("203.0.113.1/24", "192.168.77.1/24"),
        internet: (f"{INTERNET}/24", f"{PRINTER}/24", f"{INTERNET_NAME_SERVED}/32"),
    }
    for machine, addresses in ends.items():
        machine.execute("ip", "link", "set", "up0", "up")
        for address in addresses:
            machine.execute("ip", "address", "add", address, "dev", "up0")
    box.execute("ip", "route", "add", "default", "via", INTERNET)
    _listen(internet, "tcp:443:the internet")
    _listening(internet.spawn(sys.executable, "-m", "tests.firmware.cloud", INTERNET, INTERNET_NAME_SERVED))
    conf = folder / "internet.conf"
    conf.write_text(f"no-resolv\nno-hosts\naddress=/#/{INTERNET_NAME_SERVED}\n", encoding="utf-8")
    _dnsmasq(internet, conf)
    (folder / "resolv.conf").write_text(f"nameserver {INTERNET}\n", encoding="utf-8")


async def _choose(settings: Settings, mode: Mode) -> None:
    async def nothing_to_refresh(_: object) -> None:
        return None

    async with open_ports(settings, on_commit=lambda _: None, refresh=nothing_to_refresh) as (ports, _, _):
        await portal.set_mode(ports, mode=mode, by=STAFF)


@contextmanager
def _running(machine: Machine, settings: Settings) -> Iterator[str]:
    """The real box in a machine, until the end; what it says of itself."""
    options = ("--data", str(settings.data), "--port", str(WEB_PORT), "--mqtt-port", str(BROKER_PORT))
    # In mounts of its own, as namespaces have them: there the network has set the clock.
    trusting = "mount -t tmpfs none /run && mkdir -p /run/systemd/timesync && touch /run/systemd/timesync/synchronized"
    run_box = [sys.executable, "-m", "appliance", "run", *options]
    box = machine.spawn("sh", "-c", f'{trusting} && exec "$@"', "sh", *run_box)
    assert box.stdout is not None
    try:
        said = ""
        for line in box.stdout:
            said += line
            if "Data  " in line:
                break
        assert "is running" in said, f"the box did not start: {said}"
        threading.Thread(target=box.stdout.read, daemon=True).start()
        yield said
    finally:
        # Politely: it has programs of its own to end.
        box.terminate()
        box.wait(timeout=10)


def _settings(folder: Path, *, djs: bool, capture: str, tls_name: str, tls_roots: str) -> Settings:
    """In the file, which the real box reads too."""
    lines = ["[http]", f"port = {WEB_PORT}", "[network]", 'topology = "ethernet"', 'uplink = "up0"']
    lines += [f"djs_among_guests = {str(djs).lower()}", f'capture_address = "{capture}"']
    lines += ["[tls]", f'host_name = "{tls_name}"', f"port = {TLS_PORT}", f'roots = "{tls_roots}"']
    (folder / config.FILE_NAME).write_text("\n".join(lines), encoding="utf-8")
    return config.load(data=folder, environment={})


class _Files:
    """What the box's own programs read, written for a mode as `pika-box-mode.service` does it."""

    def __init__(self, folder: Path, settings: Settings, *, extra: str) -> None:
        self._folder = folder
        self._settings = settings
        self._extra = extra
        self._names: subprocess.Popen[str] | None = None
        self.rules = folder / NFTABLES

    def write(self, mode: Mode, *, tls_open: bool = False) -> None:
        """Renders and writes them all."""
        folder = self._folder
        plan = make_plan(self._settings, checkout=Path("/opt/pika-box"), mode=mode, tls_open=tls_open)
        install.write_tree(render(plan), folder=folder)
        text = (folder / DNSMASQ).read_text(encoding="utf-8").replace("=/etc/pika-box", f"={folder}/etc/pika-box")
        conf = text.replace("=/run/pika-box-dhcp", f"={folder}") + self._extra
        (folder / "dnsmasq.conf").write_text(conf, encoding="utf-8")
        by_mode = folder / "etc/pika-box/dnsmasq.d/capture.conf"
        text = by_mode.read_text(encoding="utf-8")
        by_mode.write_text(text.replace("=/etc/resolv", f"={folder}/resolv"), encoding="utf-8")

    def apply(self, box: Machine) -> None:
        """Has the box's kernel and programs follow."""
        box.execute("sysctl", "--ignore", "--quiet", "--load", str(self._folder / SYSCTL))
        box.execute("nft", "-f", str(self.rules))
        if self._names is not None:
            self._names.terminate()
            self._names.wait(timeout=10)
        self._names = _dnsmasq(box, self._folder / "dnsmasq.conf")


@contextmanager
def guests_network(
    folder: Path,
    *,
    mode: Mode,
    extra: str = "",
    real: bool = False,
    djs: bool = False,
    capture: str = "",
    tls_name: str = "",
    tls_roots: str = "",
    uplink: bool = False,
) -> Iterator[GuestsNetwork]:
    """A box in this mode; `extra` are further lines for its dnsmasq; `real` has the real box instead of a stand-in.

    With `tls_name` it has a public name, which phones trust by the file `tls_roots`, and something listens where
    encrypted pages would be. In gateway mode, or with `uplink`, there is an internet behind it.
    """
    require("ip", "nft", "dnsmasq", "udhcpc", "sysctl")
    settings = _settings(folder, djs=djs, capture=capture, tls_name=tls_name, tls_roots=tls_roots)
    if real:
        asyncio.run(_choose(settings, mode))
    files = _Files(folder, settings, extra=extra)
    files.write(mode)
    with hall(folder) as venue:
        box = venue.plug_in(f"{BOX}/22")
        if uplink or mode is Mode.GATEWAY:
            _connect_uplink(venue, box, folder)
        files.apply(box)
        if not real:
            _listen(box, f"tcp:{WEB_PORT}:the box", f"tcp:{SSH_PORT}:ssh", f"tcp:{BROKER_PORT}:broker", "tcp:443:tls")
        if tls_name and not real:
            _listen(box, f"tcp:{TLS_PORT}:encrypted pages")
        machines = [venue.plug_in(), venue.plug_in()]
        # What access points do between guests.
        venue.keep_apart(*machines, apart=True)
        phones = [Phone(machine, folder / f"phone{number}") for number, machine in enumerate(machines)]
        with _running(box, settings) if real else nullcontext("") as said:
            yield GuestsNetwork(
                box,
                phones[0],
                phones[1],
                rules=files.rules,
                settings=settings,
                mode=mode,
                venue=venue,
                data=folder,
                said=said,
                _files=files,
            )
