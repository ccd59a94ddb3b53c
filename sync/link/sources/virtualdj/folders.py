"""Where VirtualDJ keeps its files, and what its settings say about the history.

Since about 2021 in the local application data; before, and after upgrades still, in the documents; or wherever the DJ
moved it, as the Windows registry knows. All are looked at: DJs do have it on D: or in OneDrive.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sync.link.sources.machine import Machine

_REGISTRY_KEY = r"Software\VirtualDJ"
#: seconds of play until VirtualDJ writes a track down, when the settings say nothing
DELAY_S = 45
_SETTINGS_MOST = 4 * 1024 * 1024


def candidates(machine: Machine, *, chosen: Path | None = None) -> Iterator[Path]:
    """Every place that may be VirtualDJ's home, the likeliest first."""
    if chosen is not None:
        yield chosen
        return
    home = machine.home
    if machine.platform == "win32":
        named = machine.registry(_REGISTRY_KEY, "HomeFolder")
        if named:
            yield Path(named)
        yield machine.folder("LOCALAPPDATA", "AppData/Local") / "VirtualDJ"
        yield home / "OneDrive" / "Documents" / "VirtualDJ"
    elif machine.platform == "darwin":
        yield home / "Library" / "Application Support" / "VirtualDJ"
    yield from dict.fromkeys([machine.documents / "VirtualDJ", home / "Documents" / "VirtualDJ"])
    for drive in machine.drives():
        yield drive / "VirtualDJ"


def history_files(home: Path) -> list[Path]:
    """The sessions' files of the last days; older ones were moved into folders by year and month."""
    try:
        return [path for path in (home / "History").iterdir() if path.suffix.lower() == ".m3u"]
    except OSError:
        return []


def _last_written(home: Path) -> float:
    """When VirtualDJ wrote there last; 0 when never."""
    times = [0.0]
    for path in (home / "settings.xml", home / "History", *history_files(home)):
        try:
            times.append(path.stat().st_mtime)
        except OSError:
            continue
    return max(times)


def home_of(machine: Machine, *, chosen: Path | None = None) -> Path | None:
    """The home folder that is in use: the one that was written last."""
    found = [(_last_written(path), -number, path) for number, path in enumerate(candidates(machine, chosen=chosen))]
    found = [one for one in found if one[0] > 0]
    return max(found)[2] if found else None


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """What the settings say about the history."""

    #: whether plays are written down at all
    written: bool
    #: after how many seconds of play
    delay_s: int


def history_settings(home: Path) -> HistorySettings:
    """From settings.xml; what can't be read counts as VirtualDJ's own defaults."""
    values = _settings(home / "settings.xml")
    written = values.get("writehistory", "yes").strip().lower() not in {"no", "0", "false", "off"}
    delay = values.get("historydelay", "").strip()
    return HistorySettings(written, int(delay) if delay.isascii() and delay.isdigit() and len(delay) < 5 else DELAY_S)


def _settings(path: Path) -> dict[str, str]:
    """Names in small letters. Both of VirtualDJ's spellings: an element for each, or `name`/`value` attributes."""
    try:
        if path.stat().st_size > _SETTINGS_MOST:
            return {}
        root = ET.fromstring(path.read_bytes())  # noqa: S314 - expat makes no network requests, and bounds entities
    except (OSError, ET.ParseError, ValueError):
        return {}
    found: dict[str, str] = {}
    for element in root.iter():
        if element.text and element.text.strip():
            found[element.tag.lower()] = element.text.strip()
        found |= {name.lower(): value for name, value in element.attrib.items()}
        if "name" in element.attrib and "value" in element.attrib:
            found[element.attrib["name"].lower()] = element.attrib["value"]
    return found
