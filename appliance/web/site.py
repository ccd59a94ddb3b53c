"""What routes may reach, as one typed bundle that the lifespan yields. No globals, no `app.state`."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypedDict

from starlette.requests import Request as StarletteRequest

from appliance.care.desk import Desk
from appliance.config import Settings
from appliance.domain.certificate import Certificate
from appliance.domain.facts import Cloud
from appliance.domain.pairing import Code
from appliance.domain.portal import Client, Mode
from appliance.domain.scanning import Scan
from appliance.domain.songs_coming import SongsComing
from appliance.domain.space import Space
from appliance.domain.uploads import Upload
from appliance.handout.shelf import Shelf
from appliance.live.announcing import Announcing
from appliance.live.board import Board
from appliance.live.counting import Counting
from appliance.live.floor import Floor
from appliance.live.hearing import Hearing
from appliance.live.hub import Hub
from appliance.live.room import CheckedIn
from appliance.live.timetable import Timetable
from appliance.notices import Notices
from appliance.ports import PartState, Passwords, Ports
from appliance.ports.house import Chooser
from appliance.surroundings import Surroundings
from appliance.usecases.players.choosing import Offers
from appliance.web.limits import Buckets, Paces, Throttle
from appliance.web.rendering import Pages
from appliance.web.runs import Runs
from appliance.web.shared import SharedPages
from appliance.web.tries import Tries


@dataclass(frozen=True, slots=True)
class Keys:
    """What cookies are signed with."""

    #: signs the logins of DJs and staff; the box's own, whatever evening it is
    login: bytes
    #: signs phones' ids; goes with the evening to another box, and with the guests when they are forgotten
    phone: bytes


class Door(Protocol):
    """A second way in, for encrypted connections: open or not by its own judgement."""

    #: where it listens
    port: int

    def start(
        self, *, connect: Callable[[], asyncio.Protocol], end_all: Callable[[], None], user_timeout_ms: int
    ) -> None: ...

    async def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Links:
    """What there is for DJs' links."""

    #: their way in; None when they may not come
    door: Door | None
    #: pairings that are under way
    pairings: Runs
    #: a code with the box's address and key in one text; None while there is no address
    invitation: Callable[[Code], str | None]
    #: the link itself, as files for laptops
    shelf: Shelf


@dataclass(frozen=True, slots=True)
class Players:
    """What there is for house players."""

    #: what each was told to play next
    offers: Offers
    #: how often each may ask
    pace: Buckets
    #: whose taste they go by
    checked_in: CheckedIn


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """What lets people in who have an account."""

    #: hashes passwords beside the event loop
    passwords: Passwords
    #: wrong passwords
    logins: Tries
    #: new accounts
    registrations: Tries
    #: wrong one-time codes
    codes: Throttle


class Library(Protocol):
    """The box's own music, being looked through."""

    def scan(self) -> Scan: ...

    def look_now(self) -> bool:
        """Looks through every place again; whether anybody looks at all."""
        ...


class CloudSide(Protocol):
    """What is known of the cloud here; both look into files."""

    def carrying(self) -> Cloud: ...
    def songs(self) -> SongsComing: ...


class Uploads(Protocol):
    """Songs on their way to the box. All but `held` block; what they raise is told in `library.uploads`."""

    def begin(self, given: str, *, length: int, by: str = "") -> Upload: ...
    def find(self, upload_id: str) -> Upload: ...
    def waiting(self) -> list[Upload]: ...
    def newest(self, most: int) -> list[Path]: ...
    def remove(self, name: str) -> None: ...
    def held(self, upload_id: str) -> AbstractContextManager[None]:
        """Nobody else writes to a song meanwhile. Raises: Refused with the code `upload_busy`."""
        ...

    def write(self, upload: Upload, block: bytes) -> Upload: ...
    def finish(self, upload: Upload) -> str: ...
    def drop(self, upload: Upload) -> None: ...


@dataclass(frozen=True, slots=True)
class Site:
    """Everything behind the pages and the API."""

    ports: Ports
    board: Board
    #: the plans of all events
    timetable: Timetable
    hub: Hub
    #: who is there
    counting: Counting
    #: who got which announcement
    announcing: Announcing
    #: how alive it is there
    floor: Floor
    settings: Settings
    keys: Keys
    pages: Pages
    #: the pages that everybody shares who comes at one moment
    shared: SharedPages
    #: likes and votes of each guest
    guest_writes: Buckets
    #: how much may be said otherwise
    paces: Paces
    #: whose words count
    hearing: Hearing
    #: wrong setup codes
    setup_tries: Throttle
    #: what lets people in
    gatekeeper: Gatekeeper
    #: what `/health` asks
    parts: Sequence[PartState]
    #: this box's id, as announced over mDNS
    box_id: str
    #: hashes a token for the broker
    verifier: Callable[[str], str]
    #: dancers' address of a stage, or None while no phone could reach this box
    stage_url: Callable[[str], str | None]
    #: what the captive portal does now
    portal_mode: Callable[[], Mode]
    #: the phone at an IP address, for as long as a request takes
    client_at: Callable[[str], Client]
    #: what staff should know and have not dismissed
    notices: Notices
    #: the room on the disk with the data. Raises: OSError
    space: Callable[[], Space]
    #: the box's certificate as it stands
    certificate: Callable[[], Certificate]
    #: the way in for encrypted pages, if the box has a name for them
    door: Door | None
    #: what there is for DJs' links
    links: Links
    #: the network around the box
    surroundings: Surroundings
    #: the link to the cloud as it stands
    cloud: CloudSide
    #: the name others see when another box has taken this one's; else empty
    renamed: Callable[[], str]
    #: the box's own music
    library: Library
    #: songs on their way to it
    uploads: Uploads
    #: bundle, backup, restart, reset
    care: Desk
    #: what there is for house players
    players: Players

    @property
    def checked_in(self) -> CheckedIn:
        """Who is in the room."""
        return self.players.checked_in

    @property
    def chooser(self) -> Chooser:
        """Chooses what the house plays next."""
        return self.players.offers.chooser


class State(TypedDict):
    """What the lifespan yields."""

    site: Site


Request = StarletteRequest[State]


def site_of(request: Request) -> Site:
    """The bundle of this request's server."""
    return request.state["site"]
