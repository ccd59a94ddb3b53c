"""`demo --with-cloud`: a whole night in a box's store, then the box, the cloud beside it, and the night's report.

Owns the order of it all; who does what is `demo`'s business.
"""

import argparse
import asyncio
import random
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from appliance import starting
from appliance.commands import run
from appliance.config import Settings
from appliance.demo import night, past
from appliance.demo.caretaker import Caretaker, caretaker
from appliance.demo.cloud import CloudProgram, Organiser, free_port, until
from appliance.demo.past import Played
from appliance.domain.uplink import FILE_NAME, FOLDER, UplinkState, read
from appliance.public import CloudSection

_ORGANISATION = "The Fictional Hall"
_DANCERS = 140
#: a box that was never claimed asks every ten seconds whether it was
_WITHIN_S = 60.0
_REPORT = "pika-demo-report.html"


@dataclass(frozen=True, slots=True)
class _Show:
    """One demo."""

    settings: Settings
    cloud: CloudProgram
    played: Played
    stopped: Callable[[], bool]

    def carried(self) -> tuple[Organiser, str]:
        """The box becomes an organiser's, brings its night, and there is a link to the report.

        Raises: BoxError, OSError; Unavailable also when it was told to stop.
        """
        organiser = Organiser.signed_in(self.cloud, key=self.cloud.found(_ORGANISATION))
        self._until(lambda: self._uplink().code != "", what="The box's code for the organiser")
        print(f"  The box shows the code {self._uplink().code}; its organiser types it at {self.cloud.url}/claim.")
        organiser.claim(self._uplink().code)
        wanted = (self.played.likes, self.played.plays)
        where = (self.played.box, self.played.event)
        self._until(lambda: organiser.likes_and_plays(*where) == wanted, what="The night's way to the cloud")
        print(f"  All of the night is in the cloud: {wanted[1]} tracks, {wanted[0]} likes.", flush=True)
        return organiser, organiser.share(*where, zone=past.ZONE)

    def _uplink(self) -> UplinkState:
        """What the box's status page knows of the cloud."""
        try:
            return read((self.settings.data / FOLDER / FILE_NAME).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return UplinkState()

    def _until(self, holds: Callable[[], bool], *, what: str) -> None:
        until(lambda: self.stopped() or holds(), within_s=_WITHIN_S, what=what)
        if self.stopped():
            raise _Stopped


class _Stopped(Exception):
    """Somebody has pressed Ctrl-C."""


def main(given: argparse.Namespace) -> int:
    """The demo with the cloud; its exit status. Raises: BoxError, OSError."""
    stopped = run.StopSignals()
    with ExitStack() as stack:
        keeper = stack.enter_context(caretaker())
        if given.data is None:
            given.data = Path(tempfile.mkdtemp(prefix="pika-demo-"))
            keeper.remove(given.data)
        try:
            return _play(given, keeper=keeper, stopped=stopped)
        except _Stopped:
            return 0
        finally:
            print("box: stopped.", flush=True)


def _play(given: argparse.Namespace, *, keeper: Caretaker, stopped: Callable[[], bool]) -> int:
    seed = random.randrange(10_000) if given.seed is None else given.seed  # noqa: S311 - no secret
    settings = run.settings_from(given)
    cloud = _cloud(given, settings)
    settings = replace(settings, cloud=CloudSection(url=cloud.url))
    evening = night.write(seed=seed, dancers=_DANCERS if given.dancers is None else given.dancers)
    hours, minutes = divmod(int(evening.ends_s // 60), 60)
    print(f"\n  A night of {hours} hours and {minutes} minutes goes through the box's own rules into its database")
    print("  within seconds: only its clock is made up. The people and the records are invented.", flush=True)
    show = _Show(settings, cloud, asyncio.run(past.play(settings, evening)), stopped)
    keeper.watch(cloud.start().pid)
    print(f"  The cloud is at {cloud.url} ({'a trial in one file' if not given.database else 'PostgreSQL'}).")
    running = starting.start(settings)
    keeper.watch(running.supervisor.pid)
    try:
        organiser, address = show.carried()
        if given.once:
            Path(_REPORT).write_text(organiser.report(address), encoding="utf-8")
            print(f"  The report of the night is in {Path(_REPORT).absolute()}.  (The same: --seed {seed})", flush=True)
            return 0
        print(run.banner(running))
        print(f"  The report of the night just played:\n\n      {address}\n")
        print(f"  The same night again: --seed {seed}. Ctrl-C ends the box and the cloud.", flush=True)
        return run.watch(running, stopped=stopped)
    finally:
        running.supervisor.stop()


def _cloud(given: argparse.Namespace, settings: Settings) -> CloudProgram:
    database = given.database or f"sqlite:///{settings.data.absolute()}/cloud.db"
    return CloudProgram(database, free_port(), settings.data / "cloud.log")
