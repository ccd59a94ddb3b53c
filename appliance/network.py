"""The machine's own network: addresses that phones can use, and who holds a port.

Owns reading interfaces, routes and open ports (psutil only here). What is read goes through pure functions over plain
tables, so the choice can be tried out with any machine's table. It changes nothing and speaks to nobody.

A bind host means what it means to asyncio's servers: `0.0.0.0` is every IPv4 address, `::` every IPv6 address and no
IPv4 one, and the empty text is both.
"""

import errno
import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from appliance.errors import Unavailable

_ROUTES = Path("/proc/net/route")
_ROUTE_UP = 0x1

_EVERY_IPV4, _EVERY_IPV6, _EVERY = "0.0.0.0", "::", ""
_WILDCARDS = frozenset({_EVERY_IPV4, _EVERY_IPV6, _EVERY})
_ANOTHER_PROGRAM = "another program"

# Ends of tunnels, and bridges that only containers and virtual machines are plugged into: no phone is behind them.
# Docker names its bridges `br-` and twelve hexadecimal digits; `br0` and `br-lan` are real networks.
_VIRTUAL = re.compile(
    r"(docker|veth|virbr|podman|cni|flannel|cali|lxc|lxd|vmnet|vboxnet|tun|utun|tap|wg|tailscale|zt|ppp|ipsec).*"
    r"|br-[0-9a-f]{12}"
)
_OWN_ACCESS_POINT = re.compile(r"u?ap[0-9]*")
_WIRELESS = re.compile(r"wl.+")


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface as the machine lists it."""

    name: str
    #: switched on, and with a cable or a radio link
    is_up: bool
    #: IPv4 and IPv6 addresses as text; IPv6 ones may end in `%` and a scope
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """An address of this machine that phones can use."""

    #: IPv4 or IPv6, as text without a scope
    ip: str
    #: the interface it belongs to
    interface: str


def default_interfaces(route_table: str) -> list[str]:
    """The interfaces with an IPv4 default route, cheapest first. `route_table` is what `/proc/net/route` holds."""
    found: list[tuple[int, str]] = []
    for line in route_table.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8:
            continue
        name, destination, flags, metric, mask = fields[0], fields[1], fields[3], fields[6], fields[7]
        if int(destination, 16) == 0 and int(mask, 16) == 0 and int(flags, 16) & _ROUTE_UP:
            found.append((int(metric), name))
    return [name for _, name in sorted(found)]


def _rank(name: str, defaults: Sequence[str]) -> int:
    """How likely phones are behind an interface; the lowest is the likeliest.

    First an access point by its name. Then wireless without a default route: a network that this box makes has no way
    out, one that it joins has. Then the default routes, cheapest first. Then the rest.
    """
    if _OWN_ACCESS_POINT.fullmatch(name):
        return 0
    if name in defaults:
        return 2 + defaults.index(name)
    return 1 if _WIRELESS.fullmatch(name) else 2 + len(defaults)


def _plain(text: str) -> IPv4Address | IPv6Address:
    return ip_address(text.partition("%")[0])


def _same(one: str, other: str) -> bool:
    """Whether both are the same address, however IPv6 is spelled; a host name is the same as nothing."""
    try:
        return _plain(one) == _plain(other)
    except ValueError:
        return False


def _for_phones(ip: IPv4Address | IPv6Address) -> bool:
    # A link-local IPv6 address needs a scope, which has no place in a web address; a link-local IPv4 one means that
    # nobody gave the machine an address.
    return not (ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified)


def _bound(ip: IPv4Address | IPv6Address, bind_host: str) -> bool:
    match bind_host:
        case "":
            return True
        case "0.0.0.0":
            return ip.version == 4
        case "::":
            return ip.version == 6
        case _:
            return _same(str(ip), bind_host)


def choose(interfaces: Iterable[Interface], *, bind_host: str, defaults: Sequence[str]) -> list[Address]:
    """The addresses phones can use, best first, IPv4 before IPv6.

    An interface that is down or virtual has none, unless the server is bound to exactly that address. A host name as
    `bind_host` yields nothing, because nobody is asked what it stands for.
    """
    one_only = bind_host not in _WILDCARDS
    found: list[tuple[int, int, Address]] = []
    for interface in interfaces:
        if not interface.is_up or (_VIRTUAL.fullmatch(interface.name) and not one_only):
            continue
        rank = _rank(interface.name, defaults)
        found.extend(
            (ip.version, rank, Address(ip=str(ip), interface=interface.name))
            for ip in map(_plain, interface.addresses)
            if _for_phones(ip) and _bound(ip, bind_host)
        )
    # Sorting is stable: within a rank the machine's own order stays.
    return [address for _, _, address in sorted(found, key=lambda entry: entry[:2])]


def _interfaces() -> Iterator[Interface]:
    states = psutil.net_if_stats()
    for name, entries in psutil.net_if_addrs().items():
        addresses = tuple(entry.address for entry in entries if entry.family in {socket.AF_INET, socket.AF_INET6})
        yield Interface(name=name, is_up=name in states and states[name].isup, addresses=addresses)


def interface_named(name: str) -> Interface | None:
    """One interface as it is now, or None when the machine has none of that name. Raises: OSError."""
    return next((found for found in _interfaces() if found.name == name), None)


def interfaces() -> list[Interface]:
    """Every interface of this machine, up or not."""
    return list(_interfaces())


def _default_interfaces() -> list[str]:
    try:
        return default_interfaces(_ROUTES.read_text(encoding="ascii"))
    except OSError:
        # Not Linux: the order is then the machine's own.
        return []


def reachable_addresses(bind_host: str) -> list[Address]:
    """The addresses at which phones can reach a server bound to `bind_host`, best first; about a millisecond."""
    return choose(_interfaces(), bind_host=bind_host, defaults=_default_interfaces())


def own_host(host: str) -> str:
    """Where a server that listens on `host` is found from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def host_in_url(host: str) -> str:
    """A host as web addresses write it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def origin(host: str, *, port: int) -> str:
    """The beginning of every address of a server. `host` is an IP address or a name."""
    where = host_in_url(host) if port == 80 else f"{host_in_url(host)}:{port}"
    return f"http://{where}"


def is_in_digits(url: str) -> bool:
    """Whether an address names its server by an IP address."""
    try:
        ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return True


def dancer_url(host: str, *, port: int, stage: str) -> str:
    """The address of a stage's page, as printed in its QR code. `host` is an IP address or a name."""
    return f"{origin(host, port=port)}/s/{stage}"


def stage_url(*, public_url: str, bind_host: str, port: int, stage: str) -> str | None:
    """Dancers' address of a stage: as the settings say, or the best one now; None while phones could use none."""
    if public_url:
        return f"{public_url}/s/{stage}"
    found = reachable_addresses(bind_host)
    return dancer_url(found[0].ip, port=port, stage=stage) if found else None


def pairing_url(*, public_url: str, bind_host: str, port: int, code: str) -> str | None:
    """The DJs' page with a pairing code, which stays on the phone; None while phones could not get there."""
    found = None if public_url else reachable_addresses(bind_host)
    base = public_url or (origin(found[0].ip, port=port) if found else "")
    # Behind a #: browsers keep that to themselves, so the code is in no request and no log.
    return f"{base}/dj#pair={code}" if base else None


def _clash(held: str, wanted: str) -> bool:
    return held in _WILDCARDS or wanted in _WILDCARDS or _same(held, wanted)


def _program(pid: int) -> str:
    try:
        return f"{psutil.Process(pid).name()} (process {pid})"
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return _ANOTHER_PROGRAM


def _listeners(port: int) -> Iterator[tuple[str, int | None]]:
    """The address and the process id of every TCP listener on a port; other users' processes have no id here."""
    for entry in psutil.net_connections(kind="tcp"):
        if entry.status == psutil.CONN_LISTEN and entry.laddr and entry.laddr.port == port:
            yield entry.laddr.ip, entry.pid


def port_holder(port: int, host: str) -> str | None:
    """Who listens on a TCP port that `host` would need, such as "nginx (process 123)", or None when nobody does."""
    try:
        pids = [pid for held, pid in _listeners(port) if _clash(held, host)]
    except psutil.AccessDenied:
        return None if is_port_free(host, port) else _ANOTHER_PROGRAM
    if not pids:
        return None
    # A server and its workers share a socket; the oldest is the one that people know by name.
    known = sorted(pid for pid in pids if pid)
    return _program(known[0]) if known else _ANOTHER_PROGRAM


def _can_bind(host: str, port: int, *, udp: bool) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as trial:
        if family == socket.AF_INET6:
            trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if not udp:
            # As the server does: connections of the last run that still linger don't count. For UDP the same option
            # would let two programs share the port.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def is_port_free(host: str, port: int, *, udp: bool = False) -> bool:
    """Whether a server could listen there now.

    Raises: Unavailable with the code `address_not_here` or `port_needs_rights`.
    """
    every = [_EVERY_IPV4, _EVERY_IPV6] if socket.has_ipv6 else [_EVERY_IPV4]
    try:
        return all(_can_bind(one, port, udp=udp) for one in (every if host == _EVERY else [host]))
    except PermissionError as error:
        raise Unavailable(
            "port_needs_rights",
            f"Only the administrator may use port {port}.",
            advice="Choose a port from 1024 up, such as 8080.",
        ) from error
    except OSError as error:
        raise Unavailable(
            "address_not_here",
            f"{host or 'The network'} is not an address of this machine.",
            advice="Use 0.0.0.0 to listen on every address.",
        ) from error
