"""Which addresses dancers are told, and who holds a port."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psutil
import pytest

from appliance import network
from appliance.errors import Unavailable
from appliance.network import Address, Interface, choose, dancer_url, default_interfaces, is_port_free, port_holder

_ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth1\t00000000\t0101A8C0\t0002\t0\t0\t1\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
tun0\t00000000\t0101A8C0\t0003\t0\t0\t50\t00000080\t0\t0\t0
broken line
"""


def _interface(name: str, *addresses: str, is_up: bool = True) -> Interface:
    return Interface(name=name, is_up=is_up, addresses=addresses)


def _ips(*interfaces: Interface, bind_host: str = "", defaults: tuple[str, ...] = ()) -> list[str]:
    return [address.ip for address in choose(interfaces, bind_host=bind_host, defaults=defaults)]


@contextmanager
def _listener(host: str = "127.0.0.1") -> Iterator[int]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.bind((host, 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_addresses_that_no_phone_can_use_are_left_out() -> None:
    assert _ips(
        _interface("lo", "127.0.0.1", "::1"),
        _interface("eth0", "169.254.7.7", "fe80::1%eth0", "192.168.1.20"),
        _interface("eth1", "192.168.2.20", is_up=False),
    ) == ["192.168.1.20"]


@pytest.mark.parametrize(
    "name",
    [
        "docker0", "br-0123456789ab", "veth12ab", "virbr0", "podman0", "cni0", "cni-podman0", "lxcbr0", "lxdbr0",
        "tun0", "tap3", "wg0", "tailscale0", "ztabcdef", "ppp0",
    ],
)  # fmt: skip
def test_networks_of_containers_and_tunnels_are_left_out(name: str) -> None:
    assert _ips(_interface(name, "172.17.0.1"), _interface("eth0", "192.168.1.20")) == ["192.168.1.20"]


@pytest.mark.parametrize("name", ["br0", "br-lan", "br-guest", "enp3s0", "wlp2s0", "usb0", "bond0"])
def test_networks_of_the_venue_are_kept(name: str) -> None:
    assert _ips(_interface(name, "192.168.1.20")) == ["192.168.1.20"]


def test_an_access_point_by_name_comes_before_everything() -> None:
    tables = [
        _interface("eth0", "192.168.1.20"),
        _interface("wlan0", "192.168.1.30"),
        _interface("uap0", "192.168.4.1"),
    ]
    assert _ips(*tables, defaults=("eth0", "wlan0")) == ["192.168.4.1", "192.168.1.20", "192.168.1.30"]


def test_wi_fi_that_the_box_makes_comes_before_the_cable_to_the_internet() -> None:
    tables = [_interface("eth0", "192.168.1.20"), _interface("wlan0", "10.42.0.1")]
    assert _ips(*tables, defaults=("eth0",)) == ["10.42.0.1", "192.168.1.20"]


def test_the_cheaper_default_route_comes_first_and_the_rest_keep_their_order() -> None:
    tables = [
        _interface("eth2", "10.0.2.2"),
        _interface("wlan0", "10.0.3.3"),
        _interface("eth1", "10.0.1.1"),
        _interface("eth0", "10.0.0.1"),
    ]
    assert _ips(*tables, defaults=("eth0", "wlan0")) == ["10.0.0.1", "10.0.3.3", "10.0.2.2", "10.0.1.1"]


def test_ipv4_comes_before_ipv6_even_of_a_likelier_interface() -> None:
    tables = [_interface("ap0", "fd12::1"), _interface("eth0", "192.168.1.20", "2001:db8::20")]
    assert _ips(*tables) == ["192.168.1.20", "fd12::1", "2001:db8::20"]


@pytest.mark.parametrize(
    ("bind_host", "expected"),
    [
        ("0.0.0.0", ["192.168.1.20"]),
        ("::", ["fd12::1"]),
        ("", ["192.168.1.20", "fd12::1"]),
        ("192.168.1.20", ["192.168.1.20"]),
        ("fd12:0::0001", ["fd12::1"]),
        ("172.17.0.1", ["172.17.0.1"]),
        ("192.168.1.99", []),
        ("127.0.0.1", []),
        ("::1", []),
        ("localhost", []),
        ("box.example", []),
    ],
)
def test_only_addresses_that_the_server_listens_on_are_told(bind_host: str, expected: list[str]) -> None:
    tables = [
        _interface("lo", "127.0.0.1", "::1"),
        _interface("docker0", "172.17.0.1"),
        _interface("eth0", "192.168.1.20", "fd12::1"),
    ]
    assert _ips(*tables, bind_host=bind_host) == expected


def test_an_address_knows_its_interface() -> None:
    assert choose([_interface("eth0", "10.0.0.1")], bind_host="", defaults=()) == [
        Address(ip="10.0.0.1", interface="eth0")
    ]


def test_default_routes_are_read_cheapest_first() -> None:
    # eth1's route is not up, and tun0's covers only half of the internet.
    assert default_interfaces(_ROUTES) == ["eth0", "wlan0"]
    assert default_interfaces("") == []


def test_this_machines_own_addresses_are_never_loopback() -> None:
    assert [one for one in network.reachable_addresses("") if one.ip.startswith("127.") or one.ip == "::1"] == []


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("192.168.4.1", 8080, "http://192.168.4.1:8080/s/main-floor"),
        ("192.168.4.1", 80, "http://192.168.4.1/s/main-floor"),
        ("fd12::1", 8080, "http://[fd12::1]:8080/s/main-floor"),
        ("fd12::1", 80, "http://[fd12::1]/s/main-floor"),
        ("pika.internal", 80, "http://pika.internal/s/main-floor"),
    ],
)
def test_a_dancers_address_is_as_short_as_it_can_be(host: str, port: int, expected: str) -> None:
    assert dancer_url(host, port=port, stage="main-floor") == expected


def test_the_holder_of_a_port_is_named() -> None:
    me = psutil.Process()
    with _listener() as port:
        assert port_holder(port, "127.0.0.1") == f"{me.name()} (process {me.pid})"
        assert port_holder(port, "0.0.0.0") == f"{me.name()} (process {me.pid})"
        assert port_holder(port, "127.0.0.2") is None
    assert port_holder(port, "127.0.0.1") is None


def test_a_holder_that_may_not_be_looked_at_is_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: psutil.Process) -> str:
        raise psutil.AccessDenied

    def refuse_all(kind: str) -> list[object]:
        raise psutil.AccessDenied

    with _listener() as port:
        monkeypatch.setattr(psutil.Process, "name", refuse)
        assert port_holder(port, "127.0.0.1") == "another program"
        monkeypatch.setattr(psutil, "net_connections", refuse_all)
        assert port_holder(port, "127.0.0.1") == "another program"
    assert port_holder(port, "127.0.0.1") is None


def test_a_port_is_free_again_when_its_server_is_gone() -> None:
    with _listener() as port:
        assert not is_port_free("127.0.0.1", port)
        assert not is_port_free("0.0.0.0", port)
        assert not is_port_free("", port)
        assert is_port_free("127.0.0.2", port)
    assert is_port_free("127.0.0.1", port)


def test_connections_that_linger_after_the_last_run_do_not_hold_the_port() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with closing(socket.create_connection(("127.0.0.1", port))) as phone:
            connection, _ = server.accept()
            # The side that closes first is the one whose port lingers.
            connection.close()
            assert phone.recv(1) == b""
    with socket.socket() as strict, pytest.raises(OSError, match="in use"):
        strict.bind(("127.0.0.1", port))

    assert is_port_free("127.0.0.1", port)


def test_a_udp_port_is_taken_even_by_a_program_that_would_share_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # An address that no other test's connections leave from: among theirs the number may be taken for TCP.
        holder.bind(("127.81.7.1", 0))
        port = holder.getsockname()[1]
        assert not is_port_free("127.81.7.1", port, udp=True)
        assert is_port_free("127.81.7.1", port)


def test_an_address_of_another_machine_is_no_question_of_a_free_port() -> None:
    with pytest.raises(Unavailable, match="not an address of this machine") as caught:
        is_port_free("203.0.113.7", 8080)
    assert caught.value.code == "address_not_here"
