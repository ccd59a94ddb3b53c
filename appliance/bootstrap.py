"""The composition root of the server: names the concrete adapters and ties them together.

Starts them in the order in which they need each other, stops them in reverse. An optional part that does not start is
shown on the status page; only the store is vital.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Protocol

from appliance import __version__, network, ways_in
from appliance.bus.client import Bus, BusSettings
from appliance.bus.credentials import make_verifier
from appliance.bus.door import DjDoor
from appliance.bus.player_door import PlayerDoor
from appliance.care.desk import Desk
from appliance.clock import Clock, SystemClock
from appliance.cloud_side import CloudSide
from appliance.config import BrokerKind, HttpSection, MqttSection, Settings
from appliance.discovery.advertise import Beacon
from appliance.discovery.service import Announcement
from appliance.disk import Disk, Healed
from appliance.domain.events import Happened
from appliance.domain.live_state import EventState
from appliance.domain.standing import GUESTS_MOST
from appliance.firmware.plan import MODE_FILE
from appliance.house.chooser import HouseChooser
from appliance.library.collection import Collection
from appliance.library.section import FOLDER as MUSIC
from appliance.library.uploads import Uploads
from appliance.live.announcing import Announcing
from appliance.live.board import Board, Teller
from appliance.live.counting import Counting
from appliance.live.floor import Floor
from appliance.live.hearing import Hearing
from appliance.live.hub import Hub
from appliance.live.next_up import NextUp
from appliance.live.ordering import Ordering
from appliance.live.polling import Polling
from appliance.live.roll import Roll
from appliance.live.room import CheckedIn
from appliance.live.timetable import Timetable
from appliance.live.vigil import Vigil
from appliance.machines import retained, tell_machines
from appliance.matching.recogniser import Recogniser
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.notices import Notices
from appliance.opening import open_ports
from appliance.part import Part
from appliance.passwords import Passwords
from appliance.portal.neighbours import client_at
from appliance.portal.switch import Switch
from appliance.ports import PartState, Ports
from appliance.rounds import Rounds
from appliance.store.reader import SqliteReader
from appliance.supervision.broker_files import BrokerFiles
from appliance.surroundings import Surroundings
from appliance.usecases import accounts, people, portal, shedding, uptime
from appliance.usecases.players.choosing import Offers
from appliance.usecases.schedule.closing import with_closings
from appliance.usecases.voices import with_voices
from appliance.web.app import build_app
from appliance.web.limits import PLAYERS_BURST, PLAYERS_PER_S, Buckets, Throttle, paces_of, words_of
from appliance.web.rendering import Pages
from appliance.web.server import BoxServer, build_server, tune_memory
from appliance.web.shared import SharedPages
from appliance.web.site import Gatekeeper, Keys, Players, Site
from appliance.web.tries import LOGINS, REGISTRATIONS, Tries


class _Asked(Protocol):
    def problem(self) -> str | None: ...


def _parts(**asked: _Asked) -> list[PartState]:
    return [Part(name, one.problem) for name, one in asked.items()]


def _stage_url(http: HttpSection) -> Callable[[str], str | None]:
    """Dancers' address of a stage, looked up when asked for: the network comes and goes."""
    return lambda stage_id: network.stage_url(
        public_url=http.public_url, bind_host=http.host, port=http.port, stage=stage_id
    )


def _own_broker(mqtt: MqttSection) -> str:
    """Where the server finds the broker: on loopback, unless it listens to one other address only."""
    return "127.0.0.1" if mqtt.broker is BrokerKind.EMBEDDED else network.own_host(mqtt.host)


def _disk(settings: Settings, *, clock: Clock) -> tuple[Notices, Disk]:
    """What is looked after of the disk, and what staff are told of it."""
    notices = Notices(settings.data / NOTICES_FILE, clock=clock)
    return notices, Disk(settings.data, tell=notices.add, forget=notices.dismiss)


async def _start_disk(stack: AsyncExitStack, *, disk: Disk, healed: Sequence[Healed], ports: Ports) -> None:
    disk.start(healed=healed, shed=lambda steps, logs: shedding.shed(ports, steps, logs=logs))
    stack.push_async_callback(disk.stop)


@dataclass(frozen=True, slots=True)
class _Live:
    """What follows the evening in memory."""

    hub: Hub
    board: Board
    counting: Counting
    floor: Floor
    polling: Polling
    timetable: Timetable
    announcing: Announcing
    hearing: Hearing
    ordering: Ordering
    names: Recogniser
    checked_in: CheckedIn
    chooser: HouseChooser
    next_up: NextUp
    #: whoever is told of what changes on stages; others may join
    told: list[Teller]

    def on_commit(self, events: Sequence[Happened]) -> None:
        # Before the board, which tells at once: who is told then got it.
        self.announcing.on_commit(events)
        self.board.on_commit(events)
        self.timetable.on_commit(events)
        self.counting.on_commit(events)
        self.floor.on_commit(events)
        self.polling.on_commit(events)
        self.hearing.on_commit(events)
        self.ordering.on_commit(events)
        self.names.on_commit(events)
        self.checked_in.on_commit(events)
        self.chooser.on_commit(events)
        self.next_up.on_commit(events)


def _live(settings: Settings, clock: Clock, hub: Hub) -> _Live:
    """What follows the evening, not begun yet."""
    told: list[Teller] = [hub.tell]
    insiders: list[Teller] = [hub.tell]
    floor = Floor(clock=clock)
    board = Board(clock=clock, tellers=told, insiders=insiders, move=hub.move, forget=hub.forget)
    counting = Counting(clock=clock, present=hub.guests, each_minute=floor.turn)

    def inside(stage_id: str) -> frozenset[str] | None:
        topic = board.insiders_topic(stage_id)
        return hub.guests_at(topic) if topic is not None else None

    announcing = Announcing(clock=clock, present=hub.guests, event_of=board.event_id_of, insiders=inside)
    told.append(announcing.told)
    insiders.append(announcing.told)
    per_address = settings.limits.guests_per_address if settings.network.topology.is_own else None
    hearing = Hearing(clock=clock, key_of=lambda host: client_at(host).value, per_address=per_address)
    checked_in = CheckedIn(clock=clock, present=hub.guests, is_heard=hearing.is_heard)
    return _Live(
        hub=hub,
        board=board,
        counting=counting,
        floor=floor,
        polling=Polling(),
        timetable=Timetable(clock=clock, board=board),
        announcing=announcing,
        hearing=hearing,
        ordering=Ordering(),
        names=Recogniser(),
        checked_in=checked_in,
        chooser=HouseChooser(present=checked_in.at),
        next_up=NextUp(),
        told=told,
    )


async def _start_live(stack: AsyncExitStack, *, live: _Live, ports: Ports) -> list[PartState]:
    hub, board, counting, reader = live.hub, live.board, live.counting, ports.reader
    events, said = [EventState(event=event) for event in await reader.events()], await reader.running_announcements()
    states = await with_voices(reader, await reader.stage_states())
    board.load(await with_closings(reader, states), events=events, said=said)
    stack.callback(board.stop)
    live.timetable.start({state.event.id: await reader.plan(state.event.id) for state in events})
    stack.callback(live.timetable.stop)
    hub.start(on_listeners=board.set_listeners)
    await live.floor.start(ports)
    counting.start(ports, states=board.states())
    stack.push_async_callback(counting.stop)
    live.polling.start(ports, running=await reader.running_polls())
    stack.callback(live.polling.stop)
    live.hearing.start(ports, held=await reader.unheard(limit=GUESTS_MOST))
    stack.callback(live.hearing.stop)
    await live.checked_in.start(ports)
    stack.push_async_callback(live.checked_in.stop)
    vigil = Vigil()
    vigil.start(ports)
    stack.push_async_callback(vigil.stop)
    live.announcing.start(ports, running=said, newest=await reader.newest_announcement())
    stack.push_async_callback(live.announcing.stop)
    live.names.start(ports)
    stack.push_async_callback(live.names.stop)
    roll = Roll()
    roll.start(ports)
    stack.push_async_callback(roll.stop)
    beside = _parts(announcing=live.announcing, names=live.names, players=roll)
    return _parts(live=hub, counting=live.counting, vigil=vigil) + beside


def _gatekeeper(stack: AsyncExitStack, *, ports: Ports, parts: list[PartState]) -> Gatekeeper:
    """What lets people in, and sees to it that nobody stays in for ever."""
    seen_to = (uptime.keep, accounts.drop_old_logins, people.drop_unused_tokens)
    rounds = Rounds([partial(one, ports) for one in seen_to])
    rounds.start()
    stack.callback(rounds.stop)
    parts.append(Part("rounds", rounds.problem))
    passwords = Passwords()
    stack.callback(passwords.stop)
    return Gatekeeper(passwords, logins=Tries(LOGINS), registrations=Tries(REGISTRATIONS), codes=Throttle())


async def _start_bus(
    stack: AsyncExitStack, *, settings: Settings, ports: Ports, live: _Live, parts: list[PartState]
) -> list[Teller]:
    """The bus, if there is a broker; who is to be told of what changes."""
    if settings.mqtt.broker is BrokerKind.OFF:
        return []
    files = BrokerFiles(settings.run_folder)
    bus = Bus(
        BusSettings(host=_own_broker(settings.mqtt), port=settings.mqtt.port, password=files.server_password()),
        on_request=DjDoor(ports, poll_pause_s=settings.limits.poll_pause_s).answer,
        snapshot=lambda: chain(retained(live.board), live.ordering.snapshot()),
        on_word=PlayerDoor(ports, tell=live.ordering.tell).hear,
    )
    await bus.start()
    stack.push_async_callback(bus.stop)
    await live.ordering.start(ports, publish=bus.publish)
    stack.push_async_callback(live.ordering.stop)
    parts.append(Part("broker", bus.problem))
    return [tell_machines(live.board, bus.publish)]


async def _start_beacon(
    stack: AsyncExitStack, *, settings: Settings, box_id: str, parts: list[PartState]
) -> Beacon | None:
    if not settings.mdns.enabled:
        return None

    def addresses() -> list[str]:
        return [found.ip for found in network.reachable_addresses(settings.http.host)]

    announcement = Announcement(
        name=settings.box.name,
        box_id=box_id,
        port=settings.http.port,
        version=__version__,
        # The embedded broker is for this machine only, so nobody else is told of it.
        mqtt_port=settings.mqtt.port if settings.mqtt.broker is BrokerKind.MOSQUITTO else None,
        link_port=settings.links.port if settings.links.enabled else None,
    )
    beacon = Beacon(announcement, addresses=addresses)
    await beacon.start()
    stack.push_async_callback(beacon.stop)
    parts.append(Part("discovery", beacon.problem))
    return beacon


def _start_library(stack: AsyncExitStack, *, settings: Settings, ports: Ports, parts: list[PartState]) -> Collection:
    library = Collection(settings)
    library.start(ports)
    stack.push_async_callback(library.stop)
    parts.append(Part("library", library.problem))
    return library


def _tell_all(clock: SystemClock, live: _Live, switch: Switch) -> Callable[[Sequence[Happened]], None]:
    def on_commit(events: Sequence[Happened]) -> None:
        clock.on_commit(events)
        live.on_commit(events)
        switch.on_commit(events)

    return on_commit


async def _fact(reader: SqliteReader, name: str) -> str:
    value = await reader.meta(name)
    assert value is not None  # `open_database` made it
    return value


async def _keys(reader: SqliteReader) -> Keys:
    login, phone = await _fact(reader, "login_key"), await _fact(reader, "phone_key")
    return Keys(login=bytes.fromhex(login), phone=bytes.fromhex(phone))


@asynccontextmanager
async def open_site(settings: Settings, *, hub: Hub) -> AsyncIterator[Site]:
    """Everything behind the pages, running."""
    live = _live(settings, clock := SystemClock(), hub)
    switch, files = Switch(settings.data / MODE_FILE), BrokerFiles(settings.run_folder)
    (notices, disk), told = _disk(settings, clock=clock), _tell_all(clock, live, switch)
    async with AsyncExitStack() as stack:
        opened = open_ports(settings, on_commit=told, refresh=files.refresh, clock=clock, disk=disk)
        ports, writer, reader = await stack.enter_async_context(opened)
        await _start_disk(stack, disk=disk, healed=[switch.tell_again, lambda: files.catch_up(reader)], ports=ports)
        switch.load(await portal.begin(ports))
        parts = _parts(store=writer, portal=switch, disk=disk) + await _start_live(stack, live=live, ports=ports)
        box_id, (keeper, door) = await _fact(reader, "box_id"), ways_in.encryption(settings, clock=clock, parts=parts)
        live.told.extend(await _start_bus(stack, settings=settings, ports=ports, live=live, parts=parts))
        beacon = await _start_beacon(stack, settings=settings, box_id=box_id, parts=parts)
        yield Site(
            ports=ports,
            board=live.board,
            timetable=live.timetable,
            hub=hub,
            counting=live.counting,
            announcing=live.announcing,
            floor=live.floor,
            settings=settings,
            keys=await _keys(reader),
            pages=Pages(),
            shared=SharedPages(clock=clock, happened=live.board.commits),
            guest_writes=words_of(settings.limits),
            paces=paces_of(settings.limits),
            hearing=live.hearing,
            setup_tries=Throttle(),
            gatekeeper=_gatekeeper(stack, ports=ports, parts=parts),
            parts=parts,
            box_id=box_id,
            verifier=make_verifier,
            stage_url=_stage_url(settings.http),
            portal_mode=switch.mode,
            client_at=client_at,
            notices=notices,
            space=disk.free,
            certificate=keeper.certificate,
            door=door,
            links=ways_in.links(settings, parts=parts),
            surroundings=Surroundings(settings),
            cloud=CloudSide(settings, clock=clock),
            renamed=beacon.renamed if beacon else str,
            care=Desk(settings),
            players=_players(stack, live=live, ports=ports),
            uploads=Uploads(settings.data / MUSIC),
            library=_start_library(stack, settings=settings, ports=ports, parts=parts),
        )


def _players(stack: AsyncExitStack, *, live: _Live, ports: Ports) -> Players:
    """What there is for house players, and for dancers while one plays."""
    live.chooser.start(ports)
    live.next_up.start(ports, live.chooser, now_on=[state.now for state in live.board.states() if state.now])
    stack.callback(live.next_up.stop)
    pace = Buckets(burst=PLAYERS_BURST, per_s=PLAYERS_PER_S)
    return Players(Offers(live.chooser), pace=pace, checked_in=live.checked_in)


def box_server(settings: Settings) -> BoxServer:
    """The server process of the box, ready to run."""
    # Where the box answers names, phones are led to its name; one that was set by hand stays.
    http = replace(settings.http, portal=settings.http.portal or settings.network.portal_name)
    settings = replace(settings, http=http)
    hub = Hub(settings.limits)

    app = build_app(
        lambda: open_site(settings, hub=hub),
        http=http,
        tls_name=settings.tls.host_name,
        captures=settings.network.topology.is_own,
    )
    return build_server(app, http=settings.http, hub=hub, on_started=tune_memory)
