"""What the hall is told, at the broker: DJs' programs say it there, machines read it there."""

import json
from typing import Any

from appliance.domain.topics import DjAction, dj_topic, reply_topic, stage_topic
from tests.support.real_box import RealBox
from tests.web.answers import until
from tests.web.conftest import Floor
from tests.web.raw import SOON_S
from tests.web.test_announcements import SAID, event_of, notices, tell_event
from tests.web.test_people import Told, at_the_broker


def replies_to(told: Told, ref: str) -> Any:
    """The answer to the request with this mark; whatever else is told is for others."""
    while True:
        message = told.get(timeout=SOON_S)
        if isinstance(message, dict) and message.get("ref") == ref:
            return message


def test_a_dj_s_program_tells_the_stage_over_the_broker_and_machines_read_it_there(box: RealBox, floor: Floor) -> None:
    listed = {one["dj"]: one["name"] for one in box.staff().get("/api/v1/tokens").json["tokens"]}
    name = listed[floor.dj_name]
    announce, cancel = (dj_topic(name, action) for action in (DjAction.ANNOUNCE, DjAction.CANCEL_ANNOUNCEMENT))
    with at_the_broker(box, name=name, secret=floor.dj.token) as (program, told):
        program.subscribe([(reply_topic(name), 1), (stage_topic(floor.stage, "notices"), 0)])
        program.publish(announce, json.dumps({**SAID, "level": "urgent", "ref": "a"}), qos=1)
        reply = replies_to(told, "a")
        assert (reply["ok"], reply["announcement"]["by"]) == (True, floor.dj_name)
        program.publish(announce, json.dumps({**SAID, "duration_s": 29, "ref": "b"}), qos=1)
        assert replies_to(told, "b")["code"] == "json_wrong_shape"
        program.publish(announce, json.dumps({"text": "x", "duration_s": 60, "level": "panic", "ref": "c"}), qos=1)
        assert replies_to(told, "c")["code"] == "json_wrong_shape"
        assert retained_at(box, floor, name) == [SAID["text"]]
        gone = {"announcement": reply["announcement"]["id"], "ref": "d"}
        program.publish(cancel, json.dumps(gone), qos=1)
        assert replies_to(told, "d")["announcement"]["ended"] == "cancelled"
        program.publish(cancel, json.dumps({"announcement": "none", "ref": "e"}), qos=1)
        assert replies_to(told, "e")["code"] == "announcement_unknown"
    assert until(lambda: retained_at(box, floor, name) == [])


def retained_at(box: RealBox, floor: Floor, name: str) -> list[str]:
    """What a machine finds that comes now."""
    with at_the_broker(box, name=name, secret=floor.dj.token) as (program, told):
        program.subscribe(stage_topic(floor.stage, "notices"))
        while not isinstance(message := told.get(timeout=SOON_S), dict):
            pass
        return notices(message)


def test_what_an_event_is_told_is_under_each_of_its_stages_for_machines(box: RealBox, floor: Floor) -> None:
    name = {one["dj"]: one["name"] for one in box.staff().get("/api/v1/tokens").json["tokens"]}[floor.dj_name]
    event = event_of(box, floor.stage)
    said = tell_event(box, event, text="For every wall").json["id"]
    try:
        assert until(lambda: "For every wall" in retained_at(box, floor, name))
    finally:
        box.staff().ask("DELETE", f"/api/v1/events/{event}/announcements/{said}")
    assert until(lambda: "For every wall" not in retained_at(box, floor, name))
