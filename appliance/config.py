"""Settings: one TOML file, then the environment, then the command line; typed, frozen, and passed on in slices.

An unknown key is an error that names the nearest known one. Secrets are masked in every print. Nothing here reads a
setting while the box runs: parts get the section they need.
"""

import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints

from appliance import public
from appliance.errors import BadConfig
from appliance.library import section as library
from appliance.library.section import LibrarySection
from appliance.limits import LimitsSection
from appliance.player.section import PlayerSection
from appliance.public import CloudSection, LinksSection, TlsSection
from appliance.secret import Secret
from appliance.settings_file import read_toml
from appliance.supervision.patience import WatchdogSection
from appliance.venue import NetworkSection, RadioProgram

FILE_NAME = "box.toml"
ENV_PREFIX = "PIKA_BOX_"
#: environment names that are not settings of a section
ENV_DATA, ENV_CONFIG = f"{ENV_PREFIX}DATA", f"{ENV_PREFIX}CONFIG"

_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
# It stands in a unit's line too: a quote, a percent sign or a space would mean something else there.
_FOLDER = re.compile(r"(/[\w.@:+-]+)*/?", re.ASCII)
_SETUP_CODE = re.compile(r"(?:[ -]*[0-9A-Za-z]){8,40}[ -]*")
_PUBLIC_URL = re.compile(r"https?://(?P<host>[a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?", re.IGNORECASE)


class BrokerKind(StrEnum):
    """Which MQTT broker runs beside the server."""

    #: mosquitto when it is installed, else the embedded one
    AUTO = "auto"
    MOSQUITTO = "mosquitto"
    #: amqtt, on loopback only
    EMBEDDED = "embedded"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class BoxSection:
    """Who this box is."""

    #: shown to DJs looking for it; at most 60 characters
    name: str = "Pika Box"
    #: staff's first way in, for a box without a screen: works once; empty for a new one printed at each start
    setup_code: Secret = field(default_factory=lambda: Secret(""))


@dataclass(frozen=True, slots=True)
class HttpSection:
    """The pages and the API."""

    #: address to listen on
    host: str = "0.0.0.0"
    #: port to listen on
    port: int = 8080
    #: further names the box answers to; private names and IP addresses need no entry
    names: tuple[str, ...] = ()
    #: the address on posters and QR codes, when the box can't know it (behind a router); empty to find it
    public_url: str = ""
    #: the box's name as phones at the captive portal are sent to it, such as pika.internal or pika.internal:8080;
    #: empty for the address at which each phone reaches the box
    portal: str = ""

    def answered_names(self) -> tuple[str, ...]:
        """Every further name the box answers to: whoever scans the poster must be let in."""
        addresses = (self.public_url, f"http://{self.portal}")
        found = [match["host"].lower() for one in addresses if (match := _PUBLIC_URL.fullmatch(one))]
        return (*self.names, *found)


@dataclass(frozen=True, slots=True)
class MqttSection:
    """The bus for machines."""

    #: auto, mosquitto, embedded or off
    broker: BrokerKind = BrokerKind.AUTO
    #: address to listen on; the embedded broker stays on loopback whatever this says
    host: str = "0.0.0.0"
    #: port to listen on
    port: int = 1883


@dataclass(frozen=True, slots=True)
class MdnsSection:
    """Being found by DJs' laptops."""

    enabled: bool = True


@dataclass(frozen=True, slots=True)
class WifiSection:
    """The Wi-Fi that posters invite to, and how the box's own radio makes it when network.topology says so."""

    #: name of the network; empty for a poster without Wi-Fi
    ssid: str = ""
    #: its password; empty for an open network
    passphrase: Secret = field(default_factory=lambda: Secret(""))
    #: two letters, such as DE: radio rules differ by country, so without it the radio stays off
    country: str = ""
    #: 1, 6 or 11 (2.4 GHz), or 36, 40, 44 or 48 (5 GHz): others may have to fall silent for radar
    channel: int = 6
    #: whether phones list the network only when told its name
    hidden: bool = False
    #: hostapd or network-manager
    program: RadioProgram = RadioProgram.HOSTAPD


@dataclass(frozen=True, slots=True)
class LogSection:
    """What goes to the log."""

    #: debug, info, warning or error
    level: str = "info"


@dataclass(frozen=True, slots=True)
class BackupSection:
    """The hourly copies of everything the box keeps."""

    #: a folder on another disk, such as a USB stick's /media/usb, for a second copy; empty for none
    second: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All sections; each part of the box gets only its own."""

    #: the folder with the database, logs and run files
    data: Path
    box: BoxSection = field(default_factory=BoxSection)
    http: HttpSection = field(default_factory=HttpSection)
    mqtt: MqttSection = field(default_factory=MqttSection)
    mdns: MdnsSection = field(default_factory=MdnsSection)
    wifi: WifiSection = field(default_factory=WifiSection)
    network: NetworkSection = field(default_factory=NetworkSection)
    limits: LimitsSection = field(default_factory=LimitsSection)
    log: LogSection = field(default_factory=LogSection)
    backup: BackupSection = field(default_factory=BackupSection)
    tls: TlsSection = field(default_factory=TlsSection)
    links: LinksSection = field(default_factory=LinksSection)
    cloud: CloudSection = field(default_factory=CloudSection)
    watchdog: WatchdogSection = field(default_factory=WatchdogSection)
    library: LibrarySection = field(default_factory=LibrarySection)
    player: PlayerSection = field(default_factory=PlayerSection)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data / "box.db"

    @property
    def backup_folder(self) -> Path:
        """The hourly copy on the box's own disk."""
        return self.data / "backup"

    @property
    def run_folder(self) -> Path:
        """Files that only matter while the box runs."""
        return self.data / "run"

    @property
    def tls_folder(self) -> Path:
        """The public certificate with its key, and the key that DJs' links know the box by."""
        return self.data / "tls"

    @property
    def links_key(self) -> Path:
        """The key that DJs' links know the box by, with its certificate."""
        return self.tls_folder / "links.pem"

    @property
    def pulse_key(self) -> Path:
        """Holds what the self-test shows the server, so that nobody else can make it write."""
        return self.run_folder / "pulse.key"

    @property
    def log_folder(self) -> Path:
        """Logs, bounded."""
        return self.data / "log"


def sections() -> dict[str, type[Any]]:
    """Every section's class by its name in the file."""
    hints = get_type_hints(Settings)
    return {item.name: hints[item.name] for item in fields(Settings) if item.name != "data"}


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."


def _wrong(where: str, wanted: str, value: object) -> BadConfig:
    shown = "a value" if isinstance(value, Secret) else repr(value)
    return BadConfig("config_wrong_value", f"{where} is {shown}; it must be {wanted}.")


def _typed(value: object, kind: Any, *, where: str, from_text: bool) -> object:
    """`value` as `kind`; from the environment everything comes as text."""
    if kind is bool:
        if from_text and str(value).lower() in {"true", "yes", "1", "false", "no", "0"}:
            return str(value).lower() in {"true", "yes", "1"}
        if isinstance(value, bool):
            return value
        raise _wrong(where, "true or false", value)
    if kind is int:
        if from_text and re.fullmatch(r"-?\d{1,12}", str(value)):
            return int(str(value))
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise _wrong(where, "a whole number", value)
    if kind == tuple[str, ...]:
        items = str(value).split(",") if from_text else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(item.strip().lower() for item in items if item.strip())
        raise _wrong(where, "a list of texts", value)
    if not isinstance(value, str):
        raise _wrong(where, "a text", Secret(value) if kind is Secret else value)
    if issubclass(kind, StrEnum):
        if value not in [*kind]:
            raise _wrong(where, "one of " + ", ".join(kind), value)
        return kind(value)
    return kind(value)


def _section(name: str, kind: type[Any], given: Mapping[str, object], *, texts: frozenset[str]) -> Any:
    hints = get_type_hints(kind)
    known = [item.name for item in fields(kind)]
    values = {}
    for key, value in given.items():
        if key not in known:
            raise BadConfig("config_unknown_key", f"[{name}] has no setting {key!r}.", advice=_nearest(key, known))
        values[key] = _typed(value, hints[key], where=f"{name}.{key}", from_text=key in texts)
    return kind(**values)


def from_file(path: Path) -> dict[str, dict[str, object]]:
    """What one file says, by section; nothing when it is not there.

    Raises: BadConfig for a file that can't be read and for sections that are none. Values are looked at by `load`.
    """
    try:
        content = read_toml(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadConfig("config_unreadable", f"{path} can't be read: {error}.", advice="Mend or remove it.") from error
    known = list(sections())
    for name, section in content.items():
        if name not in known:
            raise BadConfig("config_unknown_key", f"{path.name} has no section [{name}].", advice=_nearest(name, known))
        if not isinstance(section, dict):
            raise BadConfig("config_wrong_value", f"{name} must be a section: [{name}].")
    return {name: dict(section) for name, section in content.items() if isinstance(section, dict)}


def _from_environment(environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    known = {
        f"{ENV_PREFIX}{name}_{item.name}".upper(): (name, item.name)
        for name, kind in sections().items()
        for item in fields(kind)
    }
    for variable, value in environment.items():
        if not variable.startswith(ENV_PREFIX) or variable in {ENV_DATA, ENV_CONFIG}:
            continue
        if variable not in known:
            raise BadConfig(
                "config_unknown_key",
                f"The environment variable {variable} is no setting of the box.",
                advice=_nearest(variable, list(known)),
            )
        section, key = known[variable]
        found.setdefault(section, {})[key] = value
    return found


def _check_box(box: BoxSection) -> None:
    if not 1 <= len(box.name) <= 60 or not box.name.isprintable():
        raise _wrong("box.name", "1 to 60 printable characters", box.name)
    code = box.setup_code.reveal()
    if code and not _SETUP_CODE.fullmatch(code):
        raise _wrong("box.setup_code", "at least 8 letters and digits, such as K7QM2-X9F4T", box.setup_code)


def _check(settings: Settings) -> Settings:
    """What types can't say.

    Raises: BadConfig.
    """
    for where, port in (("http.port", settings.http.port), ("mqtt.port", settings.mqtt.port)):
        if not 1 <= port <= 65535:
            raise _wrong(where, "from 1 to 65535", port)
    for where, host in (("http.host", settings.http.host), ("mqtt.host", settings.mqtt.host)):
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise _wrong(where, "an IP address, such as 0.0.0.0 or 127.0.0.1", host) from None
    for name in settings.http.names:
        if not _HOST_NAME.fullmatch(name):
            raise _wrong("http.names", "host names without port, such as pika.example", name)
    if settings.http.public_url and not _PUBLIC_URL.fullmatch(settings.http.public_url):
        raise _wrong("http.public_url", "like http://pika.example:8080, without a path", settings.http.public_url)
    if settings.http.portal and not _PUBLIC_URL.fullmatch(f"http://{settings.http.portal}"):
        raise _wrong("http.portal", "a name with or without a port, such as pika.internal", settings.http.portal)
    _check_box(settings.box)
    if settings.log.level not in {"debug", "info", "warning", "error"}:
        raise _wrong("log.level", "debug, info, warning or error", settings.log.level)
    public.check(settings.tls, settings.links, settings.cloud)
    library.check(settings.library)
    if not 0 <= settings.player.crossfade_s <= 30:
        raise _wrong("player.crossfade_s", "from 0 to 30", settings.player.crossfade_s)
    _check_counts("limits", settings.limits)
    _check_counts("watchdog", settings.watchdog)
    if not _FOLDER.fullmatch(settings.backup.second):
        raise _wrong("backup.second", "a folder from / on, such as /media/usb, or empty", settings.backup.second)
    return settings


def _check_counts(name: str, section: LimitsSection | WatchdogSection) -> None:
    for item in fields(section):
        if getattr(section, item.name) < 1:
            raise _wrong(f"{name}.{item.name}", "at least 1", getattr(section, item.name))


def data_folder(given: Path | None, environment: Mapping[str, str] | None = None) -> Path:
    """The folder with everything the box keeps: as given, or else as PIKA_BOX_DATA says, or `./data`."""
    environment = os.environ if environment is None else environment
    return (given or Path(environment.get(ENV_DATA, "data"))).absolute()


def load(
    *,
    data: Path | None = None,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    options: Mapping[str, Mapping[str, object]] | None = None,
) -> Settings:
    """The settings: defaults, then the file, then the environment, then `options` of the command line.

    `data` and `file` win over PIKA_BOX_DATA and PIKA_BOX_CONFIG; without any the folder is `./data` and the file
    `box.toml` in it, which may be missing.

    Raises: BadConfig.
    """
    environment = os.environ if environment is None else environment
    data = data_folder(data, environment)
    named = file or (Path(environment[ENV_CONFIG]) if ENV_CONFIG in environment else None)
    if named is not None and not named.is_file():
        raise BadConfig("config_unreadable", f"There is no file {named}.", advice="Check --config or PIKA_BOX_CONFIG.")
    given_file = from_file(named or data / FILE_NAME)
    from_environment = _from_environment(environment)
    built = {}
    for name, kind in sections().items():
        texts = from_environment.get(name, {})
        given: dict[str, object] = {**given_file.get(name, {}), **texts, **(options or {}).get(name, {})}
        overridden = set((options or {}).get(name, {}))
        built[name] = _section(name, kind, given, texts=frozenset(texts) - overridden)
    return _check(Settings(data=data, **built))
