"""The real programs' own opinion of the rendered files. Starts them for a moment; changes nothing on this machine.

A program that is not installed is named and not guessed for. Each check says what it could not look at.
"""

import contextlib
import getpass
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.bus import credentials
from appliance.firmware import install
from appliance.firmware.plan import Plan, is_in_home
from appliance.firmware.render import CHRONY, DNSMASQ, HOSTAPD, HOTSPOT, NFTABLES, SYSUSERS, UNIT_FOLDER, Tree

_DAEMON_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/sbin")
_WITHIN_S = 10.0
_UP_WITHIN_S = 3.0
_END_WITHIN_S = 2.0


class Verdict(StrEnum):
    """What came of a check."""

    FINE = "ok"
    BAD = "BAD"
    MISSING = "missing"
    #: the program can't look at it here
    UNSEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Check:
    """One program's opinion."""

    program: str
    verdict: Verdict
    words: str


def check(plan: Plan, tree: Tree) -> list[Check]:
    """Every check that these files need."""
    looks: dict[str, tuple[str, Callable[[Path, Plan, str], Check]]] = {
        DNSMASQ: ("dnsmasq", _dnsmasq),
        NFTABLES: ("nft", _nft),
        HOSTAPD: ("hostapd", _hostapd),
        HOTSPOT: ("nmcli", _network_manager),
        CHRONY: ("chronyd", _chrony),
        SYSUSERS: ("systemd-sysusers", _sysusers),
        f"{UNIT_FOLDER}/pika-box.target": ("systemd-analyze", _systemd),
    }
    wanted = [look for name, look in looks.items() if name in tree]
    with tempfile.TemporaryDirectory(prefix="pika-box-check-") as name:
        root = Path(name)
        install.write_tree(tree, folder=root)
        found = [_one(program, look, root=root, plan=plan) for program, look in [*wanted, ("mosquitto", _mosquitto)]]
    return [*_python(plan), *found]


def _one(program: str, look: Callable[[Path, Plan, str], Check], *, root: Path, plan: Plan) -> Check:
    found = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), *_DAEMON_FOLDERS]))
    if found is None:
        return Check(program, Verdict.MISSING, "is not installed, so its file was not looked at")
    try:
        return look(root, plan, found)
    except subprocess.TimeoutExpired:
        return Check(program, Verdict.BAD, f"did not answer within {_WITHIN_S:.0f} s")
    except OSError as error:
        return Check(program, Verdict.BAD, f"could not be started ({error.strerror})")


def _python(plan: Plan) -> list[Check]:
    """The one thing outside the files that the unit's rules can break: an interpreter in somebody's home."""
    python = (plan.checkout / ".venv/bin/python").resolve()
    if not is_in_home(python):
        return []
    words = f"{python} is in a home folder, which the unit hides. Make .venv with the system's Python."
    return [Check("python", Verdict.BAD, words)]


def _run(*command: str, given: Path | None = None, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        input=given.read_text(encoding="utf-8") if given else "",
        text=True,
        errors="replace",
        timeout=_WITHIN_S,
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout.strip()


def _started(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")


def _end(process: subprocess.Popen[str]) -> str:
    """Ends a program, the hard way if it does not listen; what it said."""
    process.terminate()
    try:
        said, _ = process.communicate(timeout=_END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    return said


def _opinion(program: str, done: tuple[int, str], fine: str) -> Check:
    status, said = done
    if status == 0:
        return Check(program, Verdict.FINE, fine)
    return Check(program, Verdict.BAD, said or f"ended with status {status}")


def _dnsmasq(root: Path, plan: Plan, program: str) -> Check:
    del plan
    # The one path in it that leads out of the tree.
    draft = root / "dnsmasq-to-check.conf"
    text = (root / DNSMASQ).read_text(encoding="utf-8")
    draft.write_text(text.replace("=/etc/pika-box", f"={root}/etc/pika-box"), encoding="utf-8")
    return _opinion("dnsmasq", _run(program, "--test", f"--conf-file={draft}"), "dnsmasq.conf and the mode's file")


def _nft(root: Path, plan: Plan, program: str) -> Check:
    del plan
    status, said = _run(program, "-c", "-f", str(root / NFTABLES))
    if status and "Operation not permitted" in said:
        return Check("nft", Verdict.UNSEEN, "checks rules for root only: run this as root")
    return _opinion("nft", (status, said), "nftables.conf, against this kernel")


def _hostapd(root: Path, plan: Plan, program: str) -> Check:
    """hostapd has no test mode. Its driver `none` reads the whole file and opens no radio."""
    del plan
    draft = root / "hostapd-to-check.conf"
    text = (root / HOSTAPD).read_text(encoding="utf-8")
    draft.write_text(re.sub(r"(?m)^driver=.*$", "driver=none", text), encoding="utf-8")
    draft.chmod(0o600)
    with _started(program, str(draft)) as process:
        try:
            said, _ = process.communicate(timeout=1.0)
        except subprocess.TimeoutExpired:
            _end(process)
            return Check("hostapd", Verdict.FINE, "hostapd.conf is read; whether the radio can do it was not tried")
    return Check("hostapd", Verdict.BAD, said.strip() or f"ended with status {process.returncode}")


def _network_manager(root: Path, plan: Plan, program: str) -> Check:
    """Offline, nmcli reads a connection, changes it and prints it, password included: only its errors are passed on."""
    del plan
    done = _run(program, "--offline", "connection", "modify", "connection.id", "pika-box", given=root / HOTSPOT)
    return _opinion("nmcli", done, "the radio's connection; settings that it does not know would not be told")


def _chrony(root: Path, plan: Plan, program: str) -> Check:
    del plan
    return _opinion("chronyd", _run(program, "-p", "-f", str(root / CHRONY)), "the addition to chrony.conf")


def _sysusers(root: Path, plan: Plan, program: str) -> Check:
    del plan
    return _opinion("systemd-sysusers", _run(program, "--dry-run", str(root / SYSUSERS)), "the user of the box")


def _systemd(root: Path, plan: Plan, program: str) -> Check:
    """`verify` also complains of programs that a unit starts and this machine lacks: that is no fault of the unit."""
    del plan
    folder = root / UNIT_FOLDER
    units = sorted(str(path) for path in folder.iterdir() if path.name.startswith("pika-box"))
    status, said = _run(program, "verify", "--man=no", *units, SYSTEMD_UNIT_PATH=f"{folder}:")
    ours = [line for line in said.splitlines() if "pika-box" in line or "pika_box" in line]
    lacking = [line for line in ours if "is not executable" in line]
    faults = [line for line in ours if line not in lacking]
    if faults or (status and not ours):
        return Check("systemd-analyze", Verdict.BAD, "\n".join(faults) or said)
    words = f"{len(units)} units"
    if lacking:
        programs = sorted({found[1] for line in lacking if (found := re.search(r"Command (\S+) is not", line))})
        words += f"; not here and needed by them: {', '.join(programs)}"
    return Check("systemd-analyze", Verdict.FINE, words)


def _mosquitto(root: Path, plan: Plan, program: str) -> Check:
    """mosquitto has no test mode: it is started with the file the box writes at each start, on a free port."""
    folder = root / "broker"
    folder.mkdir(mode=0o700)
    conf, passwords, acl = folder / "mosquitto.conf", folder / "passwd", folder / "acl"
    credentials.write_password_file(passwords, [("check", credentials.make_verifier("check"))])
    acl.touch(mode=0o600)
    acl.write_text(credentials.acl_file_text(), encoding="utf-8")
    del plan
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    text = credentials.mosquitto_conf(
        host="127.0.0.1",
        port=port,
        password_file=passwords,
        acl_file=acl,
        pid_file=folder / "pid",
        user=getpass.getuser(),
    )
    conf.write_text(text, encoding="utf-8")
    with _started(program, "-c", str(conf)) as process:
        up = _answers(port, process)
        said = _end(process)
    if up:
        return Check("mosquitto", Verdict.FINE, "started with the broker's configuration, and ended")
    return Check("mosquitto", Verdict.BAD, said.strip() or "did not start")


def _answers(port: int, process: subprocess.Popen[str]) -> bool:
    deadline = time.monotonic() + _UP_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.05)
    return False
