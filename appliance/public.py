"""What the box is to the world outside: the settings of [tls], [links] and [cloud], and what they must look like.

Apart from `config` because the parts that use them need no loader. Nothing here reads a certificate or speaks to
anybody.
"""

import re
from dataclasses import dataclass

from appliance.errors import BadConfig

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{4,253}}$)({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?")
#: a cloud that was restored from a copy may ask for so much again
KEEP_DAYS_LEAST = 30
#: plain only where nothing leaves this machine: a cloud beside the box, for a trial
_URL = re.compile(r"(https://[a-z0-9.-]+|http://(127\.0\.0\.1|\[::1\]|localhost))(:\d{1,5})?(/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True)
class TlsSection:
    """Encrypted pages beside the plain ones, for as long as the box holds a certificate that phones trust."""

    #: the box's public name, such as pika-ab12.example.org; empty for plain pages only
    host_name: str = ""
    #: port to listen on; where the box gives out addresses itself, guests reach it at 443
    port: int = 8443
    #: file with the roots that phones trust, PEM; empty for the system's
    roots: str = ""


@dataclass(frozen=True, slots=True)
class LinksSection:
    """The programs on DJs' laptops that tell the box what is played, over a connection of their own."""

    #: whether links may come
    enabled: bool = True
    #: port to listen on
    port: int = 8470


@dataclass(frozen=True, slots=True)
class CloudSection:
    """The program on the internet that the box reports to when it is online."""

    #: the beginning of its addresses, such as https://cloud.example.org; empty for none
    url: str = ""
    #: plays and likes that the cloud has stay on the box for so many days; 0 for ever
    keep_days: int = 0
    #: whether songs that the organisation has there are fetched; false where the box's internet costs by the byte
    songs: bool = True
    #: at most so fast, kilobits a second
    songs_kbit: int = 4000
    #: and so much in a day, megabytes; 0 for no bound
    songs_mb_a_day: int = 4000
    #: with less room than that on the disk none are fetched, megabytes
    songs_reserve_mb: int = 2000


def check(tls: TlsSection, links: LinksSection, cloud: CloudSection) -> None:
    """Sees that the settings can mean something.

    Raises: BadConfig.
    """
    if tls.host_name and not _NAME.fullmatch(tls.host_name):
        # Nobody gives out certificates for a single word or an address.
        raise _wrong("tls.host_name", "a public name in small letters, such as pika-ab12.example.org", tls.host_name)
    if not 1 <= tls.port <= 65535:
        raise _wrong("tls.port", "from 1 to 65535", tls.port)
    if not 1 <= links.port <= 65535:
        raise _wrong("links.port", "from 1 to 65535", links.port)
    if cloud.url and not _URL.fullmatch(cloud.url):
        wanted = "like https://cloud.example.org, with or without a path (http:// for this machine itself only)"
        raise _wrong("cloud.url", wanted, cloud.url)
    if cloud.keep_days and not KEEP_DAYS_LEAST <= cloud.keep_days <= 36_500:
        raise _wrong("cloud.keep_days", f"0 for ever, or at least {KEEP_DAYS_LEAST}", cloud.keep_days)
    if not 64 <= cloud.songs_kbit <= 10_000_000:
        raise _wrong("cloud.songs_kbit", "from 64 to 10000000", cloud.songs_kbit)
    if not 0 <= cloud.songs_mb_a_day <= 10_000_000:
        raise _wrong("cloud.songs_mb_a_day", "0 for no bound, up to 10000000", cloud.songs_mb_a_day)
    if not 200 <= cloud.songs_reserve_mb <= 10_000_000:
        raise _wrong("cloud.songs_reserve_mb", "from 200 to 10000000", cloud.songs_reserve_mb)


def _wrong(where: str, wanted: str, value: object) -> BadConfig:
    return BadConfig("config_wrong_value", f"{where} is {value!r}; it must be {wanted}.")
