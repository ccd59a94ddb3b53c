"""What the box needs of a broker, held by mosquitto and by the embedded one alike."""

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.bus import credentials
from appliance.domain.topics import SERVER_USER, DjAction, dj_topic, reply_topic, stage_topic
from tests.brokers import KINDS, TOKENS, BrokerProcess, Heard, MqttClient, RawClient

NOW = stage_topic("main", "now")
ALICE, BOB = dj_topic("alice", DjAction.PLAY), dj_topic("bob", DjAction.PLAY)
LAST_WORD = dj_topic("alice", DjAction.END)
#: names that no DJ's token can have, and what would happen if they had
HOSTILE = ("+", "a+b", "a/b", "alice/..", "dj/+", "x#")
EVERYTHING = ("#", "+/#", "pika/#", "pika/v1/#", "+/+/+/+/+", "pika/v1/dj/#", "pika/v1/dj/+/+", "$SYS/#")
NOT_ALICES = (
    BOB,
    NOW,
    stage_topic("main", "session"),
    stage_topic("main", "notices"),
    dj_topic("bob", DjAction.ANNOUNCE),
    dj_topic("bob", DjAction.CANCEL_ANNOUNCEMENT),
    "pika/v1/dj/alice",
    "pika/v1/dj/alice/reply",
    "pika/v1/dj/alice/play/more",
    "pika/v1/dj/alice/anything",
    "pika/v1/dj/bob/reply",
    "pika/v1/dj//play",
    "pika/v1",
    "other",
)


@pytest.fixture(scope="module", params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    running = BrokerProcess(request.param, tmp_path_factory.mktemp(request.param))
    verifier = credentials.make_verifier("hostile-token")
    with running.password_file.open("a", encoding="utf-8") as file:
        file.writelines(f"{name}:{verifier}\n" for name in HOSTILE)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def fresh(broker: BrokerProcess, tmp_path: Path) -> Iterator[BrokerProcess]:
    """A broker of this kind for one test, which may do with it what it likes."""
    running = BrokerProcess(broker.kind, tmp_path)
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.send_signal(signal.SIGCONT)
        running.stop()


@pytest.fixture
def server(broker: BrokerProcess) -> Iterator[MqttClient]:
    with MqttClient(broker, SERVER_USER) as client:
        client.subscribe("pika/v1/#")
        yield client


def heard_by(server: MqttClient, broker: BrokerProcess, mark: bytes) -> list[Heard]:
    """All the server has got, shown by a message that certainly reaches it."""
    with MqttClient(broker, "bob") as fence:
        fence.publish(BOB, mark)
    return server.until(mark)


def retained_for(broker: BrokerProcess, user: str, *filters: str, mark: bytes) -> list[Heard]:
    """What a new subscriber is given of what lies in the broker."""
    with MqttClient(broker, user) as late, MqttClient(broker, SERVER_USER) as marker:
        late.subscribe(*filters, stage_topic("fence", "now"))
        marker.publish(stage_topic("fence", "now"), mark)
        return [one for one in late.until(mark) if one.retain]


@pytest.mark.parametrize(
    ("user", "token"),
    [
        ("alice", "wrong"),
        ("alice", ""),
        ("alice", TOKENS["bob"]),
        (SERVER_USER, TOKENS["alice"]),
        ("nobody", "alice-token"),
        (None, None),
    ],
)
def test_nobody_comes_in_without_a_right_name_and_password(
    broker: BrokerProcess, user: str | None, token: str | None
) -> None:
    client = MqttClient(broker, user, token)
    code = client.connect()
    client.close()
    assert code == "Not authorized"


def test_a_dj_s_door_leads_to_the_server(broker: BrokerProcess, server: MqttClient) -> None:
    with MqttClient(broker, "alice") as alice:
        for qos, action in enumerate((DjAction.START, DjAction.ANNOUNCE, DjAction.ALIVE)):
            alice.publish(dj_topic("alice", action), b"asked", qos=qos)
            assert server.next() == Heard(dj_topic("alice", action), b"asked", retain=False)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_dj_writes_nowhere_but_at_their_own_door(broker: BrokerProcess, server: MqttClient, qos: int) -> None:
    with MqttClient(broker, "alice") as alice:
        for topic in NOT_ALICES:
            alice.publish(topic, b"forged", qos=qos)
            alice.publish(topic, b"forged", qos=qos, retain=True)
        alice.publish(ALICE, b"honest", qos=qos)
        assert server.until(b"honest") == []
    assert retained_for(broker, SERVER_USER, "pika/v1/#", mark=b"written %d" % qos) == []


def test_a_will_speaks_only_at_its_owner_s_door(broker: BrokerProcess, server: MqttClient) -> None:
    for topic in NOT_ALICES:
        with RawClient(broker) as alice:
            alice.connect("alice", TOKENS["alice"], will=(topic, b"forged"), retain_will=True)
    with RawClient(broker) as alice:
        assert alice.connect("alice", TOKENS["alice"], will=(ALICE, b"honest")) == 0
    assert server.until(b"honest") == []
    assert heard_by(server, broker, b"after the wills") == []
    assert retained_for(broker, SERVER_USER, "pika/v1/#", mark=b"wills") == []


def test_a_refused_login_does_not_touch_the_connection_whose_client_id_it_names(
    broker: BrokerProcess, server: MqttClient
) -> None:
    with RawClient(broker) as alice:
        assert alice.connect("alice", TOKENS["alice"], client_id="laptop") == 0
        for user in (SERVER_USER, "bob"):
            for clean in (True, False):
                with RawClient(broker) as liar:
                    will = (dj_topic(user, DjAction.PLAY), b"forged")
                    assert liar.connect(user, "wrong", client_id="laptop", clean=clean, will=will) == 5
                    alice.publish(NOW, b"forged")
                    alice.publish(BOB, b"forged")
        alice.publish(ALICE, b"honest")
        assert server.until(b"honest") == []
    assert heard_by(server, broker, b"after the liars") == []


def test_another_dj_s_client_id_gives_nothing_of_theirs(broker: BrokerProcess, server: MqttClient) -> None:
    with RawClient(broker) as alice:
        assert alice.connect("alice", TOKENS["alice"], client_id="deck", clean=False) == 0
        assert alice.subscribe(reply_topic("alice"))
        with MqttClient(broker, "bob", client_id="deck") as bob:
            bob.subscribe(reply_topic("bob"))
            # mosquitto has cut her off for him, as MQTT wants; the embedded broker keeps both.
            assert alice.subscribe(reply_topic("alice")) == (broker.kind == "embedded")
            server.publish(reply_topic("alice"), b"private")
            server.publish(reply_topic("bob"), b"done")
            assert bob.until(b"done") == []


def test_a_dj_reads_their_own_replies_and_every_stage(broker: BrokerProcess, server: MqttClient) -> None:
    with MqttClient(broker, "alice") as alice:
        alice.subscribe("pika/v1/stage/#", reply_topic("alice"))
        server.publish(NOW, b"state")
        assert alice.next() == Heard(NOW, b"state", retain=False)
        server.publish(reply_topic("alice"), b"reply")
        assert alice.next() == Heard(reply_topic("alice"), b"reply", retain=False)


@pytest.mark.parametrize(
    "asked", [*EVERYTHING, reply_topic("bob"), BOB, ALICE, "pika/v1/dj/+/reply", "$share/a/pika/#"]
)
def test_no_filter_gives_a_dj_what_is_another_s(broker: BrokerProcess, server: MqttClient, asked: str) -> None:
    with MqttClient(broker, "alice") as alice, MqttClient(broker, "bob") as bob:
        alice.subscribe(asked)
        alice.subscribe(reply_topic("alice"))
        bob.publish(BOB, b"bob's request")
        server.publish(reply_topic("bob"), b"bob's reply")
        server.publish(reply_topic("alice"), b"done")
        assert {one.topic for one in alice.until(b"done")} <= {reply_topic("alice")}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_made_of_wildcards_gains_nothing(broker: BrokerProcess, server: MqttClient, name: str) -> None:
    doors = [f"pika/v1/dj/{one}/play" for one in ("alice", "x", "dj", "a")]
    with MqttClient(broker, name, "hostile-token") as hostile, MqttClient(broker, "alice") as alice:
        hostile.subscribe(*EVERYTHING, reply_topic("alice"), "pika/v1/stage/#")
        for topic in doors:
            hostile.publish(topic, b"forged")
        hostile.publish(NOW, b"forged", retain=True)
        alice.publish(ALICE, b"honest")
        assert server.until(b"honest") == []
        server.publish(reply_topic("alice"), b"private")
        alice.subscribe(reply_topic("alice"))
        server.publish(reply_topic("alice"), b"done")
        assert alice.until(b"done") == []
        hostile.close()
        assert not [one for one in hostile.heard() if one.topic.startswith("pika/v1/dj")]


@pytest.mark.parametrize("lane", ["now", "notices"])
def test_what_the_server_retains_is_there_for_who_comes_later(
    broker: BrokerProcess, server: MqttClient, lane: str
) -> None:
    # As long as fifteen announcements of 500 characters are.
    topic, kept = stage_topic("main", lane), b"kept" * 5_000
    server.publish(topic, kept, retain=True)
    with MqttClient(broker, "alice") as alice:
        alice.subscribe(f"pika/v1/stage/+/{lane}")
        assert alice.next() == Heard(topic, kept, retain=True)
    server.publish(topic, b"", retain=True)


def test_nobody_but_the_server_leaves_retained_state(fresh: BrokerProcess) -> None:
    with MqttClient(fresh, "alice") as alice:
        for topic in (ALICE, reply_topic("alice"), NOW, BOB):
            alice.publish(topic, b"kept?", retain=True)
    with RawClient(fresh) as alice_again, MqttClient(fresh, SERVER_USER) as server:
        server.subscribe(LAST_WORD)
        assert alice_again.connect("alice", TOKENS["alice"], will=(LAST_WORD, b"kept?"), retain_will=True) == 0
        alice_again.sock.close()
        assert server.next() == Heard(LAST_WORD, b"kept?", retain=False)
    for reader in ("alice", "bob"):
        assert retained_for(fresh, reader, *EVERYTHING, reply_topic(reader), mark=reader.encode()) == []
    # mosquitto's access list can't tell a retained message from another: what a DJ retains at their own door lies
    # there, at most one for each action, for the server alone, and the server passes over retained requests.
    doors = [ALICE, LAST_WORD] if fresh.kind == "mosquitto" else []
    left = {Heard(topic, b"kept?", retain=True) for topic in doors}
    assert set(retained_for(fresh, SERVER_USER, "pika/v1/#", mark=b"server")) == left


def test_a_burst_of_requests_arrives_whole_and_in_order(broker: BrokerProcess, server: MqttClient) -> None:
    burst = [b"%d" % number for number in range(200)]
    with MqttClient(broker, "alice") as alice:
        for payload in burst:
            alice.paho.publish(ALICE, payload, qos=1)
        assert [server.next().payload for _ in burst] == burst


def test_nothing_is_lost_while_others_come_and_go(broker: BrokerProcess, server: MqttClient) -> None:
    states = [b"%d" % number for number in range(100)]
    with MqttClient(broker, "bob") as display, MqttClient(broker, "alice") as restless:
        display.subscribe("pika/v1/stage/#", qos=0)
        for number, state in enumerate(states):
            # Each subscription is one more entry in the table that the broker walks through for each message.
            restless.paho.subscribe(stage_topic(f"stage-{number}", "now"), 1)
            server.paho.publish(NOW, state)
            restless.paho.unsubscribe(stage_topic(f"stage-{number}", "now"))
        assert [display.next().payload for _ in states] == states


def test_a_packet_that_is_too_large_ends_the_connection(broker: BrokerProcess, server: MqttClient) -> None:
    with MqttClient(broker, "alice") as alice:
        alice.paho.publish(ALICE, b"x" * (credentials.MAX_PACKET_BYTES + 1), qos=1)
        assert alice.was_cut_off()
    assert heard_by(server, broker, b"after the large one") == []


def test_there_is_a_most_of_clients_and_a_place_is_free_again_after_one_leaves(fresh: BrokerProcess) -> None:
    with contextlib.ExitStack() as inside:
        clients: list[RawClient] = []
        while (client := inside.enter_context(RawClient(fresh))).is_answered(client_id=f"c{len(clients)}"):
            clients.append(client)
        # mosquitto 2.0.11 lets one more in than it is told.
        assert len(clients) - credentials.MAX_CONNECTIONS in {0, 1}
        clients[0].sock.close()
        deadline = time.monotonic() + 5
        while not inside.enter_context(RawClient(fresh)).is_answered(client_id="late"):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_new_token_works_and_one_taken_back_does_not(fresh: BrokerProcess) -> None:
    fresh.set_tokens({SERVER_USER: TOKENS[SERVER_USER], "bob": TOKENS["bob"], "carol": "carol-token"})
    fresh.reload()
    deadline = time.monotonic() + 5
    while (code := _login(fresh, "carol", "carol-token")) != 0:
        assert time.monotonic() < deadline, code
        time.sleep(0.02)
    assert _login(fresh, "bob", TOKENS["bob"]) == 0
    assert _login(fresh, "alice", TOKENS["alice"]) == 5


def _login(broker: BrokerProcess, user: str, token: str) -> int:
    with RawClient(broker) as client:
        return client.connect(user, token)


def test_nobody_comes_in_while_the_password_file_is_gone(fresh: BrokerProcess) -> None:
    fresh.password_file.unlink()
    if fresh.kind == "mosquitto":
        # It keeps what it has read, and would not start again without the file.
        assert _login(fresh, "alice", TOKENS["alice"]) == 0
        fresh.stop()
        with pytest.raises(AssertionError, match="password file"):
            fresh.start()
    else:
        assert _login(fresh, "alice", TOKENS["alice"]) == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_a_second_with_clients_inside(fresh: BrokerProcess, number: signal.Signals) -> None:
    with MqttClient(fresh, "alice") as alice, MqttClient(fresh, SERVER_USER) as server:
        alice.subscribe("pika/v1/stage/#")
        server.publish(NOW, b"state", retain=True)
        assert alice.next().payload == b"state"
        began = time.monotonic()
        assert fresh.stop(number) == 0
        assert time.monotonic() - began < 1.0


def test_the_log_has_no_password_and_no_address(fresh: BrokerProcess) -> None:
    with MqttClient(fresh, "alice"):
        pass
    MqttClient(fresh, "bob", "a-wrong-secret").connect()
    fresh.stop()
    text = fresh.log()
    assert not [word for word in (*TOKENS.values(), "a-wrong-secret", "127.0.0.1", "$7$") if word in text]
