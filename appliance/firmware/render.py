"""The files, from a plan and the templates. Pure apart from reading the templates.

A file is known by its path below the root, such as `etc/pika-box/nftables.conf`. Nothing here looks at the machine.
"""

import re
import shlex
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from string import Template

from appliance import __version__
from appliance.config import Settings, WifiSection
from appliance.discovery import service
from appliance.discovery.service import Announcement
from appliance.domain.certificate import api_url
from appliance.domain.portal import Mode
from appliance.firmware.plan import API_FILE, DATA, MODE_FILE, PROGRAMS, RADIO_GUESTS_MOST, USER, Network, Plan
from appliance.venue import RadioProgram

CHECKOUT = Path(__file__).parents[2]
_TEMPLATES = CHECKOUT / "firmware-config"
_UNITS = CHECKOUT / "systemd"
_LOWEST_FREE_PORT = 1024

UNIT_FOLDER = "etc/systemd/system"
HOSTAPD = "etc/pika-box/hostapd.conf"
DNSMASQ = "etc/pika-box/dnsmasq.conf"
DNSMASQ_MODE = "etc/pika-box/dnsmasq.d/capture.conf"
NFTABLES = "etc/pika-box/nftables.conf"
CHRONY = "etc/chrony/conf.d/pika-box.conf"
JOURNALD = "etc/systemd/journald.conf.d/pika-box.conf"
SYSTEMD = "etc/systemd/system.conf.d/pika-box.conf"
SYSCTL = "etc/sysctl.d/60-pika-box.conf"
SYSUSERS = "etc/sysusers.d/pika-box.conf"
STICKS = "etc/udev/rules.d/70-pika-box-sticks.rules"
COUNTRY = "etc/modprobe.d/pika-box.conf"
HOTSPOT = "etc/NetworkManager/system-connections/pika-box.nmconnection"
UNMANAGED = "etc/NetworkManager/conf.d/pika-box.conf"


@dataclass(frozen=True, slots=True)
class Rendered:
    """One file's content."""

    text: str
    #: whether it holds a password, so that only its owner may read it
    is_secret: bool = False

    @property
    def mode(self) -> int:
        """Its permissions."""
        return 0o600 if self.is_secret else 0o644


#: every file by its path below the root
Tree = dict[str, Rendered]


def render(plan: Plan) -> Tree:
    """Every file of the box."""
    tree = {
        CHRONY: Rendered(_filled("chrony.conf")),
        JOURNALD: Rendered(_filled("journald.conf")),
        SYSTEMD: Rendered(_filled("systemd.conf")),
        SYSCTL: Rendered(_sysctl(plan.network)),
        STICKS: Rendered(_filled("sticks.rules")),
        SYSUSERS: Rendered(_filled("sysusers.conf", user=USER, data=str(DATA))),
    }
    if plan.network is not None:
        tree |= _network_files(plan.network, settings=plan.settings)
        if plan.radio:
            tree |= _radio_files(plan.network, wifi=plan.settings.wifi)
        if HOTSPOT not in tree:
            tree[UNMANAGED] = Rendered(_filled("networkmanager.conf", interface=plan.network.interface))
    return tree | _units(plan, with_radio_program=HOSTAPD in tree, with_hotspot=HOTSPOT in tree)


def _filled(name: str, **values: str) -> str:
    return Template((_TEMPLATES / name).read_text(encoding="utf-8")).substitute(values)


def _sysctl(network: Network | None) -> str:
    # On somebody else's network, forwarding is not ours to switch off.
    if network is None:
        text = (_TEMPLATES / "sysctl.conf").read_text(encoding="utf-8")
        return text[: text.index("# A way out for guests")]
    return _filled("sysctl.conf", forward="1" if network.mode is Mode.GATEWAY else "0")


def _network_files(network: Network, *, settings: Settings) -> Tree:
    address = str(network.address.ip)
    dnsmasq = _filled(
        "dnsmasq.conf",
        interface=network.interface,
        first_lease=str(network.first_lease),
        last_lease=str(network.last_lease),
        netmask=str(network.address.netmask),
        leases=str(network.leases),
        address=address,
        own_names=",".join(network.own_names),
        services="\n".join(_services(network, settings=settings)),
    )
    by_mode = Template((_TEMPLATES / f"dnsmasq.{network.mode}.conf").read_text(encoding="utf-8"))
    by_mode_values = {
        "capture": str(network.capture),
        "portal_api": _portal_api(network),
        "tls_local": _tls_local(network),
    }
    return {
        DNSMASQ: Rendered(dnsmasq),
        DNSMASQ_MODE: Rendered(by_mode.substitute(by_mode_values)),
        NFTABLES: Rendered(_nftables(network, settings=settings)),
    }


def _portal_api(network: Network) -> str:
    if not network.tls_open:
        return "# Option 114, the address of the portal's API, is not offered: phones would not trust this box's HTTPS."
    return f"# Phones ask here whether they are held (RFC 8910).\ndhcp-option=114,{api_url(network.tls_name)}"


def _tls_local(network: Network) -> str:
    # Whatever the internet says of the box's public name, here it is the box.
    return f"local=/{network.tls_name}/\n" if network.tls_name else ""


def _services(network: Network, *, settings: Settings) -> list[str]:
    """The box as DNS-SD sees it, in dnsmasq's words.

    dnsmasq turns other letters than ASCII's into another spelling, so the name is given without them.
    """
    announced = Announcement(name=settings.box.name, box_id="", port=settings.http.port, version=__version__)
    plain = unicodedata.normalize("NFKD", service.instance_name(settings.box.name)).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9 '()&+-]+", " ", plain).strip() or "Pika Box"
    record = ",".join(f"{key}={value}" for key, value in service.txt_record(announced).items() if value)
    lines = []
    for kind in (service.BOX_TYPE, service.WEB_TYPE):
        unicast = kind.removesuffix("local.") + "internal"
        lines += [
            f'ptr-record={unicast},"{name}.{unicast}"',
            f'srv-host="{name}.{unicast}",{network.host_name}.internal,{settings.http.port}',
            f'txt-record="{name}.{unicast}",{record}',
        ]
    return lines


def _nftables(network: Network, *, settings: Settings) -> str:
    places = {"interface": network.interface, "address": str(network.address.ip), "port": str(settings.http.port)}
    places["tls_rule"] = (
        _filled("nftables.tls.conf", **places, tls_port=str(settings.tls.port)) if network.tls_open else ""
    )
    ports = sorted({80, settings.http.port, *([settings.tls.port] if network.tls_open else [])})
    dj_ports = sorted({settings.mqtt.port, *([settings.links.port] if settings.links.enabled else [])})
    djs = f"tcp dport {{ {', '.join(map(str, dj_ports))} }} accept\n        udp dport 5353 accept"
    closed = "# The broker and DJs' links are for DJs' own cable."
    head = _filled(
        "nftables.conf",
        interface=network.interface,
        web_ports=", ".join(map(str, ports)),
        dj_rule=djs if settings.network.djs_among_guests else closed,
    )
    if network.mode is Mode.GATEWAY:
        body = _filled("nftables.gateway.conf", **places, uplink=network.uplink, network=str(network.address.network))
    else:
        no_way_out = _filled("nftables.closed.conf", interface=network.interface)
        body = _filled(f"nftables.{network.mode}.conf", **places, no_way_out=no_way_out)
    return head + body


def _radio_files(network: Network, *, wifi: WifiSection) -> Tree:
    country = {COUNTRY: Rendered(_filled("cfg80211.conf", country=wifi.country))}
    match wifi.program:
        case RadioProgram.HOSTAPD:
            return country | {HOSTAPD: Rendered(_hostapd(network, wifi=wifi), is_secret=True)}
        case RadioProgram.NETWORK_MANAGER:
            return country | {HOTSPOT: Rendered(_hotspot(network, wifi=wifi), is_secret=True)}


def _hostapd(network: Network, *, wifi: WifiSection) -> str:
    password = wifi.passphrase.reveal()
    security = _filled("hostapd.wpa.conf", passphrase=password) if password else _filled("hostapd.open.conf")
    return _filled(
        "hostapd.conf",
        interface=network.interface,
        ssid_words=wifi.ssid,
        ssid_hex=wifi.ssid.encode().hex(),
        hidden="1" if wifi.hidden else "0",
        country=wifi.country,
        hw_mode="a" if wifi.channel > 14 else "g",
        channel=str(wifi.channel),
        guests_most=str(RADIO_GUESTS_MOST),
        security=security.rstrip("\n"),
    )


def _hotspot(network: Network, *, wifi: WifiSection) -> str:
    # In key files a backslash starts an escape, and a space at the start would be dropped.
    password = wifi.passphrase.reveal().replace("\\", "\\\\").replace(" ", "\\s")
    return _filled(
        "hotspot.nmconnection",
        interface=network.interface,
        ssid_words=wifi.ssid,
        ssid_bytes="".join(f"{byte};" for byte in wifi.ssid.encode()),
        hidden=str(wifi.hidden).lower(),
        band="a" if wifi.channel > 14 else "bg",
        channel=str(wifi.channel),
        security=_filled("hotspot.wpa.conf", passphrase=password) if password else "",
        address=str(network.address),
    )


def _units(plan: Plan, *, with_radio_program: bool, with_hotspot: bool) -> Tree:
    names = ["pika-box.service", "pika-box-first-boot.service", "pika-box-says.path", "pika-box-backup.timer"]
    names += ["pika-box-update.service", "pika-box-update-trial.service"]
    if plan.network is not None:
        names += ["pika-box-firewall.service", "pika-box-dhcp.service", "pika-box-mode.path"]
        if not with_hotspot:
            names.append("pika-box-network.service")
    if with_radio_program:
        names.append("pika-box-radio.service")
    interface = plan.network.interface if plan.network else ""
    values = {
        "wants": " ".join(sorted(names)),
        "checkout": str(plan.checkout),
        "program": str(PROGRAMS),
        "data": str(DATA),
        "user": USER,
        "mode_file": str(DATA / MODE_FILE),
        "api_file": str(DATA / API_FILE),
        "interface": interface,
        # systemd writes the hyphen of a device's name in its own way.
        "device": interface.replace("-", "\\x2d"),
        "address": str(plan.network.address) if plan.network else "",
        # The hyphen: no fault when the stick is not in.
        "second": f" -{plan.settings.backup.second}" if plan.settings.backup.second else "",
        "sound": _filled("sound.conf").rstrip("\n") if plan.settings.player.token.reveal() else "PrivateDevices=true",
        "capabilities": "CAP_NET_BIND_SERVICE" if _needs_low_port(plan.settings) else "",
    }
    started_by_others = ["pika-box.target", "pika-box-backup.service", "pika-box-says.service"]
    started_by_others.append("pika-box-stick@.service")
    if plan.network is not None:
        started_by_others.append("pika-box-mode.service")
    return {
        f"{UNIT_FOLDER}/{name}": Rendered(Template((_UNITS / name).read_text(encoding="utf-8")).substitute(values))
        for name in sorted([*names, *started_by_others])
    }


def _needs_low_port(settings: Settings) -> bool:
    tls_port = settings.tls.port if settings.tls.host_name else _LOWEST_FREE_PORT
    link_port = settings.links.port if settings.links.enabled else _LOWEST_FREE_PORT
    return min(settings.http.port, settings.mqtt.port, tls_port, link_port) < _LOWEST_FREE_PORT


def commands_after(plan: Plan) -> list[str]:
    """What makes a fresh install take effect, for whoever ran it."""
    lines = ["systemd-sysusers", "systemctl daemon-reload", f"sysctl --quiet --ignore --load /{SYSCTL}"]
    if plan.network is not None and plan.settings.wifi.program is RadioProgram.NETWORK_MANAGER and plan.radio:
        lines.append("nmcli connection reload")
    elif plan.network is not None:
        lines.append("systemctl try-reload-or-restart NetworkManager")
    return [*lines, shlex.join(["systemctl", "enable", "pika-box.target"]), "systemctl restart pika-box.target"]
