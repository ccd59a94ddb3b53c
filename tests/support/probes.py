"""Every probe that phones and laptops send, with the bytes that mean "online": written out, as measured outside.

On purpose not made from the box's own table, which is checked against this one.
"""

from dataclasses import dataclass

SUCCESS = b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
NM = b"NetworkManager is online"
KINDLE_MARK = b"81ce4465-7167-4dcb-835b-dcc9e44c112a"


@dataclass(frozen=True)
class Row:
    """One question and its answer."""

    family: str
    host: str
    #: with the query, as it is sent
    target: str
    status: int
    #: None where only a part of it is known
    body: bytes | None
    media_type: str = ""
    header: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.host}{self.target}"


def _text(family: str, host: str, target: str, body: bytes) -> Row:
    return Row(family, host, target, 200, body, "text/plain")


def _apple(host: str) -> list[Row]:
    paths = ("/hotspot-detect.html", "/library/test/success.html")
    return [Row("apple", host, path, 200, SUCCESS + b"\n", "text/html") for path in paths]


def _empty(family: str, *hosts: str, target: str = "/generate_204") -> list[Row]:
    return [Row(family, host, target, 204, b"") for host in hosts]


ROWS = [
    *_apple("captive.apple.com"),
    Row("apple", "www.apple.com", "/library/test/success.html", 200, SUCCESS, "text/html"),
    *_apple("www.appleiphonecell.com"),
    *_apple("www.airport.us"),
    *_apple("www.ibook.info"),
    *_apple("www.itools.info"),
    *_apple("www.thinkdifferent.us"),
    *_apple("gsp1.apple.com"),
    *_apple("iphone-ld.apple.com"),
    *_apple("netcts.cdn-apple.com"),
    *_apple("captive.g.aaplimg.apple.com.edgekey.net"),
    *_empty("android", "connectivitycheck.gstatic.com", "www.google.com", "play.googleapis.com"),
    *_empty("android", "www.google.com", target="/gen_204"),
    *_empty("android", "connectivitycheck.android.com", "clients1.google.com", "clients4.google.com"),
    *_empty("android", "android.clients.google.com"),
    *_empty("android", "connectivity.samsung.com.cn", "connect.rom.miui.com", "conn1.oppomobile.com"),
    *_empty("android", "connectivitycheck.platform.hicloud.com", "connectivitycheck.platform.hihonorcloud.com"),
    *_empty("android", "wifi.vivo.com.cn", "connectivitycheck.grapheneos.network"),
    _text("windows", "www.msftconnecttest.com", "/connecttest.txt", b"Microsoft Connect Test"),
    _text("windows", "ipv6.msftconnecttest.com", "/connecttest.txt", b"Microsoft Connect Test"),
    _text("windows", "www.msftncsi.com", "/ncsi.txt", b"Microsoft NCSI"),
    _text("windows", "ipv6.msftncsi.com", "/ncsi.txt", b"Microsoft NCSI"),
    *_empty("edge", "edge-http.microsoft.com", target="/captiveportal/generate_204"),
    *_empty("chrome", "www.gstatic.com", "clients3.google.com"),
    Row(
        "firefox",
        "detectportal.firefox.com",
        "/canonical.html",
        200,
        b'<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>',
        "text/html",
    ),
    _text("firefox", "detectportal.firefox.com", "/success.txt", b"success\n"),
    _text("firefox", "detectportal.firefox.com", "/success.txt?ipv4", b"success\n"),
    _text("firefox", "detectportal.firefox.com", "/success.txt?ipv6", b"success\n"),
    _text("linux", "network-test.debian.org", "/nm", NM + b"\n"),
    _text("linux", "nmcheck.gnome.org", "/check_network_status.txt", NM),
    _text("linux", "fedoraproject.org", "/static/hotspot.txt", b"OK"),
    Row("linux", "connectivity-check.ubuntu.com", "/", 204, b"", header=("x-networkmanager-status", "online")),
    _text("linux", "ping.archlinux.org", "/nm-check.txt", NM + b"\n"),
    _text("linux", "ping.archlinux.org", "/", NM + b"\n"),
    _text("linux", "networkcheck.kde.org", "/", b"OK"),
    Row("kindle", "spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub.html", 200, None, "text/html"),
    Row("kindle", "spectrum.s3.amazonaws.com", "/kindle-wifi/wifistub-eink.html", 200, None, "text/html"),
    *_empty("kindle", "fireoscaptiveportal.com"),
    *_empty("steam", "test.steampowered.com", target="/204"),
]
