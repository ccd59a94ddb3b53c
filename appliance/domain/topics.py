"""MQTT topics and who may use them: the one table that the brokers' access rules are made from.

pika/v1/stage/<stage>/{session,now,likes}   retained, written by the server only
pika/v1/stage/<stage>/{tempo,poll,poll_votes,reactions}   the same: what dancers say
pika/v1/stage/<stage>/notices               the same: what the stage or its event was told and still counts
pika/v1/dj/<name>/{start,play,stop,end,alive,handover}   a DJ's door; `<name>` is the broker username
pika/v1/dj/<name>/{poll,end_poll,cancel_poll}   the same: to ask the stage
pika/v1/dj/<name>/{announce,cancel_announcement}   the same: to tell the stage something
pika/v1/dj/<name>/reply                     the server's answer to that DJ
pika/v1/player/<handle>/status              a house player says how it is; `<handle>` is its broker username
pika/v1/player/<handle>/orders              retained: what it is to do
pika/v1/player/<handle>/reply               why its last word could not be used
pika/v1/pulse/<ref>                         the box's self-test, from itself to itself
"""

from dataclasses import dataclass
from enum import StrEnum

ROOT = "pika/v1"
_CREW = "crew/"
#: the server's own broker username; no DJ token can have this name, because slugs have no underscore
SERVER_USER = "pika_server"


class DjAction(StrEnum):
    """What a DJ can ask for through the broker."""

    START = "start"
    PLAY = "play"
    STOP = "stop"
    END = "end"
    ALIVE = "alive"
    HANDOVER = "handover"
    POLL = "poll"
    END_POLL = "end_poll"
    CANCEL_POLL = "cancel_poll"
    ANNOUNCE = "announce"
    CANCEL_ANNOUNCEMENT = "cancel_announcement"


class Access(StrEnum):
    """What a client does with a topic."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class AclRule:
    """One permission. `%u` in the filter stands for the username, as in mosquitto's `pattern` lines."""

    #: the username it is for, or None for every DJ
    user: str | None
    access: Access
    filter: str


ACL: tuple[AclRule, ...] = (
    AclRule(SERVER_USER, Access.READ, f"{ROOT}/#"),
    AclRule(SERVER_USER, Access.WRITE, f"{ROOT}/#"),
    # Each door by name, not `dj/%u/#`: a DJ could keep as many retained messages in the broker as there are topics.
    *(AclRule(None, Access.WRITE, f"{ROOT}/dj/%u/{action.value}") for action in DjAction),
    AclRule(None, Access.READ, f"{ROOT}/dj/%u/reply"),
    AclRule(None, Access.READ, f"{ROOT}/stage/#"),
    # A player's name is no DJ's, so what these give a DJ is a player that there is not.
    AclRule(None, Access.WRITE, f"{ROOT}/player/%u/status"),
    AclRule(None, Access.READ, f"{ROOT}/player/%u/orders"),
    AclRule(None, Access.READ, f"{ROOT}/player/%u/reply"),
)


def of_stage(stage_id: str) -> str:
    """What is told to everybody at a stage, on any way: the key of its audience."""
    return f"stage/{stage_id}"


def of_crew(stage_topic: str) -> str:
    """What is told to the DJ's desk and the wall of a stage, and to no phone."""
    return f"{_CREW}{stage_topic}"


def behind(stage_id: str, lock: str) -> str:
    """What is told to those at a stage who have opened this lock, in the place of what everybody is told.

    Phones only: no topic of a broker is made of it.
    """
    return f"{of_stage(stage_id)}/behind/{lock}"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who a topic is for."""

    #: stage or event
    kind: str
    #: the stage's or event's id
    name: str
    #: the lock that they have opened; empty for everybody
    lock: str = ""


def audience(topic: str) -> Audience:
    """Who a topic of `of_stage`, `behind` or `of_event` is for, or the crew's beside it."""
    kind, name, *rest = topic.removeprefix(_CREW).split("/")
    return Audience(kind, name, rest[1] if rest else "")


def everybody(topic: str) -> str:
    """The topic of all who are there, the crew among them, whichever locks they have opened."""
    found = audience(topic)
    return f"{found.kind}/{found.name}"


def of_event(event_id: str) -> str:
    """What is told to everybody at an event."""
    return f"event/{event_id}"


def stage_topic(stage_id: str, lane: str) -> str:
    """Where the retained state of one lane of a stage is published."""
    return lane_topic(of_stage(stage_id), lane)


def lane_topic(topic: str, lane: str) -> str:
    """Where the retained state of one lane of a stage or an event is published."""
    return f"{ROOT}/{topic}/{lane}"


def dj_topic(name: str, action: DjAction) -> str:
    """Where the DJ `name` asks for `action`."""
    return f"{ROOT}/dj/{name}/{action.value}"


def reply_topic(name: str) -> str:
    """Where the server answers the DJ `name`."""
    return f"{ROOT}/dj/{name}/reply"


def player_topic(handle: str, lane: str) -> str:
    """Where a house player says its `status`, and is told its `orders` or a `reply`."""
    return f"{ROOT}/player/{handle}/{lane}"


def every_player_status() -> str:
    """The filter the server subscribes to."""
    return player_topic("+", "status")


def parse_player_topic(topic: str) -> str | None:
    """The handle of the player that says its status, or None for any other topic."""
    parts = topic.split("/")
    return parts[3] if len(parts) == 5 and parts[3] and topic == player_topic(parts[3], "status") else None


def pulse_topic(ref: str) -> str:
    """Where the box's self-test sends itself a message. No DJ may read or write there."""
    return f"{ROOT}/pulse/{ref}"


def every_dj_action() -> tuple[str, ...]:
    """The filters the server subscribes to."""
    return tuple(f"{ROOT}/dj/+/{action.value}" for action in DjAction)


def parse_dj_topic(topic: str) -> tuple[str, DjAction] | None:
    """The DJ's name and what is asked, or None for any other topic."""
    parts = topic.split("/")
    if len(parts) != 5 or parts[:3] != [*ROOT.split("/"), "dj"] or not parts[3]:
        return None
    try:
        return parts[3], DjAction(parts[4])
    except ValueError:
        return None


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a topic, or a narrower filter, lies within a filter (MQTT 3.1.1 section 4.7).

    Wildcards at the first level do not match topics that begin with `$`.
    """
    wanted, given = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in {"+", "#"}:
        return False
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or given[index] == "#":
            return False
        if level not in {"+", given[index]}:
            return False
    return len(wanted) == len(given)


def may(user: str | None, access: Access, topic: str) -> bool:
    """Whether `user` may read or write `topic`; for a subscription, pass the filter that is asked for.

    A username with a level separator or a wildcard would widen `%u`, so it may nothing.
    """
    if not user or any(char in user for char in "/+#"):
        return False
    return any(
        matches(rule.filter.replace("%u", user), topic)
        for rule in ACL
        if rule.access is access and (rule.user == user if rule.user else user != SERVER_USER)
    )
