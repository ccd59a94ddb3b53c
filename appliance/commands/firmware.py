"""`firmware`: the operating system's side of the box, from the settings: look at it, check it, put it in place.

Changes files only, unless told `--now`. What makes them take effect is printed as commands, so that whoever typed this
stays in charge.
"""

import argparse
import os
import pwd
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from appliance import config
from appliance.config import Settings
from appliance.domain.certificate import api_url
from appliance.domain.portal import Mode
from appliance.errors import BadConfig, Unavailable
from appliance.firmware import at_boot, boot_partition, install, stick, validators
from appliance.firmware.plan import API_FILE, DATA, MODE_FILE, USER, Plan, make_plan
from appliance.firmware.render import CHECKOUT, commands_after, render
from appliance.firmware.validators import Verdict
from appliance.venue import Topology

_DAEMONS = "/usr/sbin:/usr/bin:/sbin"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box firmware", description="The operating system's files of a real box.")
    acts = parser.add_subparsers(dest="act", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, default=DATA, help=f"the box's folder (default {DATA})")
    common.add_argument("--config", type=Path, help="settings file (default box.toml in the data folder)")
    common.add_argument("--topology", choices=[*Topology], help="instead of network.topology")
    common.add_argument("--mode", choices=[*Mode], help="instead of the portal's mode")
    common.add_argument("--checkout", type=Path, default=CHECKOUT, help="where the program is on the box")
    rooted = argparse.ArgumentParser(add_help=False)
    rooted.add_argument("--root", type=Path, default=Path("/"), help="the system to work on (default /)")
    forced = argparse.ArgumentParser(add_help=False)
    forced.add_argument("--force", action="store_true", help="also what somebody else made or changed")
    render_options = acts.add_parser("render", parents=[common], help="write the files into a folder to look at")
    render_options.add_argument("--out", "--root", dest="out", type=Path, required=True, help="the folder")
    check_options = acts.add_parser("check", parents=[common], help="ask the real programs about the files")
    check_options.add_argument("--strict", action="store_true", help="fail when a program is missing")
    acts.add_parser("diff", parents=[common, rooted], help="show what install would change")
    install_options = acts.add_parser("install", parents=[common, rooted, forced], help="put the files in place")
    install_options.add_argument("--quiet", action="store_true", help="print nothing")
    install_options.add_argument("--now", action="store_true", help="make it take effect when anything changed")
    acts.add_parser("uninstall", parents=[rooted, forced], help="remove exactly these files")
    first = acts.add_parser("first-boot", parents=[rooted], help="settings from the boot partition, then install")
    first.add_argument("--data", type=Path, default=DATA)
    first.add_argument("--now", action="store_true", help="make what changed take effect")
    first.add_argument("--from", dest="given", type=Path, required=True, help="settings on the boot partition")
    says = acts.add_parser("says", help="tell name, password and setup code on the boot partition")
    says.add_argument("--data", type=Path, default=DATA)
    says.add_argument("--boot", type=Path, required=True, help="the boot partition's folder")
    stick = acts.add_parser("stick", help="mount a stick with music that is plugged in, or take it off")
    stick.add_argument("what", choices=["in", "out"])
    stick.add_argument("device", help="as the kernel calls it, such as sdb1")
    return parser


def _mode(data: Path) -> Mode:
    """What the portal does, as it wrote it down; a new one is quiet.

    Raises: BadConfig.
    """
    path = data / MODE_FILE
    try:
        return Mode(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return Mode.QUIET
    except (OSError, ValueError) as error:
        raise BadConfig("mode_unreadable", f"{path} says no mode of the portal: {error}.") from error


def _tls_open(settings: Settings) -> bool:
    """Whether the box wrote down that it serves encrypted pages under the name it has now."""
    try:
        said = (settings.data / API_FILE).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return False
    return bool(settings.tls.host_name) and said == api_url(settings.tls.host_name)


def _plan(given: argparse.Namespace) -> Plan:
    options = {"network": {"topology": given.topology}} if given.topology else {}
    settings = config.load(data=given.data, file=given.config, options=options)
    mode = Mode(given.mode) if given.mode else _mode(settings.data)
    return make_plan(settings, checkout=given.checkout.absolute(), mode=mode, tls_open=_tls_open(settings))


def _render(given: argparse.Namespace) -> int:
    tree = render(_plan(given))
    install.write_tree(tree, folder=given.out)
    print("\n".join(str(given.out / name) for name in sorted(tree)))
    return 0


def _check(given: argparse.Namespace) -> int:
    plan = _plan(given)
    found = validators.check(plan, render(plan))
    for one in found:
        first, *more = one.words.splitlines()
        print(f"{one.verdict:<8}  {one.program:<16}  {first}")
        print("".join(f"{'':28}{line}\n" for line in more), end="")
    wrong = {Verdict.BAD, *([Verdict.MISSING, Verdict.UNSEEN] if given.strict else [])}
    return 1 if any(one.verdict in wrong for one in found) else 0


def _diff(given: argparse.Namespace) -> int:
    found = install.difference(render(_plan(given)), root=given.root)
    print(found, end="")
    return 1 if found else 0


def _install(given: argparse.Namespace) -> int:
    plan = _plan(given)
    changed, gone = install.install(render(plan), root=given.root, force=given.force)
    if not given.quiet:
        _tell(changed, gone)
    if given.now and (changed or gone):
        _take_effect(plan)
    elif given.root == Path("/") and not given.quiet and not given.now:
        print("\nTo make it take effect:\n" + "\n".join(f"  {line}" for line in commands_after(plan)))
    return 0


def _tell(changed: list[str], gone: list[str]) -> None:
    lines = [*(f"written  /{name}" for name in changed), *(f"removed  /{name}" for name in gone)]
    print("\n".join(lines) or "Everything was in place already.")


def _uninstall(given: argparse.Namespace) -> int:
    if given.root == Path("/"):
        print("If the box still runs: systemctl disable --now pika-box.target")
    _tell([], install.uninstall(root=given.root, force=given.force))
    return 0


def _first_boot(given: argparse.Namespace) -> int:
    machine = at_boot.Machine(
        data=given.data, given=given.given, root=given.root, checkout=CHECKOUT, owner=_owner, mode=_mode
    )
    plan = at_boot.see_to(machine)
    if plan is not None and given.now:
        _take_effect(plan)
    return 0


def _says(given: argparse.Namespace) -> int:
    settings = config.load(data=given.data, environment={})
    boot_partition.say(given.boot, boot_partition.words(settings))
    return 0


def _stick(given: argparse.Namespace) -> int:
    if given.what == "out":
        stick.take_out(given.device)
        return 0
    folder = stick.put_in(given.device)
    print(f"{given.device} is at {folder}" if folder else f"{given.device} is left alone: no music stick, or in use.")
    return 0


def _take_effect(plan: Plan) -> None:
    """Runs what otherwise is printed. One that fails is told, and the others are run all the same."""
    for line in commands_after(plan):
        words = shlex.split(line)
        if "NetworkManager" in line and shutil.which("NetworkManager", path=_DAEMONS) is None:
            continue
        if words[0] == "systemctl":
            # At the start of a machine others wait for this very command.
            words.insert(1, "--no-block")
        try:
            failed = subprocess.run(words, check=False).returncode != 0
        except OSError:
            failed = True
        if failed:
            print(f"box: this did not work: {line}", file=sys.stderr)


def _owner() -> tuple[int, int]:
    """Whose the settings are: the box's user, or whoever runs this without rights to choose.

    Raises: Unavailable with the code `user_missing`.
    """
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        raise Unavailable(
            "user_missing", f"There is no user {USER}, whom the box runs as.", advice="Run systemd-sysusers."
        ) from None
    return user.pw_uid, user.pw_gid


_ACTS = {
    "render": _render,
    "check": _check,
    "diff": _diff,
    "install": _install,
    "uninstall": _uninstall,
    "first-boot": _first_boot,
    "says": _says,
    "stick": _stick,
}


def main(arguments: list[str]) -> int:
    """The command."""
    given = _parser().parse_args(arguments)
    return _ACTS[given.act](given)
