"""Where safe mode listens, and what its child is given."""

import json
import socket
from dataclasses import asdict

import pytest

from appliance.supervision import safe_mode
from appliance.supervision.notify import Notifier
from appliance.supervision.safe_mode import Brief, Outcome, brief_of
from tests.support.ports import free_port

HOST = "127.0.0.1"


def brief(port: int, *, host: str = HOST) -> Brief:
    return Brief(
        data="/var/lib/pika-box", name="Hall é", host=host, port=port, names=("a.example",), reasons=(("server", "x"),)
    )


def test_its_own_port_comes_first_and_another_one_when_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    other = free_port()
    monkeypatch.setattr(safe_mode, "_OTHER_PLACES", ((HOST, other),))
    own = free_port()
    assert safe_mode._place(brief(own)) == (HOST, own)
    with socket.create_server((HOST, 0)) as holder:
        assert safe_mode._place(brief(holder.getsockname()[1])) == (HOST, other)
    # An address that this machine has lost, as after another cable.
    assert safe_mode._place(brief(own, host="203.0.113.1")) == (HOST, other)


def test_without_any_port_it_says_so_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server((HOST, 0)) as holder:
        port = holder.getsockname()[1]
        monkeypatch.setattr(safe_mode, "_OTHER_PLACES", ((HOST, port),))
        outcome = safe_mode.serve(brief(port), stopped=lambda: False, notifier=Notifier(None), for_s=1)
    assert outcome is Outcome.LOST
    assert "finds no port" in capsys.readouterr().err


def test_the_child_is_given_everything_in_one_line() -> None:
    given = brief(80)
    line = json.dumps(asdict(given))
    assert "\n" not in line
    assert brief_of(line) == given
