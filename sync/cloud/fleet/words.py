"""A box in plain words: how it is, what to do, and in which order boxes stand. Pure.

What needs a person stands first: what does not work, then what somebody should look at, then boxes at work, then the
silent ones and those that were given up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appliance.domain.models import ClockTrust
from appliance.domain.status import Level
from sync.cloud.fleet.rules import Alarm, BoxNow, Kind

_WORDS: Mapping[str, tuple[Level, str, str]] = {
    Kind.STUCK: (
        Level.BAD,
        "It is online, but nothing of what waits in it arrives.",
        "Look at the box's status page under Cloud. It keeps everything meanwhile.",
    ),
    Kind.TWO_HISTORIES: (
        Level.BAD,
        "Two boxes send as this one: its card or its backup runs twice.",
        "Switch one off for good, or give the box up here and claim each of the two anew.",
    ),
    Kind.REFUSED: (
        Level.BAD,
        "What it sends can't be taken.",
        "Update the box. It keeps everything meanwhile.",
    ),
    Kind.DROPPED: (
        Level.BAD,
        "It gave something up because its disk was full.",
        "Make room on the box, or let it reach the internet more often.",
    ),
    Kind.FORKED: (
        Level.ATTENTION,
        "Its history forked: it was restored or copied. What it told since is kept apart; nothing is lost.",
        "If there are two of it now, give it up and claim each anew.",
    ),
    Kind.REVOKED: (
        Level.ATTENTION,
        "It was given up here and still tries to send.",
        "If it is yours, claim it again; if it was stolen, it gets nothing.",
    ),
    Kind.CLOCK: (
        Level.ATTENTION,
        "It has run for a whole night without knowing what time it is.",
        "Set its clock on its status page; the night then gets its true times.",
    ),
    Kind.DISK: (
        Level.ATTENTION,
        "Its disk is nearly full.",
        "Make room on the box. It gives up old things last.",
    ),
}
_UNKNOWN = (Level.ATTENTION, "Something about this box needs a look.", "")
_ORDER = (Level.BAD, Level.ATTENTION, Level.GOOD, Level.OFF)
_LEVEL_WORDS = {
    Level.BAD: "needs you",
    Level.ATTENTION: "look at it",
    Level.GOOD: "well",
    Level.OFF: "silent",
}
_CLOCKS = {
    ClockTrust.NONE.value: "clock not set",
    ClockTrust.SAVED.value: "clock goes on from when it was last on",
    ClockTrust.GUESTS.value: "clock from guests’ phones",
    ClockTrust.DEVICE.value: "clock set by hand",
    ClockTrust.RTC.value: "clock from its battery",
    ClockTrust.NTP.value: "clock from the network",
}
_MOST = 10**15


def count(number: int, one: str, many: str) -> str:
    """`1 moment`, `12,400 moments`."""
    return f"{number:,} {one if number == 1 else many}"


def span(seconds: float) -> str:
    """How long, roughly: `40 s`, `12 min`, `5 h`, `3 d`."""
    for unit, size in (("d", 172_800), ("h", 7_200), ("min", 120)):
        if seconds >= size:
            return f"{int(seconds // {'d': 86_400, 'h': 3_600, 'min': 60}[unit])} {unit}"
    return f"{max(0, int(seconds))} s"


def ago(since_ms: int, *, now_ms: int) -> str:
    """How long ago."""
    return "just now" if now_ms - since_ms < 60_000 else f"{span((now_ms - since_ms) / 1000)} ago"


def size(number: int) -> str:
    """Bytes, roughly."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"


@dataclass(frozen=True, slots=True)
class Worry:
    """An alarm in words."""

    kind: str
    level: Level
    text: str
    advice: str
    since: str


@dataclass(frozen=True, slots=True)
class Card:
    """One box on the page."""

    box_id: str
    name: str
    level: Level
    #: the level in a word
    word: str
    #: how it is, in one sentence
    text: str
    #: small print
    facts: Sequence[str]
    worries: Sequence[Worry]
    is_given_up: bool


def worry(alarm: Alarm, *, now_ms: int) -> Worry:
    """An alarm for people."""
    level, text, advice = _WORDS.get(alarm.kind, _UNKNOWN)
    return Worry(alarm.kind, level, text, advice, f"since {span((now_ms - alarm.raised_ms) / 1000)}")


def _waits(box: BoxNow) -> str:
    backlog = min(box.told.backlog or 0, _MOST)
    if not backlog:
        return ""
    wait_s = box.told.oldest_wait_s
    oldest = f", the oldest for {span(wait_s)}" if wait_s else ""
    return f"{count(backlog, 'moment waits', 'moments wait')} in it{oldest}"


def _text(box: BoxNow, *, now_ms: int) -> str:
    if box.released_ms is not None:
        return "Given up. What it sent stays here."
    if box.last_seen_ms is None:
        return "Not heard yet. It comes by itself when it has internet."
    waits = _waits(box)
    if box.is_heard(now_ms):
        return f"Online. {waits}." if waits else "Online, and everything it told is here."
    return (
        f"Silent: switched off, or without internet. When last heard: {waits}."
        if waits
        else (
            "Silent: switched off, or without internet. Everything it told is here."
            if box.told_ms is not None
            else "Silent: switched off, or without internet."
        )
    )


def _facts(box: BoxNow, *, now_ms: int) -> list[str]:
    found = []
    if box.last_seen_ms is not None:
        found.append(f"Last heard {ago(box.last_seen_ms, now_ms=now_ms)}")
    if box.last_progress_ms is not None:
        found.append(f"last brought something {ago(box.last_progress_ms, now_ms=now_ms)}")
    told = box.told
    if told.clock in _CLOCKS:
        found.append(_CLOCKS[told.clock])
    if told.room is not None and told.disk_free is not None:
        found.append(f"{size(told.disk_free)} of its disk free ({told.room:.0%})")
    if told.dropped:
        found.append(f"{count(min(told.dropped, _MOST), 'moment', 'moments')} given up for want of room")
    if told.uptime_s is not None and box.is_heard(now_ms):
        found.append(f"runs for {span(told.uptime_s)}")
    return found


def card(box: BoxNow, alarms: Sequence[Alarm], *, now_ms: int) -> Card:
    """A box for people."""
    worries = sorted((worry(one, now_ms=now_ms) for one in alarms), key=lambda one: _ORDER.index(one.level))
    if worries:
        level = worries[0].level
    else:
        level = Level.GOOD if box.is_heard(now_ms) and box.released_ms is None else Level.OFF
    word = "given up" if box.released_ms is not None and not worries else _LEVEL_WORDS[level]
    return Card(
        box_id=box.box_id,
        name=box.name,
        level=level,
        word=word,
        text=_text(box, now_ms=now_ms),
        facts=_facts(box, now_ms=now_ms),
        worries=worries,
        is_given_up=box.released_ms is not None,
    )


def in_order(cards: Sequence[Card]) -> list[Card]:
    """What needs a person first; boxes that were given up last."""
    return sorted(cards, key=lambda one: (_ORDER.index(one.level), one.is_given_up, one.name.casefold(), one.box_id))


def verdict(cards: Sequence[Card]) -> tuple[Level, str]:
    """One sentence for all boxes."""
    bad = sum(one.level is Level.BAD for one in cards)
    looks = sum(one.level is Level.ATTENTION for one in cards)
    if bad:
        return Level.BAD, f"{count(bad, 'box needs', 'boxes need')} you"
    if looks:
        return Level.ATTENTION, f"{count(looks, 'box needs', 'boxes need')} a look"
    heard = sum(one.level is Level.GOOD for one in cards)
    if heard:
        return Level.GOOD, f"All is well; {count(heard, 'box is', 'boxes are')} online"
    return Level.OFF, "All is quiet: no box is online" if cards else "No box yet"


def over(row: Mapping[str, Any], *, now_ms: int) -> tuple[str, str]:
    """An alarm that is over: of which box, and in words."""
    text = _WORDS.get(row["kind"], _UNKNOWN)[1]
    took = span((row["cleared_ms"] - row["raised_ms"]) / 1000)
    return row["name"], f"{text} Over {ago(row['cleared_ms'], now_ms=now_ms)}, after {took}."
