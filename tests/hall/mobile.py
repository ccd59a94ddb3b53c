"""A phone with a network stack of its own, played by one process among hundreds of them.

Owns what a phone does by itself on a new network: link up, a lease from the real udhcpc, names, connections. What its
system makes of the answers is in `systems.py`, what its owner does in `journey.py`.
"""

import asyncio
import os
import socket
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.firmware.phone import TYPES
from tests.hall.browser import Link
from tests.hall.inside import inside, link_up

_WITHIN_S = 10.0
_DNS_WITHIN_S = 2.0
_ANSWER_A = struct.pack(">3H", 0xC00C, TYPES["A"], 1)
# What a system's own client does with a lease, in one process.
_ON_LEASE = """#!/bin/sh
[ "$1" = bound ] || exit 0
printf '%s\\n' "$ip" "$router" "$dns" "$lease" >"$LEASE_FILE"
exec ip -batch - <<END
address flush dev $interface scope global
address add $ip/$mask dev $interface
route replace default via $router
END
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """What DHCP gave."""

    address: str
    router: str
    name_server: str
    #: how long it lasts, seconds
    seconds: int


def write_lease_script(folder: Path) -> Path:
    """What udhcpc runs; one for all phones."""
    script = folder / "on-lease"
    script.write_text(_ON_LEASE, encoding="ascii")
    script.chmod(0o755)
    return script


async def _ended(process: subprocess.Popen[bytes]) -> int:
    """The exit status, without a thread for each process."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    watched = os.pidfd_open(process.pid)
    loop.add_reader(watched, done.set_result, None)
    try:
        async with asyncio.timeout(_WITHIN_S):
            await done
    finally:
        loop.remove_reader(watched)
        os.close(watched)
        if not done.done() or done.cancelled():
            process.kill()
        process.wait()
    return process.returncode


@dataclass
class Mobile:
    """One phone; its interface is `eth0`."""

    namespace: int
    #: for its lease
    folder: Path
    number: int
    script: Path
    lease: Lease | None = None

    @property
    def _told(self) -> Path:
        return self.folder / f"lease{self.number}"

    def _client(self, *options: str) -> subprocess.Popen[bytes]:
        """The real DHCP client."""
        command = ["udhcpc", "-i", "eth0", "-f", "-n", "-t", "10", "-T", "1", *options, "-s", str(self.script)]
        with inside(self.namespace):
            return subprocess.Popen(
                command,
                env={"PATH": os.environ["PATH"], "LEASE_FILE": str(self._told)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    async def join(self, *, wants: str = "") -> Lease:
        """Link up, and an address by DHCP from the real client; it may ask for the one it had before."""
        link_up(self.namespace)
        process = self._client("-q", *(["-r", wants] if wants else []))
        assert await _ended(process) == 0, f"phone {self.number} got no address"
        address, router, name_server, seconds = self._told.read_text(encoding="ascii").split()
        self.lease = Lease(address, router, name_server, int(seconds))
        return self.lease

    async def give_back(self) -> None:
        """Tells DHCP that its address is free again, as a phone that leaves may do; it stays connected."""
        assert self.lease is not None
        self._told.unlink()
        process = self._client("-R", "-r", self.lease.address)
        try:
            async with asyncio.timeout(_WITHIN_S):
                while not self._told.exists():
                    await asyncio.sleep(0.02)
        finally:
            process.terminate()
        await _ended(process)

    def _socket(self, kind: socket.SocketKind) -> socket.socket:
        with inside(self.namespace):
            made = socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK)
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    async def resolve(self, name: str) -> str | None:
        """The first IPv4 address that the network's name server has for a name, asked twice at most."""
        if name.replace(".", "").isdigit():
            return name
        assert self.lease is not None
        question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
        query = struct.pack(">6H", self.number & 0xFFFF, 0x0100, 1, 0, 0, 0) + question
        query += struct.pack(">2H", TYPES["A"], 1)
        loop = asyncio.get_running_loop()
        with self._socket(socket.SOCK_DGRAM) as asking:
            asking.connect((self.lease.name_server, 53))
            for _ in range(2):
                asking.send(query)
                try:
                    async with asyncio.timeout(_DNS_WITHIN_S):
                        packet = await loop.sock_recv(asking, 4096)
                except TimeoutError:
                    continue
                found = packet.find(_ANSWER_A, len(query))
                return None if found < 0 else socket.inet_ntop(socket.AF_INET, packet[found + 12 : found + 16])
        raise TimeoutError(f"no answer about {name}")

    async def dial(self, host: str, port: int) -> Link:
        """A connection; a name is asked of the network's name server.

        Raises: OSError, with `ConnectionRefusedError` for a clear no; TimeoutError.
        """
        address = await self.resolve(host)
        if address is None:
            raise OSError(f"nobody knows {host}")
        made = self._socket(socket.SOCK_STREAM)
        try:
            async with asyncio.timeout(_WITHIN_S):
                await asyncio.get_running_loop().sock_connect(made, (address, port))
        except BaseException:
            made.close()
            raise
        return await asyncio.open_connection(sock=made)

    async def refused_after_ms(self, host: str, port: int = 443) -> float:
        """How long a door takes to say no; infinite when it says anything else."""
        began = time.monotonic()
        try:
            _, writer = await self.dial(host, port)
        except ConnectionRefusedError:
            return (time.monotonic() - began) * 1000
        except (OSError, TimeoutError):
            return float("inf")
        writer.close()
        return float("inf")
