"""What DJs ask through the broker, and how they are answered."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.bus import inbound
from appliance.bus.inbound import PAYLOAD_MOST, DjRequest
from appliance.domain.topics import DjAction
from appliance.errors import BadConfig, BoxError, Invalid, NotAllowed, NotKnown, Refused, Unavailable

SHORT = (DjAction.START, DjAction.STOP, DjAction.END, DjAction.ALIVE)


def asked(action: DjAction, payload: bytes = b"") -> DjRequest:
    return DjRequest("kim", action, payload)


@pytest.mark.parametrize("action", SHORT)
def test_nothing_but_the_topic_is_a_whole_request(action: DjAction) -> None:
    request = asked(action)
    request.check()
    assert (request.envelope().stage, request.envelope().session, request.ref()) == (None, None, None)
    assert request.start().take_over is False


def test_a_play_carries_the_track_and_where_it_belongs() -> None:
    payload = b'{"title":"T","artist":"A","bpm":120,"stage":"main","session":"s1","ref":"r","age_ms":5,"unknown":[1]}'
    request = asked(DjAction.PLAY, payload)
    request.check()
    play, envelope = request.play(), request.envelope()
    assert (play.title, play.artist, play.bpm, play.age_ms) == ("T", "A", 120.0, 5)
    assert (envelope.stage, envelope.session, envelope.ref) == ("main", "s1", "r")


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        (DjAction.PLAY, b"", "json_wrong_shape"),
        (DjAction.PLAY, b'{"title":"T"}', "json_wrong_shape"),
        (DjAction.PLAY, b'{"title":"","artist":"A"}', "json_wrong_shape"),
        (DjAction.PLAY, b"{", "json_broken"),
        (DjAction.PLAY, b"\xff\xfe", "json_broken"),
        (DjAction.PLAY, b'{"x":' + b"[" * 9000, "json_broken"),
        (DjAction.START, b'{"take_over":"yes"}', "json_wrong_shape"),
        (DjAction.STOP, b"[]", "json_wrong_shape"),
        (DjAction.END, b"null", "json_wrong_shape"),
        (DjAction.ALIVE, b'{"ref":"' + b"r" * 65 + b'"}', "json_wrong_shape"),
        (DjAction.ALIVE, b'{"ref":"' + b"r" * PAYLOAD_MOST + b'"}', "payload_too_big"),
    ],
)
def test_what_can_t_be_used_has_a_stable_code(action: DjAction, payload: bytes, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        asked(action, payload).check()
    assert raised.value.code == code


def test_the_largest_payload_is_ten_kibibytes() -> None:
    padding = PAYLOAD_MOST - len(b'{"x":""}')
    asked(DjAction.ALIVE, b'{"x":"' + b"x" * padding + b'"}').check()
    with pytest.raises(Invalid, match="10241 bytes"):
        asked(DjAction.ALIVE, b'{"x":"' + b"x" * (padding + 1) + b'"}').check()


@given(action=st.sampled_from(DjAction), payload=st.binary(max_size=200))
def test_no_payload_stops_the_answer(action: DjAction, payload: bytes) -> None:
    request = asked(action, payload)
    answer = inbound.success(request, {})
    try:
        request.check()
    except Invalid as error:
        answer = inbound.failure(request, error)
    assert json.loads(answer)["to"] == action.value


def test_a_reply_says_what_it_answers() -> None:
    request = asked(DjAction.PLAY, b'{"title":"T","artist":"A","ref":"r1"}')
    assert inbound.success(request, {"play": "p1"}) == b'{"v":1,"to":"play","ref":"r1","ok":true,"play":"p1"}'


def test_a_reply_to_a_request_without_a_mark_has_none() -> None:
    assert inbound.success(asked(DjAction.STOP), {}) == b'{"v":1,"to":"stop","ok":true}'


def test_a_result_can_t_replace_the_reply_s_own_fields() -> None:
    reply = json.loads(
        inbound.success(asked(DjAction.STOP, b'{"ref":"r"}'), {"ok": False, "v": 9, "to": "x", "ref": "y"})
    )
    assert reply == {"v": 1, "to": "stop", "ref": "r", "ok": True}


def test_a_refusal_carries_its_words_and_facts() -> None:
    error = Refused("stage_taken", "Lee is playing.", advice="Ask them.", dj="Lee", can_take_over=False)
    assert json.loads(inbound.failure(asked(DjAction.START, b'{"ref":"r"}'), error)) == {
        "v": 1,
        "to": "start",
        "ref": "r",
        "ok": False,
        "code": "stage_taken",
        "detail": "Lee is playing.",
        "advice": "Ask them.",
        "retry": False,
        "facts": {"dj": "Lee", "can_take_over": False},
    }


@pytest.mark.parametrize(
    ("kind", "retry"),
    [
        (BoxError, False),
        (Invalid, False),
        (BadConfig, False),
        (Refused, False),
        (NotKnown, False),
        (NotAllowed, False),
        (Unavailable, True),
    ],
)
def test_only_what_is_not_the_sender_s_fault_is_worth_another_try(kind: type[BoxError], retry: bool) -> None:
    assert inbound.may_retry(kind("code", "detail")) is retry
    assert inbound.may_retry(type("Later", (kind,), {})("code", "detail")) is retry


def test_the_box_s_own_troubles_are_worth_another_try() -> None:
    assert [(one.code, inbound.may_retry(one)) for one in (inbound.busy(), inbound.broken())] == [
        ("busy", True),
        ("internal_error", True),
    ]
