"""Puts the fictional evening on: gets ready as staff would, then lets everybody live, evening after evening."""

import asyncio
import itertools
import random
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.bus.dj_client import DjClient
from appliance.demo import script
from appliance.demo.commentary import Commentary
from appliance.demo.consoles import Console, Organiser
from appliance.demo.desks import Desk, HttpDesk, MqttDesk
from appliance.demo.laptops import Laptop
from appliance.demo.pace import Pace
from appliance.demo.people import Dancer, Dj
from appliance.demo.script import DjSet, Evening
from appliance.demo.web_client import WebClient
from appliance.errors import BoxError, Refused

_PAUSE_S = 20.0
#: after the beginning, everybody on every stage is welcomed
_WELCOME_S = 90.0


@dataclass(frozen=True, slots=True)
class Doors:
    """Where to reach the box."""

    host: str
    port: int
    #: the broker's address and port; None when it is off
    broker: tuple[str, int] | None
    #: what makes the demo its own staff
    staff_pass: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What kind of evening it shall be."""

    #: evening minutes in a real one
    speed: float
    dancers: int
    #: the same seed is the same story
    seed: int
    #: whether Main Floor's DJs play with a DJ program and the link, instead of announcing by themselves
    link: bool = False


async def become_staff(host: str, port: int, *, setup_code: str) -> str:
    """Uses the setup code up, as staff do first of all.

    Raises: BoxError.
    """
    answer = await WebClient(host, port).ask("POST", "/api/v1/setup", body={"code": setup_code})
    return str(answer["staff_pass"])


async def live(doors: Doors, wishes: Wishes, *, say: Callable[[str], None]) -> None:
    """Goes on until it is cancelled.

    Raises: BoxError when the evening can't even begin.
    """
    # Ids are the DJs' own; a box that has seen this demo before must not take them for plays it knows.
    mark = secrets.token_hex(4)
    plays = (f"demo-{mark}-{number}" for number in itertools.count(1))
    commentary = Commentary(WebClient(doors.host, doors.port), say=say)
    dancers = [
        Dancer(WebClient(doors.host, doors.port), random.Random(f"{wishes.seed}/{who}"))  # noqa: S311 - no secret
        for who in range(wishes.dancers)
    ]
    organiser = Organiser(WebClient(doors.host, doors.port, token=doors.staff_pass))
    async with _desks(doors, say=say, link=wishes.link) as (desks, tokens):
        djs = {
            name: Dj(
                desk,
                commentary,
                new_id=lambda: next(plays),
                console=Console(WebClient(doors.host, doors.port, token=tokens[name])),
            )
            for name, desk in desks.items()
        }
        slots = await organiser.plan({script.MAIN_FLOOR: script.MAIN_DJS, script.GARDEN: (script.GARDEN_DJ,)})
        say(f"  The organiser has planned {slots} slots, which every stage's page shows.")
        for number in itertools.count(1):
            evening = script.write(seed=wishes.seed, number=number, dancers=wishes.dancers)
            pace = Pace(wishes.speed)
            async with asyncio.TaskGroup() as hall:
                for sets in evening.sets.values():
                    hall.create_task(_stage(sets, djs, pace))
                hall.create_task(_dance(evening, dancers, pace, say=say))
                hall.create_task(_welcome(organiser, pace, say=say))
            await pace.until(evening.ends_s + _PAUSE_S)
            say(f"  {script.time_of(pace.now_s())}  The evening is over, and begins again.")


@asynccontextmanager
async def _desks(
    doors: Doors, *, say: Callable[[str], None], link: bool
) -> AsyncIterator[tuple[Mapping[str, Desk], Mapping[str, str]]]:
    """A desk for each DJ, made as staff makes them: second stage, tokens; and those tokens."""
    staff = WebClient(doors.host, doors.port, token=doors.staff_pass)
    try:
        await staff.ask("POST", "/api/v1/stages", body={"name": script.STAGE_NAMES[script.GARDEN]})
    except Refused as error:
        if error.code != "stage_exists":
            raise
    desks: dict[str, Desk] = {}
    async with AsyncExitStack() as stack:
        tokens = {name: await _token(staff, name) for name in script.MAIN_DJS}
        if link:
            desks |= await stack.enter_async_context(_laptops(doors, tokens, say=say))
        else:
            desks |= {name: HttpDesk(WebClient(doors.host, doors.port, token=one)) for name, one in tokens.items()}
        issued = await staff.ask("POST", "/api/v1/djs", body={"name": script.GARDEN_DJ})
        tokens[script.GARDEN_DJ] = str(issued["secret"])
        if doors.broker is None:
            desks[script.GARDEN_DJ] = HttpDesk(WebClient(doors.host, doors.port, token=issued["secret"]))
            say("  The broker is off, so Garden's DJ announces over HTTP, like Main Floor's.")
        else:
            host, port = doors.broker
            client = DjClient(host, port, name=issued["token"]["name"], token=issued["secret"])
            desks[script.GARDEN_DJ] = MqttDesk(await stack.enter_async_context(client))
            main = "play with the link" if link else "announce over HTTP"
            say(f"  Main Floor's DJs {main}, Garden's announces through the MQTT broker.")
        yield desks, tokens


async def _token(staff: WebClient, dj: str) -> str:
    return str((await staff.ask("POST", "/api/v1/djs", body={"name": dj}))["secret"])


@asynccontextmanager
async def _laptops(
    doors: Doors, tokens: Mapping[str, str], *, say: Callable[[str], None]
) -> AsyncIterator[Mapping[str, Desk]]:
    """A laptop for each DJ with a token, and a link that runs on each."""
    async with AsyncExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pika-demo-laptops-")))
        laptops = {
            dj: Laptop(root / str(number), script.MAIN_FLOOR, WebClient(doors.host, doors.port))
            for number, dj in enumerate(tokens)
        }
        say(f"  {len(laptops)} laptops with VirtualDJ's history and the link are in {root}.")
        for dj, laptop in laptops.items():
            laptop.furnish(tokens[dj])
            await stack.enter_async_context(laptop.linked())
        yield laptops


async def _stage(sets: tuple[DjSet, ...], djs: Mapping[str, Dj], pace: Pace) -> None:
    before = None
    for played in sets:
        await djs[played.dj].play(played, pace, before=before)
        before = played


async def _welcome(organiser: Organiser, pace: Pace, *, say: Callable[[str], None]) -> None:
    """The organiser speaks to everybody, on every stage."""
    await pace.until(_WELCOME_S)
    words = "Welcome! Water is at the bar, and the workshop starts at noon tomorrow."
    try:
        await organiser.tell(words)
    except BoxError as error:
        say(f"         The organiser's welcome was not told: {error}")
    else:
        say(f"  {script.time_of(pace.now_s())}  Every stage  The organiser says: {words}")


async def _dance(evening: Evening, dancers: list[Dancer], pace: Pace, *, say: Callable[[str], None]) -> None:
    parts = zip(dancers, evening.dancers, strict=True)
    ends = await asyncio.gather(*(dancer.spend(visits, pace) for dancer, visits in parts), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            # One phone's fault, whatever it is, is not the evening's; but it is said, because it is a fault.
            say(f"         A dancer had to leave early: {end!r}")
