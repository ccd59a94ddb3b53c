"""`./box demo` as a newcomer meets it: a living box within seconds, and gone as quickly."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from appliance.demo.script import GARDEN, MAIN_FLOOR
from appliance.domain.topics import ROOT, SERVER_USER
from appliance.supervision.broker_files import BrokerFiles
from tests.support.ports import free_port
from tests.support.real_box import ROOT as CHECKOUT
from tests.support.real_box import RealBox


@contextmanager
def running_demo(folder: Path, *options: str) -> Iterator[RealBox]:
    """`./box demo` on loopback, from its first moment; `folder` is where temporary folders go, too."""
    port, mqtt_port = free_port(), free_port()
    command = [sys.executable, "-m", "appliance", "demo", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--mqtt-port", str(mqtt_port), "--seed", "1", *options]
    environment = {
        **os.environ,
        "PYTHONPATH": str(CHECKOUT),
        "PIKA_BOX_MDNS_ENABLED": "no",
        "PIKA_BOX_LINKS_ENABLED": "no",
        "TMPDIR": str(folder),
    }
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    box = RealBox(port=port, mqtt_port=mqtt_port, data=folder / "data", process=process)
    try:
        yield box
    finally:
        box.stop()
        assert process.stdout is not None
        box.printed = process.stdout.read()
        process.stdout.close()


def state_of(box: RealBox, stage: str) -> Any:
    """A stage as phones see it; empty while there is nobody to ask."""
    try:
        answer = box.visitor().get(f"/api/v1/stages/{stage}/now")
    except OSError:
        return {}
    return answer.json if answer.status == 200 else {}


def likes_on(box: RealBox, stage: str) -> int:
    plays = box.visitor().get(f"/api/v1/stages/{stage}/history").json["plays"]
    return sum(play["likes"] for play in plays)


def until(holds: Callable[[], object], *, within_s: float, what: str) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.05)


#: what people say in the first minutes beside the music
SAID = {"schedule", "announcement", "welcome", "poll", "answers", "tempo"}


def said_on(box: RealBox, stage: str) -> set[str]:
    """What of all that can be seen now; each is there for a while only."""
    visitor = box.visitor()
    event = visitor.get("/api/v1/events").json["events"][0]["event"]
    slots = visitor.get(f"/api/v1/events/{event}/schedule").json["slots"]
    texts = [one["text"] for one in visitor.get(f"/api/v1/stages/{stage}/announcements").json["announcements"]]
    poll = state_of(box, stage).get("poll") or {}
    plays = visitor.get(f"/api/v1/stages/{stage}/history").json["plays"]
    seen = {
        "schedule": len(slots) > 0,
        "announcement": any(text.startswith("Good evening") for text in texts),
        "welcome": any(text.startswith("Welcome") for text in texts),
        "poll": bool(poll.get("options")),
        "answers": sum(poll.get("votes", [])) > 0,
        "tempo": any(sum(play.get("tempo", {}).values()) for play in plays),
    }
    return {what for what, there in seen.items() if there}


@contextmanager
def doors_at_the_broker(box: RealBox) -> Iterator[list[tuple[str, Any]]]:
    """All that DJs ask through the broker, and what they are answered."""
    heard: list[tuple[str, Any]] = []
    spy = paho.Client(CallbackAPIVersion.VERSION2)
    spy.username_pw_set(SERVER_USER, BrokerFiles(box.data / "run").server_password())
    spy.on_connect = lambda client, *_: client.subscribe(f"{ROOT}/dj/+/+")
    spy.on_message = lambda _client, _data, message: heard.append((message.topic, json.loads(message.payload)))
    spy.connect("127.0.0.1", box.mqtt_port)
    spy.loop_start()
    try:
        yield heard
    finally:
        spy.disconnect()
        spy.loop_stop()


def test_a_newcomer_sees_two_living_stages_and_a_hand_over(tmp_path: Path) -> None:
    options = ("--data", str(tmp_path / "data"), "--speed", "240", "--quiet")
    with running_demo(tmp_path, *options) as box:
        until(lambda: "now" in state_of(box, MAIN_FLOOR), within_s=10, what="a track on the page")
        first = state_of(box, MAIN_FLOOR)
        page = box.visitor().get(f"/s/{MAIN_FLOOR}", headers={"Accept": "text/html"}).text
        assert first["session"]["dj"] in page
        with doors_at_the_broker(box) as heard:
            until(lambda: "now" in state_of(box, GARDEN), within_s=3, what="a track in the garden")
            until(lambda: likes_on(box, MAIN_FLOOR) and likes_on(box, GARDEN), within_s=4, what="likes on both stages")
            assert state_of(box, MAIN_FLOOR)["listeners"] > 0
            missing = set(SAID)

            def have_been_said() -> bool:
                missing.difference_update(said_on(box, MAIN_FLOOR))
                return not missing

            until(have_been_said, within_s=15, what="what a hall says")
            assert state_of(box, GARDEN)["listeners"] > 0
            until(
                lambda: state_of(box, MAIN_FLOOR).get("session", first["session"])["dj"] != first["session"]["dj"],
                within_s=15,
                what="a hand-over on the main floor",
            )
        assert box.stop() < 3
    assert box.process.returncode == 0
    plays = {sent["ref"]: sent for topic, sent in heard if topic == f"{ROOT}/dj/rosa-tallay/play"}
    replies = [reply for topic, reply in heard if topic == f"{ROOT}/dj/rosa-tallay/reply" and reply["to"] == "play"]
    assert plays
    assert all(reply["ok"] and reply["play"]["title"] == plays[reply["ref"]]["title"] for reply in replies[1:])
    assert len(replies) > 1
    assert "Watch the DJ change" in box.printed
    assert "hands over" not in box.printed, "quiet is quiet"
    assert "Traceback" not in box.printed


def test_with_the_link_a_record_goes_from_a_djs_history_over_the_link_to_the_page(tmp_path: Path) -> None:
    options = ("--data", str(tmp_path / "data"), "--speed", "40", "--dancers", "5", "--link")
    with running_demo(tmp_path, *options) as box:
        until(lambda: "now" in state_of(box, MAIN_FLOOR), within_s=20, what="a track on the page")
        first = state_of(box, MAIN_FLOOR)
        histories = list(tmp_path.glob("pika-demo-laptops-*/0/home/Documents/VirtualDJ/History/*.m3u"))
        assert first["now"]["title"] in histories[0].read_text(encoding="utf-8")
        assert first["now"]["title"] in box.visitor().get(f"/s/{MAIN_FLOOR}", headers={"Accept": "text/html"}).text
        until(lambda: state_of(box, MAIN_FLOOR)["now"] != first["now"], within_s=15, what="the next record")
        assert box.stop() < 6
    assert box.process.returncode == 0
    assert "Main Floor's DJs play with the link" in box.printed
    assert "Traceback" not in box.printed
    assert list(tmp_path.glob("pika-demo-laptops-*")) == []


def test_without_a_broker_it_says_so_and_ends_when_the_time_is_up_leaving_nothing(tmp_path: Path) -> None:
    with running_demo(tmp_path, "--broker", "off", "--minutes", "0.08", "--speed", "500") as box:
        assert box.process.wait(15) == 0
    assert "The broker is off, so Garden's DJ announces over HTTP" in box.printed
    assert "Garden" in box.printed.split("like Main Floor's.")[1]
    assert "Ottilie Brassington hands over to Junius Pepperell after 6 tracks" in box.printed
    assert "Traceback" not in box.printed
    assert list(tmp_path.iterdir()) == []
