"""The link's settings: one TOML file in the user's own folder, typed and frozen. Everything has a usable default."""

import difflib
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from appliance.errors import BadConfig

FILE_NAME = "link.toml"


@dataclass(frozen=True, slots=True)
class PlaysSection:
    """What is told of plays."""

    #: the stage that plays are shown on; empty for the only one there is
    stage: str = ""
    #: whether "(Official Video)" and the like are left out of titles
    tidy: bool = True
    #: tracks with one of these words in artist, title or path are never told
    skip: tuple[str, ...] = ()
    #: seconds to wait before a play is shown; it is not shown when another follows meanwhile. 0 to 30
    delay_s: int = 0
    #: programs whose loads are believed when they stay for `dwell_s`, such as djay
    trust_loads: tuple[str, ...] = ()
    dwell_s: int = 45
    #: whether files that are played are listened to, out of the way of everything else, for tempo and key
    listen: bool = True
    #: tempos that people dance to here, beats a minute: outside of them the half or the double is offered
    tempo_least: int = 60
    tempo_most: int = 200


@dataclass(frozen=True, slots=True)
class SourcesSection:
    """Where to look, when it is not the usual place."""

    #: sources that are left out, by name
    off: tuple[str, ...] = ()
    #: VirtualDJ's folder
    virtualdj_home: str = ""
    #: Serato's folder (the one named _Serato_)
    serato_home: str = ""
    #: Mixxx's database
    mixxx_database: str = ""
    #: djay's library folder
    djay_home: str = ""
    #: text, m3u or tracklist files that some program writes
    text_files: tuple[str, ...] = ()
    #: where programs find the link on this laptop; 0 for off
    now_port: int = 8471
    icecast_port: int = 8000
    pika_port: int = 3001
    #: VirtualDJ's Network Control, such as http://127.0.0.1:8080; empty to try the usual ports
    virtualdj_control: str = ""
    #: the password in Network Control's window, when there is one
    virtualdj_token: str = ""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """All sections."""

    #: the folder with the journal and this file
    folder: Path
    plays: PlaysSection = field(default_factory=PlaysSection)
    sources: SourcesSection = field(default_factory=SourcesSection)

    @property
    def database(self) -> Path:
        """The journal's file."""
        return self.folder / "link.db"


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."


def _value(value: object, kind: Any, *, where: str) -> object:
    if kind == tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise BadConfig("config_wrong_value", f"{where} must be a list of texts.")
    # A truth value is a number to Python, and none to anybody else.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        words = {bool: "true or false", int: "a whole number", str: "a text"}[kind]
        raise BadConfig("config_wrong_value", f"{where} must be {words}.")
    return value


def _section(name: str, kind: type[Any], given: object) -> Any:
    if not isinstance(given, dict):
        raise BadConfig("config_wrong_value", f"{name} must be a section: [{name}].")
    hints, known = get_type_hints(kind), [item.name for item in fields(kind)]
    for key in given:
        if key not in known:
            raise BadConfig("config_unknown_key", f"[{name}] has no setting {key!r}.", advice=_nearest(key, known))
    return kind(**{key: _value(value, hints[key], where=f"{name}.{key}") for key, value in given.items()})


def load(folder: Path) -> LinkSettings:
    """The settings of a folder; without a file, the defaults. A mark and line ends of other systems do no harm.

    Raises: BadConfig.
    """
    path = folder / FILE_NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        content = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        advice = "Mend or remove it. A path with \\ in it stands in single quotes: 'D:\\VirtualDJ'."
        raise BadConfig("config_unreadable", f"{path} can't be read: {error}.", advice=advice) from error
    sections = {"plays": PlaysSection, "sources": SourcesSection}
    for name in content:
        if name not in sections:
            raise BadConfig(
                "config_unknown_key", f"{FILE_NAME} has no section [{name}].", advice=_nearest(name, list(sections))
            )
    built = {name: _section(name, kind, content.get(name, {})) for name, kind in sections.items()}
    settings = LinkSettings(folder=folder, **built)
    if not 0 <= settings.plays.delay_s <= 30:
        raise BadConfig("config_wrong_value", "plays.delay_s must be from 0 to 30.")
    if not 0 < settings.plays.tempo_least < settings.plays.tempo_most:
        raise BadConfig("config_wrong_value", "plays.tempo_least must be above 0 and below plays.tempo_most.")
    return settings
