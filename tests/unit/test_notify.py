"""What systemd hears of the box, on real datagram sockets."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.supervision import notify
from appliance.supervision.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket, and how $NOTIFY_SOCKET names it."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@pika-box-notify-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(name.replace("@", "\0", 1))
        sock.settimeout(5)
        yield sock, name


def test_systemd_hears_the_protocols_words_each_in_a_datagram(listener: tuple[socket.socket, str]) -> None:
    sock, name = listener
    notifier = notify.taken_from({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "60000000"})
    assert notifier.is_heard
    assert notifier.watchdog_s == 60
    notifier.ready("Pages are served.")
    notifier.feed()
    notifier.status("the server:\nBROKEN=1")
    notifier.stopping()
    heard = [sock.recv(4096) for _ in range(4)]
    assert heard == [
        b"READY=1\nSTATUS=Pages are served.",
        b"WATCHDOG=1",
        b"STATUS=the server: BROKEN=1",  # one line: no part's words become an assignment
        b"STOPPING=1",
    ]


def test_without_the_variable_nothing_is_told() -> None:
    notifier = notify.taken_from({})
    notifier.ready("x")
    notifier.feed()
    notifier.stopping()
    assert not notifier.is_heard
    assert notifier.watchdog_s is None


@pytest.mark.parametrize("address", ["", "@", "relative", "vsock:2:1234"])
def test_an_address_that_is_none_is_nobody(address: str) -> None:
    assert not notify.taken_from({"NOTIFY_SOCKET": address}).is_heard


def test_no_program_of_the_box_inherits_the_socket() -> None:
    environment = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "HOME": "/"}
    notify.taken_from(environment)
    assert environment == {"HOME": "/"}


@pytest.mark.parametrize(("usec", "pid"), [("0", None), ("-5", None), ("soon", None), ("60000000", "1")])
def test_a_watchdog_of_somebody_else_or_of_no_time_is_none(usec: str, pid: str | None) -> None:
    environment = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": usec} | ({"WATCHDOG_PID": pid} if pid else {})
    assert notify.taken_from(environment).watchdog_s is None


def test_a_listener_that_has_gone_or_does_not_read_holds_nobody(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "nobody")).feed()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        notifier = Notifier(str(tmp_path / "deaf"))
        for _ in range(2_000):  # many more than its queue takes
            notifier.feed()
