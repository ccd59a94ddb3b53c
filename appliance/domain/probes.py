"""How phones and laptops ask whether there is internet, and the very bytes that mean "yes" to each.

A table by host **and** path: the same path has other bytes on another host, so a path alone says nothing, and the
user agent even less (Android's probe calls itself a Linux desktop). Owns what is answered; who gets that answer is
decided elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """Whose probe it is."""

    APPLE = "apple"
    ANDROID = "android"
    WINDOWS = "windows"
    EDGE = "edge"
    CHROME = "chrome"
    FIREFOX = "firefox"
    LINUX = "linux"
    KINDLE = "kindle"
    STEAM = "steam"


@dataclass(frozen=True, slots=True)
class Online:
    """The answer that means "this is the internet"."""

    #: HTTP status
    status: int
    #: every byte of the body
    body: bytes = b""
    #: the body's kind; empty when there is no body
    media_type: str = ""
    #: what the system looks for beside the body, names in lower case
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """One question after the internet."""

    family: Family
    online: Online


_NO_CONTENT = Online(204)
_APPLE_BODY = b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
# The same page with and without a line break at its end: 69 bytes, and 68 on www.
_APPLE = Online(200, _APPLE_BODY + b"\n", "text/html")
_APPLE_WWW = Online(200, _APPLE_BODY, "text/html")
_APPLE_PATHS = ("/hotspot-detect.html", "/library/test/success.html")
_APPLE_HOSTS = (
    "captive.apple.com",
    "www.appleiphonecell.com",
    "www.airport.us",
    "www.ibook.info",
    "www.itools.info",
    "www.thinkdifferent.us",
    "gsp1.apple.com",
    "iphone-ld.apple.com",
    "netcts.cdn-apple.com",
)
# Where Apple's content network answers under names of its own.
_APPLE_EDGE = ".apple.com.edgekey.net"

_ANDROID_HOSTS = (
    "connectivitycheck.gstatic.com",
    "play.googleapis.com",
    "connectivitycheck.android.com",
    "clients1.google.com",
    "clients4.google.com",
    "android.clients.google.com",
    "connectivity.samsung.com.cn",
    "connect.rom.miui.com",
    "connectivitycheck.platform.hicloud.com",
    "connectivitycheck.platform.hihonorcloud.com",
    "conn1.oppomobile.com",
    "wifi.vivo.com.cn",
    "connectivitycheck.grapheneos.network",
)
_CHROME_HOSTS = ("www.gstatic.com", "clients3.google.com")

_NM_BODY = b"NetworkManager is online"
# The systems look for this text in a page of any kind; it was made up once and stands for itself.
_KINDLE_MARK = b"81ce4465-7167-4dcb-835b-dcc9e44c112a"
_KINDLE = Online(
    200,
    b"<!DOCTYPE html>\n<html><head><title>Kindle Reachability Probe Page</title></head><body><!-- "
    + _KINDLE_MARK
    + b" --></body></html>\n",
    "text/html",
)
_FIREFOX_PAGE = b'<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>'


def _text(body: bytes) -> Online:
    return Online(200, body, "text/plain")


_SINGLE: tuple[tuple[str, str, Family, Online], ...] = (
    ("www.apple.com", "/library/test/success.html", Family.APPLE, _APPLE_WWW),
    ("www.google.com", "/generate_204", Family.ANDROID, _NO_CONTENT),
    ("www.google.com", "/gen_204", Family.ANDROID, _NO_CONTENT),
    ("www.msftconnecttest.com", "/connecttest.txt", Family.WINDOWS, _text(b"Microsoft Connect Test")),
    ("ipv6.msftconnecttest.com", "/connecttest.txt", Family.WINDOWS, _text(b"Microsoft Connect Test")),
    ("www.msftncsi.com", "/ncsi.txt", Family.WINDOWS, _text(b"Microsoft NCSI")),
    ("ipv6.msftncsi.com", "/ncsi.txt", Family.WINDOWS, _text(b"Microsoft NCSI")),
    ("edge-http.microsoft.com", "/captiveportal/generate_204", Family.EDGE, _NO_CONTENT),
    ("detectportal.firefox.com", "/canonical.html", Family.FIREFOX, Online(200, _FIREFOX_PAGE, "text/html")),
    ("detectportal.firefox.com", "/success.txt", Family.FIREFOX, _text(b"success\n")),
    ("network-test.debian.org", "/nm", Family.LINUX, _text(_NM_BODY + b"\n")),
    ("nmcheck.gnome.org", "/check_network_status.txt", Family.LINUX, _text(_NM_BODY)),
    ("fedoraproject.org", "/static/hotspot.txt", Family.LINUX, _text(b"OK")),
    (
        "connectivity-check.ubuntu.com",
        "/",
        Family.LINUX,
        Online(204, headers=(("x-networkmanager-status", "online"),)),
    ),
    ("ping.archlinux.org", "/", Family.LINUX, _text(_NM_BODY + b"\n")),
    ("ping.archlinux.org", "/nm-check.txt", Family.LINUX, _text(_NM_BODY + b"\n")),
    ("networkcheck.kde.org", "/", Family.LINUX, _text(b"OK")),
    ("spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub.html", Family.KINDLE, _KINDLE),
    ("spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub-eink.html", Family.KINDLE, _KINDLE),
    ("fireoscaptiveportal.com", "/generate_204", Family.KINDLE, _NO_CONTENT),
    ("test.steampowered.com", "/204", Family.STEAM, _NO_CONTENT),
)


def _rows() -> Iterator[tuple[str, str, Probe]]:
    for host, path, family, online in _SINGLE:
        yield host, path, Probe(family, online)
    for host in _APPLE_HOSTS:
        for path in _APPLE_PATHS:
            yield host, path, Probe(Family.APPLE, _APPLE)
    for host in _ANDROID_HOSTS:
        yield host, "/generate_204", Probe(Family.ANDROID, _NO_CONTENT)
    for host in _CHROME_HOSTS:
        yield host, "/generate_204", Probe(Family.CHROME, _NO_CONTENT)


#: every probe by host and path
TABLE = {(host, path): probe for host, path, probe in _rows()}

#: what a system opens for a person once it suspects a portal: no probe, but it must land on the portal's own page
DOORWAYS = frozenset(
    {
        ("www.msftconnecttest.com", "/redirect"),
        ("www.msftconnecttest.com", "/fwlink"),
        ("ipv6.msftconnecttest.com", "/redirect"),
        ("go.microsoft.com", "/fwlink"),
        ("go.microsoft.com", "/fwlink/"),
        ("spectrum.s3.amazonaws.com", "/kindle-wifi/wifiredirect.html"),
    }
)


def host_name(host: str) -> str:
    """The name in a `Host` header as the table writes it: lower case, without port and closing dot."""
    return host.strip().lower().partition(":")[0].removesuffix(".")


def probe_at(host: str, path: str) -> Probe | None:
    """The probe that asks `path` of `host`, or None when that is no probe. A query does not belong to `path`."""
    name = host_name(host)
    if name.endswith(_APPLE_EDGE) and path in _APPLE_PATHS:
        return TABLE["captive.apple.com", path]
    return TABLE.get((name, path))


def is_doorway(host: str, path: str) -> bool:
    """Whether a system opens this page for a person because it suspects a portal."""
    return (host_name(host), path) in DOORWAYS
