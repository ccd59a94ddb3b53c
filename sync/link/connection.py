"""Which box is talked to, and how the conversation with it begins: the one seam between the link and a box.

A box that was paired is known by its key wherever it is. Plain HTTP is for a box on this very laptop and for nobody
else. It must not decide what is sent; that is the carrier's.
"""

import asyncio
import contextlib
import ipaddress
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import appliance
from appliance.clock import Clock
from appliance.errors import Invalid, Unavailable
from sync.link.boxes import Boxes
from sync.link.calls import Caller, NotAnswered
from sync.link.carrier import Carrier, Door, Mood, Progress
from sync.link.following import follow
from sync.link.store.database import NO_BOX, KnownBox, LinkStore
from sync.link.trust import door_of, open_client

_BOX = "plain_box"
_LOOK_EVERY_S = 1.0
_ANSWER_S = 5.0
_HEALTH_MOST = 256 * 1024
_TOKEN_MOST = 4096


@dataclass(frozen=True, slots=True)
class PlainBox:
    """A box on this laptop."""

    #: such as `http://127.0.0.1:8080`
    url: str
    #: the file with the DJ's token: the token itself is kept there only
    token_file: str
    #: empty until the box answered for the first time
    box_id: str = ""


def plain_box(url: str, token_file: Path) -> PlainBox:
    """A box from what was typed. Raises: Invalid with the code `box_address_broken` or `token_file_unreadable`."""
    parts = urlsplit(url)
    try:
        ip = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        ip = None
    if parts.scheme != "http" or ip is None or not ip.is_loopback or parts.path not in {"", "/"}:
        raise Invalid(
            "box_address_broken",
            f"{url} is no address on this laptop, and a token is sent in clear only there.",
            advice="It looks like http://127.0.0.1:8080.",
        )
    box = PlainBox(f"http://{parts.netloc.rpartition('@')[2]}", str(token_file.expanduser().absolute()))
    token_in(box)
    return box


def token_in(box: PlainBox) -> str:
    """The DJ's token. Raises: Invalid with the code `token_file_unreadable`."""
    try:
        with Path(box.token_file).open(encoding="ascii") as file:
            token = file.read(_TOKEN_MOST).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(
            "token_file_unreadable",
            f"The token file {box.token_file} can't be read, so the box would refuse everything.",
            advice="Write the DJ's token into it: `./box dj add NAME` makes one.",
        ) from error
    if not token or not token.isprintable() or " " in token:
        raise Invalid("token_file_unreadable", f"There is no token in {box.token_file}.", advice="It is one line.")
    return token


def chosen(store: LinkStore) -> PlainBox | KnownBox | None:
    """The box that plays go to."""
    try:
        return PlainBox(**json.loads(store.meta(_BOX) or ""))
    except (ValueError, TypeError):
        return store.known_box(store.meta("box") or NO_BOX)


def words_for(box: PlainBox | KnownBox) -> str:
    """What people call it."""
    return box.url if isinstance(box, PlainBox) else f"{box.name} ({box.host})"


def choose_paired(store: LinkStore) -> None:
    """The box that was paired a moment ago counts, and no plain one any more."""
    store.set_meta(_BOX, "")


def choose(store: LinkStore, box: PlainBox) -> None:
    """Plays go to this box from now on; the ones from before any was chosen too, as soon as its id is known."""
    known = chosen(store)
    if isinstance(known, PlainBox) and known.url == box.url and not box.box_id:
        box = PlainBox(box.url, box.token_file, known.box_id)
    store.set_meta(_BOX, json.dumps(asdict(box)))
    if box.box_id:
        store.set_meta("box", box.box_id)
        if store.history(NO_BOX).waiting:
            store.adopt(box.box_id)


def forget(store: LinkStore) -> PlainBox | KnownBox | None:
    """Plays are kept from now on and go nowhere; the box that was chosen, whose token is gone."""
    box = chosen(store)
    store.set_meta(_BOX, "")
    if isinstance(box, KnownBox):
        store.forget_box(box.id)
    else:
        store.set_meta("box", NO_BOX)
    return box


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a box says of itself."""

    box_id: str
    #: its clock, as the answer's `date`; empty when there is none
    date: str


async def greet(box: PlainBox | KnownBox) -> Greeting:
    """Asks a box who it is. Raises: Unavailable with the code `box_unreachable` or `box_strange`."""
    url = box.url if isinstance(box, PlainBox) else door_of(box).url
    try:
        async with Caller() if isinstance(box, PlainBox) else open_client(box) as client:
            answer = await client.ask("GET", f"{url}/health", most=_HEALTH_MOST, within_s=_ANSWER_S)
        box_id = json.loads(answer.body)["box"]
    except NotAnswered as error:
        raise Unavailable(
            "box_unreachable",
            f"The box at {url} does not answer: plays are kept, and carried as soon as it does.",
            advice="Is it on?",
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unavailable("box_strange", f"What answers at {url} is no box.", advice="Check the address.") from error
    if not isinstance(box_id, str) or not box_id or len(box_id) > 100:
        raise Unavailable("box_strange", f"What answers at {url} is no box.", advice="Check the address.")
    return Greeting(box_id, answer.headers.get("date", ""))


@dataclass(slots=True)
class Connection:
    """The way to the chosen box, whichever that is at the moment."""

    store: LinkStore
    clock: Clock
    progress: Progress = field(default_factory=Progress)
    #: the box's address, for people; empty without one
    box: str = ""
    _carrier: Carrier | None = None

    def wake(self) -> None:
        """Something was kept."""
        if self._carrier is not None:
            self._carrier.wake()

    async def run(self) -> None:
        """Carries until cancelled; goes over to another box when one is chosen."""
        while True:
            box = chosen(self.store)
            carrying = asyncio.create_task(self._carry(box))
            try:
                while _same(box, chosen(self.store)):
                    done, _ = await asyncio.wait({carrying}, timeout=_LOOK_EVERY_S)
                    if done:
                        carrying.result()
            finally:
                carrying.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await carrying
                self._carrier = None

    async def _carry(self, box: PlainBox | KnownBox | None) -> None:
        self.box = words_for(box) if box else ""
        self.progress.mood, self.progress.reason = Mood.WAITING, "" if box else "no box was chosen yet"
        match box:
            case None:
                await asyncio.Event().wait()
            case PlainBox():
                await self._carry_plain(box)
            case KnownBox():
                await self._carry_known(box)

    def _carrier_with(self, client: Caller, door: Door) -> Carrier:
        program = f"pikabox-link/{appliance.__version__}"
        self._carrier = Carrier(self.store, self.clock, program, client, door, progress=self.progress)
        return self._carrier

    async def _carry_plain(self, box: PlainBox) -> None:
        box_id = box.box_id or await self._learn(box)
        token = await self._token(box)
        async with Caller() as client:
            await self._carrier_with(client, Door(box_id, box.url, token)).run()

    async def _carry_known(self, box: KnownBox) -> None:
        async with Boxes() as boxes, open_client(box) as client, asyncio.TaskGroup() as tasks:
            carrier = self._carrier_with(client, door_of(box))
            tasks.create_task(carrier.run(), name="carrier")
            tasks.create_task(follow(carrier, box=box, boxes=boxes), name="follow")

    async def _learn(self, box: PlainBox) -> str:
        while True:
            try:
                greeting = await greet(box)
            except Unavailable as error:
                self.progress.reason = error.code
                await asyncio.sleep(_LOOK_EVERY_S)
                continue
            choose(self.store, PlainBox(box.url, box.token_file, greeting.box_id))
            return greeting.box_id

    async def _token(self, box: PlainBox) -> str:
        while True:
            try:
                return token_in(box)
            except Invalid as error:
                self.progress.mood, self.progress.reason = Mood.REFUSED, str(error)
                await asyncio.sleep(_LOOK_EVERY_S)


def _same(one: PlainBox | KnownBox | None, other: PlainBox | KnownBox | None) -> bool:
    """Whether it is the same conversation: an id that was learnt or an address that moved begins no other."""
    match one, other:
        case PlainBox(), PlainBox():
            return (one.url, one.token_file) == (other.url, other.token_file)
        case KnownBox(), KnownBox():
            return (one.id, one.certificate, one.token) == (other.id, other.certificate, other.token)
    return one is other
