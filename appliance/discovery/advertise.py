"""Announces this box on the venue's network, follows its addresses, and gives way when the name is taken.

Never fatal: what goes wrong is told by `problem()` and tried again. Nothing here waits for the network before the
server starts; everything happens in one task.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Sequence

import zeroconf
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from appliance.discovery import service
from appliance.discovery.echo import hears_itself
from appliance.discovery.service import Announcement

_LOG = logging.getLogger(__name__)

_CHECK_EVERY_S = 3.0
#: how long a working multicast is believed to go on working
_ECHO_EVERY_S = 30.0
_GOODBYE_WITHIN_S = 0.8
#: said again for those who missed it
_GOODBYES_MORE, _GOODBYE_EVERY_S = 2, 0.125
_FLUSH_AFTER_S = 1.2

NO_NETWORK = "The box is on no network yet, so DJs' laptops can't find it. It keeps looking for one."
NO_MULTICAST = (
    "This machine can't send multicast, so DJs' laptops won't find the box by themselves; type the address instead."
)
STOPPED = "The announcement for DJs' laptops stopped; type the address instead, or restart the box."


class _Rivals(zeroconf.RecordUpdateListener):
    """Notes when another machine announces itself under our name.

    Two boxes that start at the same moment both find the name free, so asking before the first announcement is not
    enough (RFC 6762 section 9 wants the watch to go on).
    """

    def __init__(self, own_host: str) -> None:
        self._own_host = own_host
        self._watched = ""
        #: the host name of a rival, the lowest if there are several
        self.host: str | None = None

    def watch(self, full_name: str) -> None:
        """Forgets what was heard, because it was about another name; an empty one is nobody's."""
        self._watched = full_name.lower()
        self.host = None

    def async_update_records(self, zc: zeroconf.Zeroconf, now: float, records: list[zeroconf.RecordUpdate]) -> None:  # noqa: ARG002 - the library's signature
        """Called for everything that is heard."""
        for update in records:
            # Of all records only SRV has a server.
            host = getattr(update.new, "server", "").lower()
            if host and host != self._own_host and update.new.name.lower() == self._watched:
                self.host = min(host, self.host or host)


async def _say_goodbye(network: zeroconf.Zeroconf) -> None:
    """Takes everything back that was announced, and says nothing of it any more."""
    goodbye = network.generate_unregister_all_services()
    # Answers to those who asked a moment ago still wait, for up to 1.2 s, and one that follows a goodbye undoes it:
    # the next goodbye has the same bytes, and listeners drop those that they heard within a second. So the library's
    # own way to close won't do.
    for answers in (network.out_queue, network.out_delay_queue):
        answers.queue.clear()
    if goodbye is None:
        return
    network.async_send(goodbye)
    for _ in range(_GOODBYES_MORE):
        await asyncio.sleep(_GOODBYE_EVERY_S)
        network.async_send(goodbye)


class Beacon:
    """The announcement of one box, from `start` to `stop`."""

    name = "discovery"

    def __init__(
        self,
        announcement: Announcement,
        *,
        addresses: Callable[[], Sequence[str]],
        check_every_s: float = _CHECK_EVERY_S,
        hears: Callable[[str], bool] = hears_itself,
    ) -> None:
        """`addresses` lists the IP addresses that others can use, now; it is called in a thread, again and again."""
        self._announcement = announcement
        self._addresses = addresses
        self._check_every_s = check_every_s
        self._hears = hears
        self._wanted_name = service.instance_name(announcement.name)
        self._host = service.host_name(announcement.name, announcement.box_id)
        self._task: asyncio.Task[None] | None = None
        self._zeroconf: AsyncZeroconf | None = None
        self._rivals = _Rivals(self._host.lower())
        self._services: list[AsyncServiceInfo] = []
        self._announced: tuple[str, ...] = ()
        self._heard = True
        self._echo_due_s = 0.0
        self._repeat_due_s = math.inf
        self._trouble: str | None = None
        self._instance_name = self._wanted_name

    @property
    def instance_name(self) -> str:
        """The name others see; another than the box's own when that is taken."""
        return self._instance_name

    def renamed(self) -> str:
        """The name others see, when another box has taken ours; empty otherwise."""
        return self._instance_name if self._instance_name != self._wanted_name else ""

    def problem(self) -> str | None:
        """What is wrong, in words for staff, or None."""
        if self._task is not None and self._task.done():
            return STOPPED
        if self._trouble is not None:
            return self._trouble
        if self._instance_name != self._wanted_name:
            return (
                f'Another box here is called "{self._wanted_name}"; '
                f'this one is now announced as "{self._instance_name}".'
            )
        return None

    async def start(self) -> None:
        """Begins to announce, and returns at once."""
        self._task = asyncio.create_task(self._watch(), name="discovery")

    async def stop(self) -> None:
        """Says goodbye, so that the box vanishes from lists at once; takes less than a second."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._close()

    async def _watch(self) -> None:
        while True:
            try:
                await self._follow(tuple(await asyncio.to_thread(self._addresses)))
            except (OSError, RuntimeError, zeroconf.Error) as error:
                # RuntimeError: an address went away between being listed and being used.
                if self._trouble is None:
                    _LOG.warning("The box can't be announced just now: %r", error)
                self._trouble = NO_MULTICAST
                await self._close()
            await asyncio.sleep(self._check_every_s)

    async def _follow(self, addresses: tuple[str, ...]) -> None:
        if not addresses:
            self._trouble = NO_NETWORK
            await self._close()
            return
        if self._zeroconf is None:
            await self._open(addresses)
        elif addresses != self._announced:
            await self._move(self._zeroconf, addresses)
        elif self._rivals.host is not None:
            await self._settle(self._zeroconf, self._rivals.host)
        elif self._repeat_due_s <= asyncio.get_running_loop().time():
            self._repeat_due_s = math.inf
            await self._send(self._zeroconf)
        await self._listen(addresses)
        self._trouble = None if self._heard else NO_MULTICAST

    def _service(self, kind: str, *, name: str, addresses: Sequence[str]) -> AsyncServiceInfo:
        return AsyncServiceInfo(
            kind,
            f"{name}.{kind}",
            port=self._announcement.port,
            properties=service.txt_record(self._announcement),
            server=self._host,
            parsed_addresses=list(addresses),
        )

    async def _open(self, addresses: tuple[str, ...]) -> None:
        self._zeroconf = AsyncZeroconf(interfaces=service.multicast_addresses(addresses))
        self._announced = addresses
        self._echo_due_s = 0.0
        self._zeroconf.zeroconf.async_add_listener(self._rivals, None)
        await self._register(self._zeroconf)

    async def _register(self, network: AsyncZeroconf) -> None:
        self._services = [
            self._service(kind, name=self._wanted_name, addresses=self._announced)
            for kind in (service.BOX_TYPE, service.WEB_TYPE)
        ]
        await asyncio.gather(*(self._claim(network, one) for one in self._services))

    async def _claim(self, network: AsyncZeroconf, claimed: AsyncServiceInfo) -> None:
        """Asks whether the name is free, takes the next one if not, and announces."""
        sending = await network.async_register_service(claimed, allow_name_change=True)
        if claimed.type == service.BOX_TYPE:
            self._instance_name = claimed.name.removesuffix(f".{claimed.type}")
            self._rivals.watch(claimed.name)
        await sending

    async def _move(self, network: AsyncZeroconf, addresses: tuple[str, ...]) -> None:
        """Announces other addresses under the same name."""
        self._announced = addresses
        self._echo_due_s = 0.0
        self._services = [
            self._service(old.type, name=old.name.removesuffix(f".{old.type}"), addresses=addresses)
            for old in self._services
        ]
        # First the records: the library repeats what is registered on every interface that it adds.
        for one in self._services:
            network.zeroconf.registry.async_update(one)
        await network.async_update_interfaces(service.multicast_addresses(addresses))
        await self._send(network)
        self._repeat_soon()

    async def _send(self, network: AsyncZeroconf) -> None:
        await asyncio.gather(*[await network.async_update_service(one) for one in self._services])

    def _repeat_soon(self) -> None:
        """Listeners drop what was said before only if that is a second old by then (RFC 6762 section 10.2)."""
        self._repeat_due_s = asyncio.get_running_loop().time() + _FLUSH_AFTER_S

    async def _settle(self, network: AsyncZeroconf, rival: str) -> None:
        """Two boxes have one name: the one with the lower host name keeps it, as both can tell by themselves."""
        self._rivals.host = None
        if self._host.lower() < rival:
            await self._send(network)
            self._repeat_soon()
            return
        # Without a goodbye: it would take the rival off the lists too, because both have the same name there.
        for one in self._services:
            network.zeroconf.registry.async_remove(one)
        await self._register(network)

    async def _listen(self, addresses: Sequence[str]) -> None:
        """Tests multicast now and then, and announces again when it works after it did not."""
        now = asyncio.get_running_loop().time()
        if self._zeroconf is None or now < self._echo_due_s:
            return
        heard_before, self._heard = self._heard, await asyncio.to_thread(self._is_heard, addresses)
        if not self._heard:
            return
        self._echo_due_s = now + _ECHO_EVERY_S
        if not heard_before:
            await self._send(self._zeroconf)

    def _is_heard(self, addresses: Sequence[str]) -> bool:
        testable = [address for address in addresses if ":" not in address]
        # Where there is only IPv6 the test can't be made; then it counts as passed.
        return not testable or any(map(self._hears, testable))

    async def _close(self) -> None:
        network, self._zeroconf = self._zeroconf, None
        self._services, self._announced = [], ()
        self._rivals.watch("")
        self._instance_name = self._wanted_name
        if network is None:
            return
        try:
            async with asyncio.timeout(_GOODBYE_WITHIN_S):
                await _say_goodbye(network.zeroconf)
                await network.async_close()
        except (TimeoutError, OSError, zeroconf.Error):
            # Nobody is left to say goodbye to; the sockets must go all the same.
            network.zeroconf.close()
