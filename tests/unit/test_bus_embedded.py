"""The embedded broker's own rules; what it does for clients stands in the contract of both brokers."""

import socket
from pathlib import Path

import pytest

from appliance.bus import credentials, embedded
from appliance.bus.embedded import Logins
from appliance.errors import BadConfig, Unavailable


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.4.1", "localhost", "", "127.0.0.1.example"])
def test_it_listens_on_loopback_or_not_at_all(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadConfig) as raised:
        embedded.run(host=host, port=1883, password_file=tmp_path / "passwords")
    assert raised.value.code == "broker_not_loopback"


def test_a_port_in_use_is_said_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=str(port)) as raised:
            embedded.run(port=port, password_file=tmp_path / "passwords")
    assert raised.value.code == "broker_port_taken"


def test_logins_follow_the_password_file(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    logins = Logins(path)
    assert not logins.check("kim", "1")
    credentials.write_password_file(path, [("kim", credentials.make_verifier("1"))])
    assert logins.check("kim", "1")
    assert not logins.check("kim", "2")
    assert not logins.check("lee", "2")
    credentials.write_password_file(path, [("lee", credentials.make_verifier("2"))])
    assert logins.check("lee", "2")
    assert not logins.check("kim", "1")
    path.unlink()
    assert not logins.check("lee", "2")


def test_a_password_file_that_is_no_text_lets_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    credentials.write_password_file(path, [("kim", credentials.make_verifier("1"))])
    logins = Logins(path)
    assert logins.check("kim", "1")
    path.write_bytes(b"\xff\xfe")
    assert not logins.check("kim", "1")
