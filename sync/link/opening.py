"""What every command begins with: its options, the folder, the store, the desk. Nothing is opened at import."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.clock import Clock, Sources, SystemClock
from sync.link import folder as folders
from sync.link import settings as link_settings
from sync.link.desk import Choices, Desk
from sync.link.facts import TempoRange
from sync.link.settings import LinkSettings
from sync.link.store.database import LinkStore
from sync.link.typed import typed
from sync.link.words import SkipRules


@dataclass(frozen=True, slots=True)
class AtHand:
    """What a command works with."""

    settings: LinkSettings
    store: LinkStore
    desk: Desk
    clock: Clock


def parser(command: str, words: str) -> argparse.ArgumentParser:
    """The options that all commands know."""
    options = argparse.ArgumentParser(prog=typed(command), description=words)
    options.add_argument(
        "--folder", type=Path, help=f"the link's folder (default {folders.ENVIRONMENT}, or the user's place for data)"
    )
    return options


def laptop_clock() -> Clock:
    """The laptop's clocks. Only Linux tells which boot this is and who keeps its clock: elsewhere a start is a boot.

    Every laptop with another system has a clock with a battery.
    """
    if sys.platform == "linux":
        sources = Sources()
    else:
        sources = Sources(from_network=lambda: False, from_hardware=lambda wall_s: True)  # noqa: ARG005
    return SystemClock(sources)


def choices_of(settings: LinkSettings) -> Choices:
    """What the DJ chose about words."""
    plays = settings.plays
    return Choices(
        stage=plays.stage or None,
        tidy=plays.tidy,
        skip=SkipRules(plays.skip),
        tempo=TempoRange(plays.tempo_least, plays.tempo_most),
    )


@contextmanager
def at_hand(option: Path | None) -> Iterator[AtHand]:
    """Opens the folder's store; closes it at the end. Raises: BadConfig, Unavailable."""
    folder = folders.prepared(folders.chosen(option))
    settings = link_settings.load(folder)
    store = LinkStore(settings.database)
    try:
        clock = laptop_clock()
        yield AtHand(settings, store, Desk(store, clock=clock, choices=choices_of(settings)), clock)
    finally:
        store.close()
