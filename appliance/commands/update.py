"""`update`: a newer version from a file or a stick; the box goes back by itself when it is bad.

With `--at-boot` and `--watch` it is called by the system's units, from the last version that is known to be good.
"""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from appliance import config, network
from appliance.clock import SystemClock
from appliance.errors import Invalid, Unavailable
from appliance.firmware.plan import DATA
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.notices import Notices
from appliance.update import sticks, trial, updating
from appliance.update.layout import Layout
from appliance.update.record import FILE_NAME, Phase, Record, RecordFile
from appliance.update.service import found_service
from appliance.update.trial import Box, Patience

_CHECKOUT = Path(__file__).parents[2]
_HELP = """Take a newer version of the box, without internet: put pika-box-<version>.pikabox into the first folder of a
USB stick, plug the stick in, and run ./box update --usb. The box checks who made it, installs it beside the running
version, starts it and watches it; if it does not run well, the box goes back to the version before by itself."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box update", description=_HELP)
    parser.add_argument("file", nargs="?", type=Path, help="the release file")
    parser.add_argument(
        "--usb",
        nargs="?",
        type=Path,
        const=Path(),
        metavar="FOLDER",
        help="the newest release file on a mounted stick, or in this folder",
    )
    parser.add_argument("--check", action="store_true", help="only say whether it would be taken")
    parser.add_argument("--status", action="store_true", help="say what runs and how the last update went")
    parser.add_argument("--allow-older", action="store_true", help="also an older version than the one that runs")
    parser.add_argument("--force", action="store_true", help="also a version that was taken back before")
    parser.add_argument("--root", type=Path, default=Path("/"), help="the system to work on (default /)")
    parser.add_argument("--data", type=Path, help=f"the box's folder (default {DATA})")
    parser.add_argument("--service", metavar="COMMAND", help="restarts or stops the box where systemd does not run")
    default = Patience()
    parser.add_argument("--within", type=float, default=default.within_s, help="seconds until it must run well")
    parser.add_argument("--steady", type=float, default=default.steady_s, help="seconds it must run well for")
    parser.add_argument("--at-boot", action="store_true", help="for the system: the decision at each start")
    parser.add_argument("--watch", action="store_true", help="for the system: decide about a version on trial")
    return parser


def _box(given: argparse.Namespace) -> Box:
    layout = Layout(root=given.root.absolute(), data=(given.data or given.root / DATA.relative_to("/")).absolute())
    if not layout.data.is_dir():
        raise Unavailable(
            "not_installed", f"There is no data folder {layout.data}.", advice="Is this a box? Name it with --data."
        )
    settings = config.load(data=layout.data)
    clock = SystemClock()
    return Box(
        layout=layout,
        database=settings.database,
        host=network.own_host(settings.http.host),
        port=settings.http.port,
        service=found_service(layout, given.service),
        record=RecordFile(layout.data / FILE_NAME),
        notices=Notices(layout.data / NOTICES_FILE, clock=clock),
        clock=clock,
        patience=Patience(within_s=given.within, steady_s=given.steady),
        tell=lambda words: print(f"box: {words}", flush=True),
    )


def _file(given: argparse.Namespace) -> Path:
    if given.file is not None and given.usb is None:
        return Path(given.file)
    if given.usb is None or given.file is not None:
        raise Invalid("no_release_named", "Name one release file, or --usb.", advice="./box update --help tells more.")
    found = sticks.newest(sticks.mounted() if given.usb == Path() else [given.usb])
    print(f"box: found {found}", flush=True)
    return found


def _status(given: argparse.Namespace) -> int:
    layout = Layout(root=given.root.absolute(), data=(given.data or given.root / DATA.relative_to("/")).absolute())
    record, is_readable = RecordFile(layout.data / FILE_NAME).load()
    print(f"Runs      {layout.version_at(layout.current) or 'nothing that is installed as a release'}")
    print(f"Good      {layout.version_at(layout.confirmed) or 'none yet'}")
    print(f"Installed {', '.join(layout.complete()) or 'none'}")
    about = f" ({record.target})" if record.target else ""
    print(f"Update    {record.phase.value + about if is_readable else 'its record can not be read'}")
    for version, why in record.bad.items():
        print(f"Bad       {version}: {why}")
    return 0


@contextlib.contextmanager
def _to_its_end() -> Iterator[None]:
    """A closed terminal or a Ctrl-C must not leave a version on trial that nobody watches; it takes minutes at most."""
    numbers = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _settle(box: Box) -> None:
    """An update that broke off is decided before another begins."""
    trial.at_boot(box)
    trial.judge(box)


def _update(given: argparse.Namespace) -> int:
    box, file = _box(given), _file(given)
    with updating.only_one(box.layout):
        if given.check:
            found = updating.check(box, file, allow_older=given.allow_older, force=given.force)
            print("It would be taken." if found else "This version runs already.")
            return 0
        _settle(box)
        begun = updating.prepare(box, file, allow_older=given.allow_older, force=given.force)
        if begun is None:
            print("box: this version runs already; there is nothing to do.")
            return 0
    with _to_its_end():
        if box.service.hand_over():
            return _told(updating.follow(box, target=begun.target), target=begun.target)
        with updating.only_one(box.layout):
            return _told(trial.judge(box), target=begun.target)


def _told(record: Record, *, target: str) -> int:
    if record.phase is Phase.CONFIRMED and record.target == target:
        print(f"box: version {target} runs well, and stays.")
        return 0
    print(
        f"box: version {target} did not run well ({record.why}). Version {record.previous} runs again. {record.lost}",
        file=sys.stderr,
    )
    return 1


def _for_the_system(given: argparse.Namespace) -> int:
    box = _box(given)
    with updating.only_one(box.layout):
        (trial.at_boot if given.at_boot else trial.judge)(box)
    return 0


def _stay_in_this_release(arguments: list[str]) -> None:
    """Started over a link that is about to lead to another release, this would load the rest of itself from there."""
    real = _CHECKOUT.resolve()
    if real != _CHECKOUT:
        command = [str(real / ".venv/bin/python"), "-P", "-m", "appliance", "update", *arguments]
        os.execve(command[0], command, {**os.environ, "PYTHONPATH": str(real)})  # noqa: S606 - no shell is wanted


def main(arguments: list[str]) -> int:
    """The command."""
    given = _parser().parse_args(arguments)
    _stay_in_this_release(arguments)
    if given.status:
        return _status(given)
    try:
        return _for_the_system(given) if given.at_boot or given.watch else _update(given)
    except OSError as error:
        raise Unavailable(
            "update_failed",
            f"{error.filename or 'The disk'} can't be read or written ({error.strerror}), so the update broke off.",
            advice="The box goes on with the version it has. Run this as root, and look at the disk.",
        ) from error
