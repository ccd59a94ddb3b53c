"""What staff are told of the box: plain facts in, lights out. Pure.

A light says what a fact means for the evening and what to do about it. Its words are keys of the catalogues, so that
the page, the wall screen and the API say the same in each language. A fact that could not be learned is a light too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.domain.certificate import Certificate, CertificateState
from appliance.domain.facts import Cloud, Facts, Music, OnStage, Phones, Unknown, Wifi
from appliance.domain.models import ClockTrust
from appliance.domain.portal import Mode
from appliance.domain.scanning import ScanState
from appliance.domain.space import Room, Space
from appliance.domain.uplink import STUCK_MS, Uplink

#: a DJ's program tells a track every few minutes, a page every minute: after this long somebody should look
DJ_SILENT_MS = 15 * 60 * 1000
#: from this share of the room on, more phones may be turned away soon
NEARLY_FULL = 0.9
#: what waits for longer than this should be taken to some internet
CLOUD_LONG_MS = 14 * 24 * 60 * 60 * 1000

_PART = "part_"

Value = str | int


class Level(StrEnum):
    """How a light looks; the worst comes last."""

    #: not used, nobody there, nothing to do
    OFF = "off"
    GOOD = "good"
    #: the evening goes on, but somebody should look
    ATTENTION = "attention"
    #: something that the evening needs does not work
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence: a key of the catalogue `status` and what stands in it."""

    key: str
    values: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Light:
    """One thing to know about the box."""

    #: stable, for programs
    name: str
    level: Level
    #: a shape of `webui/pages/parts.html`
    icon: str
    #: what is, and what it means for the evening
    says: Say
    #: what to do, if anything
    advice: Say | None = None
    #: what a part itself says, in English, for whoever mends it
    detail: str = ""

    @property
    def needs_look(self) -> bool:
        """Whether somebody should do something about it."""
        return self.level in {Level.ATTENTION, Level.BAD}

    @property
    def title(self) -> Say:
        """What it is about."""
        part = self.name.removeprefix(_PART)
        return Say(f"light_{self.name}") if part == self.name else Say("light_part", {"part": part})


def _unknown(name: str, icon: str, fact: Unknown) -> Light:
    return Light(name, Level.ATTENTION, icon, Say("fact_unknown"), Say("fact_unknown_do"), detail=fact.why)


def _wifi(fact: Wifi | Unknown) -> Light:
    if isinstance(fact, Unknown):
        return _unknown("wifi", "wifi", fact)
    if not fact.is_own:
        if not fact.address:
            return Light("wifi", Level.ATTENTION, "wifi", Say("wifi_no_address"), Say("wifi_no_address_do"))
        return Light("wifi", Level.GOOD, "wifi", Say("wifi_venue", {"address": fact.address}))
    if not fact.is_up:
        return Light(
            "wifi",
            Level.BAD,
            "wifi",
            Say("wifi_down", {"interface": fact.interface}),
            Say("wifi_down_do"),
        )
    if not fact.is_right_address:
        return Light("wifi", Level.BAD, "wifi", Say("wifi_wrong_address"), Say("wifi_wrong_address_do"))
    if not fact.ssid:
        return Light("wifi", Level.GOOD, "wifi", Say("wifi_cable", {"address": fact.address}))
    return Light("wifi", Level.GOOD, "wifi", Say("wifi_own", {"ssid": fact.ssid, "address": fact.address}))


def _phones(fact: Phones | Unknown) -> Light:
    if isinstance(fact, Unknown):
        return _unknown("phones", "people", fact)
    taken = max(fact.open, fact.joined or 0)
    left = max(0, fact.room - taken)
    if left == 0:
        return Light("phones", Level.BAD, "people", Say("phones_full", {"n": fact.open}), Say("phones_full_do"))
    if taken >= NEARLY_FULL * fact.room:
        says = Say("phones_nearly_full", {"n": fact.open, "left": left})
        return Light("phones", Level.ATTENTION, "people", says, Say("phones_full_do"))
    if taken == 0:
        return Light("phones", Level.OFF, "people", Say("phones_none", {"left": left}))
    if fact.joined is None:
        return Light("phones", Level.GOOD, "people", Say("phones_open", {"n": fact.open, "left": left}))
    values: dict[str, Value] = {"n": fact.open, "joined": fact.joined, "left": left}
    return Light("phones", Level.GOOD, "people", Say("phones_joined", values))


def _djs(fact: Sequence[OnStage] | Unknown) -> Light:
    if isinstance(fact, Unknown):
        return _unknown("djs", "deck", fact)
    on = [one for one in fact if one.dj is not None]
    if not on:
        return Light("djs", Level.OFF, "deck", Say("djs_none"), Say("djs_none_do"))
    silent = max(on, key=lambda one: one.silent_ms)
    if silent.silent_ms >= DJ_SILENT_MS:
        values: dict[str, Value] = {"dj": silent.dj or "", "stage": silent.stage, "n": silent.silent_ms // 60_000}
        return Light("djs", Level.ATTENTION, "deck", Say("djs_silent", values), Say("djs_silent_do"))
    first = on[0]
    others = len(on) - 1
    if others:
        return Light(
            "djs", Level.GOOD, "deck", Say("djs_several", {"dj": first.dj or "", "stage": first.stage, "n": others})
        )
    return Light("djs", Level.GOOD, "deck", Say("djs_one", {"dj": first.dj or "", "stage": first.stage}))


def _ago(since_ms: int) -> str:
    """How long, in units that are written alike everywhere."""
    if since_ms >= 48 * 3_600_000:
        return f"{since_ms // 86_400_000} d"
    return f"{since_ms // 3_600_000} h" if since_ms >= 3_600_000 else f"{max(1, since_ms // 60_000)} min"


def _count(number: int) -> str:
    """A number as it is read everywhere: thousands apart, by neither comma nor point."""
    return f"{number:,}".replace(",", "\u202f")


def _code_advice(fact: Cloud) -> Say:
    return Say("cloud_code_do", {"code": fact.code, "place": f"{fact.url}/claim"})


def _needs_cloud_care(fact: Cloud) -> Light | None:
    """What somebody has to do something about. The code stands in the advice, which no wall shows."""
    values: dict[str, Value] = {"n": fact.waiting, "count": _count(fact.waiting)}
    found: tuple[Say, Say] | None = None
    match fact.state:
        case Uplink.REVOKED if fact.code:
            found = Say("cloud_revoked", values), _code_advice(fact)
        case Uplink.REVOKED:
            found = Say("cloud_revoked", values), Say("cloud_revoked_do")
        case Uplink.REFUSED:
            found = Say("cloud_refused", values), Say("cloud_refused_do")
        case Uplink.CLOCK:
            found = Say("cloud_clock", values), Say("clock_set_do")
        case Uplink.UNCLAIMED if fact.code:
            found = Say("cloud_unclaimed"), _code_advice(fact)
        case Uplink.UNCLAIMED:
            found = Say("cloud_unclaimed"), Say("cloud_no_code_do")
        case _ if fact.stuck_ms > STUCK_MS:
            found = Say("cloud_stuck", {**values, "ago": _ago(fact.stuck_ms)}), Say("cloud_refused_do")
        case _ if fact.waiting and fact.seen_ms is not None and fact.seen_ms > CLOUD_LONG_MS:
            found = Say("cloud_waits", {**values, "ago": _ago(fact.seen_ms)}), Say("cloud_away_do")
    return Light("cloud", Level.ATTENTION, "cloud", *found, detail=fact.reason) if found else None


def _cloud(fact: Cloud | Unknown) -> Light:
    if isinstance(fact, Unknown):
        return _unknown("cloud", "cloud", fact)
    if not fact.is_set_up:
        return Light("cloud", Level.OFF, "cloud", Say("cloud_none"))
    if care := _needs_cloud_care(fact):
        return care
    values: dict[str, Value] = {"n": fact.waiting, "count": _count(fact.waiting)}
    detail = f"{fact.kept_back} rows were sent as a note only." if fact.kept_back else ""
    if fact.is_online:
        says = Say("cloud_sending", values) if fact.waiting else Say("cloud_all")
        return Light("cloud", Level.GOOD, "cloud", says, detail=detail)
    if fact.seen_ms is None:
        return Light("cloud", Level.OFF, "cloud", Say("cloud_never", values), Say("cloud_away_do"))
    ago = _ago(fact.seen_ms)
    if fact.waiting:
        says = Say("cloud_waits", {**values, "ago": ago})
        return Light("cloud", Level.OFF, "cloud", says, Say("cloud_away_do"), detail=detail)
    return Light("cloud", Level.OFF, "cloud", Say("cloud_all_away", {"ago": ago}), detail=detail)


def _clock(trust: ClockTrust) -> Light:
    match trust:
        case ClockTrust.NONE:
            return Light("clock", Level.ATTENTION, "clock", Say("clock_none"), Say("clock_set_do"))
        case ClockTrust.SAVED:
            return Light("clock", Level.ATTENTION, "clock", Say("clock_saved"), Say("clock_set_do"))
        case ClockTrust.GUESTS:
            return Light("clock", Level.GOOD, "clock", Say("clock_guests"))
        case ClockTrust.DEVICE:
            return Light("clock", Level.GOOD, "clock", Say("clock_device"))
        case ClockTrust.RTC:
            return Light("clock", Level.GOOD, "clock", Say("clock_rtc"))
        case ClockTrust.NTP:
            return Light("clock", Level.GOOD, "clock", Say("clock_ntp"))


def gigabytes(count: int) -> str:
    """As people read it: two figures that count."""
    return f"{count / 1e9:.0f}" if count >= 10e9 else f"{count / 1e9:.1f}"


def _disk(fact: Space | Unknown) -> Light:
    if isinstance(fact, Unknown):
        return Light("disk", Level.BAD, "disk", Say("disk_unreadable"), Say("disk_unreadable_do"), detail=fact.why)
    values: dict[str, Value] = {"free": gigabytes(fact.free_bytes)}
    match fact.room:
        case Room.PLENTY:
            return Light("disk", Level.GOOD, "disk", Say("disk_plenty", values))
        case Room.LOW:
            return Light("disk", Level.ATTENTION, "disk", Say("disk_low", values), Say("disk_low_do"))
        case Room.SCARCE:
            return Light("disk", Level.BAD, "disk", Say("disk_scarce", values), Say("disk_low_do"))


def _certificate(fact: Certificate | Unknown, until: str) -> Light:
    if isinstance(fact, Unknown):
        return _unknown("certificate", "lock", fact)
    values: dict[str, Value] = {"name": fact.name, "until": until}
    match fact.state:
        case CertificateState.NONE:
            return Light("certificate", Level.OFF, "lock", Say("certificate_none"))
        case CertificateState.VALID if fact.in_use:
            return Light("certificate", Level.GOOD, "lock", Say("certificate_valid", values))
        case CertificateState.VALID:
            advice = Say("clock_set_do")
            return Light("certificate", Level.ATTENTION, "lock", Say("certificate_waits", values), advice)
        case CertificateState.EXPIRING:
            advice = Say("certificate_renew_do")
            return Light("certificate", Level.ATTENTION, "lock", Say("certificate_expiring", values), advice)
        case CertificateState.EXPIRED:
            advice = Say("certificate_renew_do")
            return Light("certificate", Level.ATTENTION, "lock", Say("certificate_expired", values), advice)
        case CertificateState.NOT_YET_VALID:
            advice = Say("clock_set_do")
            return Light("certificate", Level.ATTENTION, "lock", Say("certificate_early", values), advice)
        case CertificateState.UNUSABLE:
            advice = Say("certificate_unusable_do")
            says = Say("certificate_unusable")
            return Light("certificate", Level.ATTENTION, "lock", says, advice, detail=fact.problem)


def _mode(mode: Mode, problem: str | None) -> Light:
    if problem is not None:
        return Light("mode", Level.BAD, "door", Say("mode_problem"), Say("part_do"), detail=problem)
    return Light("mode", Level.GOOD, "door", Say(f"mode_{mode.value}"))


def _version(version: str, up_ms: int) -> Light:
    hours = up_ms // 3_600_000
    if hours >= 48:
        return Light("version", Level.GOOD, "box", Say("version_days", {"version": version, "n": hours // 24}))
    if hours >= 1:
        return Light("version", Level.GOOD, "box", Say("version_hours", {"version": version, "n": hours}))
    return Light("version", Level.GOOD, "box", Say("version_minutes", {"version": version, "n": up_ms // 60_000}))


def _store(problem: str | None) -> Light:
    if problem is None:
        return Light("store", Level.GOOD, "save", Say("store_good"))
    return Light("store", Level.BAD, "save", Say("store_bad"), Say("store_bad_do"), detail=problem)


def _broker(problems: dict[str, str | None]) -> Light:
    if "broker" not in problems:
        return Light("broker", Level.OFF, "plug", Say("broker_off"))
    problem = problems["broker"]
    if problem is None:
        return Light("broker", Level.GOOD, "plug", Say("broker_good"))
    return Light("broker", Level.ATTENTION, "plug", Say("broker_bad"), Say("part_do"), detail=problem)


def _discovery(problems: dict[str, str | None], renamed: str) -> Light:
    if "discovery" not in problems:
        return Light("discovery", Level.OFF, "find", Say("discovery_off"))
    problem = problems["discovery"]
    if renamed:
        says, advice = Say("discovery_renamed", {"name": renamed}), Say("discovery_renamed_do")
        return Light("discovery", Level.ATTENTION, "find", says, advice)
    if problem is None:
        return Light("discovery", Level.GOOD, "find", Say("discovery_good"))
    return Light("discovery", Level.ATTENTION, "find", Say("discovery_bad"), Say("discovery_bad_do"), detail=problem)


def _music(fact: Music | Unknown, problem: str | None) -> Light:
    if isinstance(fact, Unknown):
        return _unknown("library", "note", fact)
    if problem is not None:
        return Light("library", Level.ATTENTION, "note", Say("music_bad"), Say("part_do"), detail=problem)
    scan = fact.scan
    values: dict[str, Value] = {"count": _count(fact.playable), "left": _count(scan.left)}
    if scan.state is ScanState.OFF:
        return Light("library", Level.OFF, "note", Say("music_off"))
    if scan.state is ScanState.WAITING:
        return Light("library", Level.GOOD, "note", Say("music_waits", values))
    if scan.left:
        return Light("library", Level.GOOD, "note", Say("music_hearing", values))
    if fact.faulty:
        values["faulty"] = _count(fact.faulty)
        return Light("library", Level.GOOD, "note", Say("music_faulty", values))
    if not fact.playable:
        return Light("library", Level.OFF, "note", Say("music_none"), Say("music_none_do"))
    return Light("library", Level.GOOD, "note", Say("music_good", values))


#: parts that have a light of their own; any other is shown only when it has a problem
_SHOWN = frozenset({"store", "portal", "broker", "discovery", "library"})


def lights(facts: Facts) -> list[Light]:
    """Every light, in the order in which staff look."""
    problems = {part.name: part.problem for part in facts.parts}
    found = [
        _wifi(facts.wifi),
        _phones(facts.phones),
        _djs(facts.djs),
        _cloud(facts.cloud),
        _clock(facts.clock),
        _disk(facts.disk),
        _store(problems.get("store")),
        _certificate(facts.certificate, facts.certificate_until),
        _mode(facts.mode, problems.get("portal")),
        _broker(problems),
        _discovery(problems, facts.renamed),
        _music(facts.music, problems.get("library")),
        _version(facts.version, facts.up_ms),
    ]
    for name, problem in problems.items():
        if problem is not None and name not in _SHOWN:
            says = Say("part_bad")
            found.append(Light(f"{_PART}{name}", Level.BAD, "box", says, Say("part_do"), detail=problem))
    if not isinstance(facts.cloud, Unknown) and facts.cloud.dropped:
        n = facts.cloud.dropped
        found.append(
            Light("shed", Level.ATTENTION, "disk", Say("shed_some", {"n": n, "count": _count(n)}), Say("disk_low_do"))
        )
    if facts.notices:
        notices = Say("notices_some", {"n": facts.notices})
        found.append(Light("notices", Level.ATTENTION, "note", notices, Say("notices_do")))
    return found


def verdict(found: Sequence[Light]) -> tuple[Level, Say]:
    """The one sentence for somebody who passes by."""
    bad = sum(light.level is Level.BAD for light in found)
    look = sum(light.needs_look for light in found)
    if bad:
        return Level.BAD, Say("verdict_bad", {"n": look})
    if look:
        return Level.ATTENTION, Say("verdict_attention", {"n": look})
    return Level.GOOD, Say("verdict_good")
