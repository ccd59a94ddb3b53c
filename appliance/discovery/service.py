"""What a box announces, and how it is read back: names and TXT records, pure.

Names and records come from whoever is on the network, so reading cleans, bounds and drops; it never raises.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from appliance.domain import rules
from appliance.errors import Invalid

#: the service type of our own, and the one that any browser of web pages looks for
BOX_TYPE = "_pika-box._tcp.local."
WEB_TYPE = "_http._tcp.local."

RECORD_VERSION = "1"
API_VERSION = "1"

# A DNS label holds 63 bytes; three are left for the "-2" of a second box with the same name.
_INSTANCE_BYTES_MAX = 60
_FALLBACK_NAME, _FALLBACK_SLUG = "Pika Box", "pika-box"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_ADDRESSES_MAX = 8
_VERSION_MAX = 32


@dataclass(frozen=True, slots=True)
class Announcement:
    """What this box says of itself."""

    #: the box's name as people call it
    name: str
    #: the box's id; it stays when name and address change
    box_id: str
    #: the web server's port
    port: int
    #: the program's version
    version: str
    #: the broker's port, or None when the broker is not for other machines
    mqtt_port: int | None = None
    #: the port for DJs' links, or None when the box takes none
    link_port: int | None = None


@dataclass(frozen=True, slots=True)
class FoundBox:
    """A box as it announced itself. Nothing here is proven."""

    #: the name for people, cleaned
    name: str
    #: the host name it answers to, such as `main-hall-3f9a2c.local`
    host: str
    #: IPv4 addresses, then IPv6 ones
    addresses: tuple[str, ...]
    #: the web server's port
    port: int
    #: the box's id, or empty when it gave none that can be used
    box_id: str
    #: the program's version, or empty
    version: str
    #: the broker's port, or None
    mqtt_port: int | None
    #: the port for DJs' links, or None
    link_port: int | None


def instance_name(box_name: str) -> str:
    """The name as announced: at most 60 bytes, cut between characters.

    A full stop would split the name into two labels for other readers of the record, so it becomes a space.
    """
    name = rules.clean_text(box_name.replace(".", " "))
    cut = name.encode()[:_INSTANCE_BYTES_MAX].decode(errors="ignore").strip()
    return cut or _FALLBACK_NAME


def host_name(box_name: str, box_id: str) -> str:
    """The host name of the announcement: the box's own, so that the machine's name stays the machine's business."""
    try:
        slug = rules.slug(box_name)
    except Invalid:
        slug = _FALLBACK_SLUG
    suffix = re.sub(r"[^a-z0-9]", "", box_id.lower())[:6]
    return f"{slug}-{suffix}.local." if suffix else f"{slug}.local."


def txt_record(announcement: Announcement) -> dict[str, str]:
    """The TXT record: small, keys of at most nine characters (RFC 6763 section 6.4), and no secret."""
    record = {
        "v": RECORD_VERSION,
        "id": announcement.box_id,
        "api": API_VERSION,
        "path": "/",
        "ver": announcement.version,
    }
    if announcement.mqtt_port is not None:
        record["mqtt"] = str(announcement.mqtt_port)
    if announcement.link_port is not None:
        record["link"] = str(announcement.link_port)
    return record


def multicast_addresses(addresses: Iterable[str]) -> list[str]:
    """Which of the machine's addresses to multicast from: the IPv4 ones, or the IPv6 ones where there is no other.

    Everybody on a venue's network has IPv4, and the IPv6 addresses are in the records all the same.
    """
    every = list(addresses)
    return [address for address in every if ":" not in address] or every


def _port(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) < 65536 else None


def _addresses(texts: Iterable[str]) -> tuple[str, ...]:
    usable = []
    for text in texts:
        try:
            ip = ip_address(text.partition("%")[0])
        except ValueError:
            continue
        if not (ip.is_multicast or ip.is_unspecified or (ip.version == 6 and ip.is_link_local)):
            usable.append(ip)
    usable.sort(key=lambda ip: ip.version)
    return tuple(dict.fromkeys(str(ip) for ip in usable))[:_ADDRESSES_MAX]


def read_box(
    *, instance: str, host: str, addresses: Iterable[str], port: int | None, record: Mapping[str, str | None]
) -> FoundBox | None:
    """An announcement as a box, or None when there is nothing in it to connect to."""
    usable = _addresses(addresses)
    if not usable or port is None or not 0 < port < 65536:
        return None
    box_id = record.get("id") or ""
    return FoundBox(
        name=rules.clean_text(instance)[: rules.NAME_MAX] or _FALLBACK_NAME,
        host=rules.clean_text(host.removesuffix("."))[: rules.NAME_MAX],
        addresses=usable,
        port=port,
        box_id=box_id if _ID.fullmatch(box_id) else "",
        version=rules.clean_text(record.get("ver") or "")[:_VERSION_MAX],
        mqtt_port=_port(record.get("mqtt") or ""),
        link_port=_port(record.get("link") or ""),
    )
