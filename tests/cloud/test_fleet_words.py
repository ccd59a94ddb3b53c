"""A box in plain words, and what a box tells that makes no sense."""

import json
from typing import Any

import pytest

from appliance.domain.status import Level
from sync.cloud.fleet import reading, words
from sync.cloud.fleet.live import Stream, words_for
from sync.cloud.fleet.rules import Alarm, Kind, Told
from tests.cloud.test_fleet_rules import DAY, NOW, box


def card(kinds: tuple[str, ...] = (), **other: Any) -> words.Card:
    alarms = [Alarm(kind, "", NOW - 20 * 60_000, NOW) for kind in kinds]
    return words.card(box(**other), alarms, now_ms=NOW)


def test_every_alarm_has_its_words_and_says_what_to_do() -> None:
    for kind in Kind:
        worry = card((kind,)).worries[0]
        assert worry.text.endswith(".")
        assert worry.advice
        assert worry.since == "since 20 min"
    assert card(("of_tomorrow",)).level is Level.ATTENTION


def test_what_needs_a_person_stands_first() -> None:
    last = NOW - DAY
    cards = [
        card(name="quiet", last_seen_ms=last),
        card(name="busy"),
        card(name="gone", released_ms=NOW, last_seen_ms=last),
        card((Kind.CLOCK,), name="clock"),
        card((Kind.DISK, Kind.STUCK), name="stuck"),
    ]
    assert [one.name for one in words.in_order(cards)] == ["stuck", "clock", "busy", "quiet", "gone"]
    assert words.verdict(cards) == (Level.BAD, "1 box needs you")
    assert words.verdict(cards[:4]) == (Level.ATTENTION, "1 box needs a look")
    assert words.verdict(cards[:3]) == (Level.GOOD, "All is well; 1 box is online")
    assert words.verdict(cards[:1])[0] is Level.OFF
    # The worst of several decides, and is told first.
    assert [one.kind for one in cards[4].worries] == [Kind.STUCK, Kind.DISK]


def test_a_box_says_in_words_how_it_is() -> None:
    waits = card()
    assert waits.text == "Online. 12,400 moments wait in it, the oldest for 4 h."
    assert "clock from the network" in waits.facts
    assert waits.level is Level.GOOD
    silent = card(last_seen_ms=NOW - 3 * DAY)
    assert silent.text.startswith("Silent: switched off, or without internet. When last heard: 12,400 moments wait")
    assert silent.facts[0] == "Last heard 3 d ago"
    one = card(told=Told(backlog=1, oldest_wait_s=0, dropped=1, disk_free=3_000_000_000, disk_total=30_000_000_000))
    assert one.text == "Online. 1 moment waits in it."
    assert "3.0 GB of its disk free (10%)" in one.facts
    assert "1 moment given up for want of room" in one.facts
    assert card(last_seen_ms=None).text.startswith("Not heard yet")


@pytest.mark.parametrize(
    "said",
    [None, [], "x", {"backlog": "many", "clock": 5, "disk_free": 1.5}, {"backlog": [1]}, {"backlog": True}],
)
def test_what_makes_no_sense_is_left_out(said: object) -> None:
    assert reading.told(said).backlog is None


def test_what_makes_sense_beside_it_is_kept() -> None:
    told = reading.told({"backlog": 7, "clock": {}, "version": "2", "new_field": 1, "dropped": -5, "disk_total": -1})
    assert (told.backlog, told.clock, told.version) == (7, None, "2")
    assert words.card(box(told=told), [], now_ms=NOW).level is Level.GOOD
    huge = words.card(box(told=Told(backlog=10**30, oldest_wait_s=10**30, uptime_s=10**30)), [], now_ms=NOW)
    assert len(huge.text) < 150


def test_stages_that_make_no_sense_are_none() -> None:
    assert reading.stages_in(json.dumps({"stages": [{"stage": "s", "likes": "x"}]})) == []
    assert reading.stages_in(None) == []
    assert reading.stages_in(json.dumps({"stages": [{"stage": "s"}]}))[0].title == ""


def test_a_page_that_does_not_read_holds_the_newest_of_each_box_and_no_more() -> None:
    stream = Stream()
    for number in range(10_000):
        stream.offer(f"b{number % 3}", b"%d" % number)
    assert sorted(stream._newest.values()) == [b"9997", b"9998", b"9999"]


def test_news_of_many_boxes_go_in_few_words_that_fit() -> None:
    news = [("o" * 20, f"{number:064d}") for number in range(1_000)]
    said = list(words_for(news))
    assert max(map(len, said)) <= 7_000
    assert len(said) < 15
    assert [tuple(pair.split(" ")) for text in said for pair in text.split("\n")] == news
    assert list(words_for([])) == []
