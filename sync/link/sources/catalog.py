"""All sources there are, built from the DJ's settings, in a fixed order."""

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import BadConfig
from sync.link.settings import LinkSettings, SourcesSection
from sync.link.sources.djay.source import Djay
from sync.link.sources.http_now import HttpNow
from sync.link.sources.icecast import Icecast
from sync.link.sources.machine import Machine
from sync.link.sources.mixxx import Mixxx
from sync.link.sources.mpris import Mpris
from sync.link.sources.pika_desktop import PikaDesktop
from sync.link.sources.rekordbox import Rekordbox
from sync.link.sources.serato.library import SeratoLibrary
from sync.link.sources.serato.sessions import SeratoSessions
from sync.link.sources.source import ListeningSource, PolledSource
from sync.link.sources.text_files import TextFile
from sync.link.sources.virtualdj.history import VirtualDjHistory
from sync.link.sources.virtualdj.network_control import NetworkControl

#: what all text files are called together in `off`
TEXT = "text"


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the link watches."""

    polled: Sequence[PolledSource]
    listening: Sequence[ListeningSource]

    @property
    def every(self) -> list[PolledSource | ListeningSource]:
        """Both kinds, in order."""
        return [*self.polled, *self.listening]


def catalog(settings: LinkSettings, machine: Machine) -> Catalog:
    """Every source but those that are off. Nothing is looked at yet.

    Raises: BadConfig when `off` names a source that there is not.
    """
    given = settings.sources
    polled, listening = _polled(given, machine), _listening(given)
    names = [TEXT, *(one.name for one in polled), "now", "icecast", "pika"]
    for name in given.off:
        if name not in names and not name.startswith(f"{TEXT}:"):
            close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            advice = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(names)}."
            raise BadConfig("config_wrong_value", f"sources.off names no source: {name!r}.", advice=advice)
    return Catalog(
        [one for one in polled if not _is_off(one.name, given)],
        [one for one in listening if not _is_off(one.name, given)],
    )


def _is_off(name: str, given: SourcesSection) -> bool:
    return name in given.off or name.partition(":")[0] in given.off


def _polled(given: SourcesSection, machine: Machine) -> list[PolledSource]:
    return [
        VirtualDjHistory(machine, home=_path(given.virtualdj_home, machine)),
        NetworkControl(given.virtualdj_control, token=given.virtualdj_token),
        SeratoSessions(machine, home=_path(given.serato_home, machine)),
        SeratoLibrary(machine),
        Mixxx(machine, database=_path(given.mixxx_database, machine)),
        Djay(machine, home=_path(given.djay_home, machine)),
        Rekordbox(machine),
        Mpris(machine),
        *_text_files(given, machine),
    ]


def _listening(given: SourcesSection) -> list[ListeningSource]:
    return [
        *([HttpNow(given.now_port)] if given.now_port else []),
        *([Icecast(given.icecast_port)] if given.icecast_port else []),
        *([PikaDesktop(given.pika_port)] if given.pika_port else []),
    ]


def _path(text: str, machine: Machine) -> Path | None:
    """A place as the DJ wrote it down: absolute, or from the home folder on, with or without `~`."""
    text = text.strip()
    if text.startswith("~"):
        text = text[1:].lstrip("/\\")
    return machine.home / text if text else None


def _text_files(given: SourcesSection, machine: Machine) -> list[PolledSource]:
    found: list[PolledSource] = []
    paths = [_path(text, machine) for text in given.text_files]
    for path in dict.fromkeys(path for path in paths if path is not None):
        source = TextFile(path)
        if any(source.name == other.name for other in found):
            # Two folders may each have a `playing.txt`; what was read of one must not count for the other.
            source.name = f"{source.name}:{hashlib.sha256(str(path).encode()).hexdigest()[:6]}"
        found.append(source)
    return found
