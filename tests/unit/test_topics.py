"""Topics and who may use them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import topics
from appliance.domain.topics import SERVER_USER, Access, DjAction

LEVELS = st.sampled_from(["a", "b", "", "$SYS", "pika", "dj"])
TOPICS = st.lists(LEVELS, min_size=1, max_size=5).map("/".join).filter(bool)
SLUGS = st.from_regex(re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?", re.ASCII), fullmatch=True)
ACTIONS = st.sampled_from(DjAction)
EVERYBODYS = [
    "pika/v1/dj/kim/reply",
    "pika/v1/dj/kim/play",
    "pika/v1/dj/lee/reply",
    "pika/v1/dj/lee/play",
    "pika/v1/player/kim/status",
    "pika/v1/player/kim/orders",
    "pika/v1/player/lee/status",
    "pika/v1/stage/main/now",
    "pika/v1/stage",
    "$SYS/broker/clients",
]


@st.composite
def filters(draw: st.DrawFn) -> str:
    """A valid filter."""
    levels = draw(st.lists(st.one_of(LEVELS, st.just("+")), max_size=5))
    if draw(st.booleans()) or not "/".join(levels):
        levels.append("#")
    return "/".join(levels)


@st.composite
def widened(draw: st.DrawFn, topic: str) -> str:
    """A filter that takes in at least this topic or filter, the rule about `$` aside."""
    levels = [draw(st.sampled_from([level, "+"])) if level != "#" else level for level in topic.split("/")]
    kept = draw(st.integers(0, len(levels)))
    return "/".join([*levels[:kept], "#"]) if kept < len(levels) else "/".join(levels)


def defined_match(topic_filter: str, topic: str) -> bool:
    """MQTT 3.1.1 section 4.7 once more, as a pattern for the whole topic."""
    if topic.startswith("$") and topic_filter[0] in "+#":
        return False
    pattern = "/".join("[^/]*" if level == "+" else re.escape(level) for level in topic_filter.split("/"))
    if topic_filter == "#":
        pattern = ".*"
    elif topic_filter.endswith("/#"):
        pattern = pattern.removesuffix(re.escape("/#")).removesuffix("/" + re.escape("#")) + "(/.*)?"
    return re.fullmatch(pattern, topic) is not None


@given(topic_filter=filters(), topic=TOPICS)
def test_a_filter_matches_exactly_the_topics_mqtt_says(topic_filter: str, topic: str) -> None:
    assert topics.matches(topic_filter, topic) == defined_match(topic_filter, topic)


@given(topic=TOPICS, data=st.data())
def test_a_filter_within_another_matches_nothing_the_other_does_not(topic: str, data: st.DataObject) -> None:
    narrow = data.draw(widened(topic))
    wide = data.draw(widened(narrow))
    if topics.matches(wide, narrow) and topics.matches(narrow, topic):
        assert topics.matches(wide, topic)


@given(name=SLUGS, action=ACTIONS)
def test_a_door_s_topic_is_read_back_as_it_was_made(name: str, action: DjAction) -> None:
    assert topics.parse_dj_topic(topics.dj_topic(name, action)) == (name, action)


@pytest.mark.parametrize(
    "topic",
    [
        "pika/v1/dj/kim/reply",
        "pika/v1/dj//play",
        "pika/v1/dj/kim/play/more",
        "pika/v1/dj/kim",
        "pika/v2/dj/kim/play",
        "/pika/v1/dj/kim/play",
        "pika/v1/stage/kim/play",
        "pika/v1/dj/kim/PLAY",
        "",
    ],
)
def test_other_topics_are_no_door(topic: str) -> None:
    assert topics.parse_dj_topic(topic) is None


@given(name=SLUGS, action=ACTIONS)
def test_the_server_hears_every_door(name: str, action: DjAction) -> None:
    heard = [one for one in topics.every_dj_action() if topics.matches(one, topics.dj_topic(name, action))]
    assert len(heard) == 1
    assert topics.may(SERVER_USER, Access.READ, heard[0])


@given(name=SLUGS, stage=SLUGS, lane=st.sampled_from(["session", "now", "likes"]))
def test_the_server_may_tell_what_it_tells(name: str, stage: str, lane: str) -> None:
    assert topics.may(SERVER_USER, Access.WRITE, topics.stage_topic(stage, lane))
    assert topics.may(SERVER_USER, Access.WRITE, topics.reply_topic(name))


@given(name=SLUGS, other=SLUGS, action=ACTIONS)
def test_a_dj_s_own_doors_and_replies_are_all_they_have(name: str, other: str, action: DjAction) -> None:
    assert topics.may(name, Access.WRITE, topics.dj_topic(name, action))
    assert topics.may(name, Access.READ, topics.reply_topic(name))
    assert not topics.may(name, Access.WRITE, topics.reply_topic(name))
    assert not topics.may(name, Access.READ, topics.dj_topic(name, action))
    if other != name:
        assert not topics.may(name, Access.WRITE, topics.dj_topic(other, action))
        assert not topics.may(name, Access.READ, topics.reply_topic(other))


@given(name=SLUGS, stage=SLUGS)
def test_a_dj_reads_stages_and_writes_none(name: str, stage: str) -> None:
    topic = topics.stage_topic(stage, "now")
    for asked in (topic, "pika/v1/stage/#", "pika/v1/stage/+/now", f"pika/v1/stage/{stage}/+"):
        assert topics.may(name, Access.READ, asked)
        assert not topics.may(name, Access.WRITE, asked)


@given(topic=st.sampled_from(EVERYBODYS), data=st.data())
def test_a_subscription_that_is_allowed_reaches_nothing_that_is_not(topic: str, data: st.DataObject) -> None:
    asked = data.draw(widened(topic))
    if topics.may("kim", Access.READ, asked) and topics.matches(asked, topic):
        assert topics.may("kim", Access.READ, topic)


@pytest.mark.parametrize("asked", ["#", "+/#", "pika/#", "pika/v1/#", "pika/v1/+/#", "+/+/+/+/+", "pika/v1/dj/#"])
def test_a_dj_can_t_ask_for_everything(asked: str) -> None:
    assert not topics.may("kim", Access.READ, asked)


@pytest.mark.parametrize("name", ["+", "#", "a/b", "a+b", "a#", "/", "", None])
def test_a_name_that_would_widen_the_rules_may_nothing(name: str | None) -> None:
    for access in Access:
        for topic in ("pika/v1/stage/main/now", "pika/v1/dj/a/play", f"pika/v1/dj/{name}/play", "pika/v1/dj/a/reply"):
            assert not topics.may(name, access, topic)


@given(name=SLUGS)
def test_no_slug_is_the_server_s_name(name: str) -> None:
    assert name != SERVER_USER


def test_a_dj_can_leave_only_as_many_retained_messages_as_there_are_actions() -> None:
    doors = [rule.filter for rule in topics.ACL if rule.user is None and rule.access is Access.WRITE]
    # One more is a player's, which gives a DJ the status of a player that there is not.
    assert len(doors) == len(DjAction) + 1
    assert not [door for door in doors if "#" in door or "+" in door]
