"""What is known of the box at one moment: plain facts, each of which may be unknown. Pure; who looks is elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.certificate import Certificate
from appliance.domain.models import ClockTrust
from appliance.domain.portal import Mode
from appliance.domain.scanning import OFF, Scan
from appliance.domain.space import Space


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be learned."""

    #: why, in English
    why: str


@dataclass(frozen=True, slots=True)
class Wifi:
    """The network that phones are in, as far as it is the box's business."""

    #: whether the box makes it
    is_own: bool
    #: its name as the posters say it; empty when nobody told
    ssid: str
    #: the guests' interface, and whether it is there and connected
    interface: str
    is_up: bool
    #: the box's address on it, or the one that phones use in the venue's network; empty when there is none
    address: str
    #: whether the box has the address that its settings say
    is_right_address: bool = True


@dataclass(frozen=True, slots=True)
class Phones:
    """How many phones there are. Counts only."""

    #: pages that are open now
    open: int
    #: phones with an address of the box; None where somebody else gives addresses
    joined: int | None
    #: how many phones there is room for
    room: int


@dataclass(frozen=True, slots=True)
class OnStage:
    """Who plays where."""

    stage: str
    #: None while nobody is on
    dj: str | None
    #: how long the DJ has given no sign of life, milliseconds
    silent_ms: int = 0


@dataclass(frozen=True, slots=True)
class Cloud:
    """The link to the cloud."""

    is_set_up: bool = False
    #: how long ago it was reached, milliseconds; None when it never was
    seen_ms: int | None = None
    #: rows that wait to be carried there
    waiting: int = 0
    #: whether it answers now
    is_online: bool = False
    #: how it goes, as `domain.uplink.Uplink` says it
    state: str = "offline"
    #: what the organiser types there to say that this box is theirs; empty when nobody has to
    code: str = ""
    #: where it is
    url: str = ""
    #: for how long it has answered and taken nothing although something waits, milliseconds
    stuck_ms: int = 0
    #: why, in a word for whoever mends it
    reason: str = ""
    #: what was given up for want of room on the disk
    dropped: int = 0
    #: rows of which only a note could be sent
    kept_back: int = 0


@dataclass(frozen=True, slots=True)
class Music:
    """The box's own music."""

    #: how far it is looked through
    scan: Scan = OFF
    #: songs that can be played
    playable: int = 0
    #: files that can't be heard
    faulty: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the box and what is wrong with it."""

    name: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the lights are made from."""

    wifi: Wifi | Unknown
    phones: Phones | Unknown
    djs: Sequence[OnStage] | Unknown
    cloud: Cloud | Unknown
    clock: ClockTrust
    disk: Space | Unknown
    certificate: Certificate | Unknown
    #: when the certificate ends, as a date in the page's own language; empty when it does not
    certificate_until: str
    mode: Mode
    version: str
    #: since the boot, milliseconds
    up_ms: int
    parts: Sequence[Part]
    #: the name others see, when another box has taken the box's own; empty otherwise
    renamed: str
    notices: int = 0
    music: Music | Unknown = Music()
