"""The self-test's question to the broker, asked of both kinds."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.bus.client import BusSettings
from appliance.bus.probe import BrokerProbe
from appliance.domain import topics
from appliance.domain.topics import SERVER_USER, Access
from tests.brokers import HOST, KINDS, TOKENS, BrokerProcess

WITHIN_S = 1.5


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    running = BrokerProcess(request.param, tmp_path)
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.send_signal(signal.SIGCONT)
        running.stop()


def probe_of(broker: BrokerProcess, password: str = TOKENS[SERVER_USER]) -> BrokerProbe:
    return BrokerProbe(BusSettings(host=HOST, port=broker.port, password=password))


def test_a_message_comes_back_until_the_broker_freezes_and_again_after_it_was_replaced(broker: BrokerProcess) -> None:
    probe = probe_of(broker)
    try:
        for _ in range(3):
            began = time.monotonic()
            assert probe.problem(within_s=WITHIN_S) is None
        assert time.monotonic() - began < 1, "a good broker answers at once"
        broker.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert "passed no message on" in str(probe.problem(within_s=WITHIN_S))
        assert time.monotonic() - began < WITHIN_S + 1
        broker.stop(signal.SIGKILL)
        assert probe.problem(within_s=0.3) is not None
        broker.start()
        deadline = time.monotonic() + 10
        while probe.problem(within_s=WITHIN_S) is not None:
            assert time.monotonic() < deadline
    finally:
        probe.close()


def test_a_broker_that_refuses_the_boxs_own_password_does_not_work(broker: BrokerProcess) -> None:
    probe = probe_of(broker, "not the token")
    try:
        assert probe.problem(within_s=0.5) == "the message broker lets nobody in"
    finally:
        probe.close()


def test_no_dj_reads_or_writes_what_the_box_tells_itself() -> None:
    topic = topics.pulse_topic("x")
    assert topics.may(SERVER_USER, Access.READ, topic)
    assert topics.may(SERVER_USER, Access.WRITE, topic)
    assert not topics.may("dj-anna", Access.READ, topic)
    assert not topics.may("dj-anna", Access.WRITE, topic)
