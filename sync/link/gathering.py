"""All sources of this laptop, built from the DJ's settings. The one place that knows every source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sync.link.settings import LinkSettings, SourcesSection
from sync.link.sources import http_now, icecast, mixxx, pika_desktop
from sync.link.sources.http_now import HttpNow
from sync.link.sources.icecast import Icecast
from sync.link.sources.mixxx import Mixxx
from sync.link.sources.pika_desktop import PikaDesktop
from sync.link.sources.serato import library, sessions
from sync.link.sources.serato.library import SeratoLibrary
from sync.link.sources.serato.sessions import SeratoSessions
from sync.link.sources.source import ListeningSource, Machine, PolledSource
from sync.link.sources.text_files import TextFile
from sync.link.sources.virtualdj import history
from sync.link.sources.virtualdj.history import VirtualDjHistory


@dataclass(frozen=True, slots=True)
class Sources:
    """What is watched."""

    polled: Sequence[PolledSource]
    listening: Sequence[ListeningSource]


def gather(settings: LinkSettings, machine: Machine) -> Sources:
    """The sources that the DJ did not switch off."""
    chosen = settings.sources
    polled: dict[str, Callable[[], PolledSource]] = {
        history.NAME: lambda: VirtualDjHistory(machine, home=_path(chosen.virtualdj_home)),
        sessions.NAME: lambda: SeratoSessions(machine, home=_path(chosen.serato_home)),
        library.NAME: lambda: SeratoLibrary(machine),
        mixxx.NAME: lambda: Mixxx(machine, database=_path(chosen.mixxx_database)),
    }
    files = [TextFile(Path(path).expanduser()) for path in chosen.text_files]
    return Sources(
        [*(make() for name, make in polled.items() if name not in chosen.off), *files],
        [make(port) for name, make, port in _ports(chosen) if name not in chosen.off and port],
    )


def _ports(chosen: SourcesSection) -> Sequence[tuple[str, Callable[[int], ListeningSource], int]]:
    return (
        (http_now.NAME, HttpNow, chosen.now_port),
        (icecast.NAME, Icecast, chosen.icecast_port),
        (pika_desktop.NAME, PikaDesktop, chosen.pika_port),
    )


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None
