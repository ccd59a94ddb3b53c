"""My likes, night by night: over all events of this phone, in their own time, to search, remove and take along."""

import asyncio
import csv
import io
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from appliance.web.words import LANGUAGES
from tests.support.places import event_with_stage
from tests.support.visitors import Visitor
from tests.web.html import Page, opened
from tests.web.served import Served, serving
from tests.web.test_clock import NOW_MS, Y1970, Turned

HOUR = 3_600_000
FORMULA = '=HYPERLINK("http://x.example","y")'


@dataclass
class Evening:
    """A box whose clock a test turns, and a phone that likes what is played."""

    box: Served
    clock: Turned
    phone: Visitor
    dj: Visitor

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Runs something on the server's own loop."""
        return asyncio.run_coroutine_threadsafe(what, self.box.loop).result(10)

    def liked(self, title: str, *, artist: str = "The Tests", stage: str = "main-floor", at_ms: int = NOW_MS) -> str:
        """A track that was played at that time and is liked."""
        self.clock.wall_ms = at_ms
        session = self.dj.post(f"/api/v1/stages/{stage}/sessions").json["session"]["id"]
        track = {"title": title, "artist": artist, "bpm": 124.5, "key": "Am"}
        play: str = self.dj.post(f"/api/v1/sessions/{session}/plays", json_body=track).json["play"]["play"]
        self.phone.get(f"/s/{stage}", headers={"Accept": "text/html"})
        assert self.phone.ask("PUT", f"/api/v1/plays/{play}/like").status == 200
        return play

    def page(self, query: str = "", *, language: str = "en") -> Page:
        answer = self.phone.get(f"/likes{query}", headers={"Accept": "text/html", "Accept-Language": language})
        assert answer.status == 200, answer.text
        return Page(answer)

    def nights(self, query: str = "") -> list[tuple[str, list[str]]]:
        """The heads of the page's nights, each with its titles."""
        found = []
        for section in self.page(query).all("section", class_="night"):
            [head] = [one.text for one in section.inside if one.tag == "h2"]
            titles = [one.text for one in section.inside if one.attributes.get("class") == "row-title"]
            found.append((" ".join(head.split()), titles))
        return found


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    clock = Turned(NOW_MS, from_network=True)
    with serving(tmp_path, change=clock, options={"cloud": {"url": "https://cloud.example.org"}}) as box:
        [state] = box.site.board.events()
        vienna = replace(state.event, zone="Europe/Vienna", name="Ball")
        box.site.board._events[vienna.id] = replace(state, event=vienna)
        yield Evening(box, clock, box.visitor(), box.dj())


def test_a_night_reaches_into_the_morning_by_the_events_own_clock(evening: Evening) -> None:
    # NOW_MS is 19:40 in Vienna, on 20 November.
    evening.liked("Evening")
    evening.liked("Small hours", at_ms=NOW_MS + 9 * HOUR)
    evening.liked("Next noon", at_ms=NOW_MS + 17 * HOUR)
    assert evening.nights() == [
        ("Ball November 21, 2026", ["Next noon"]),
        ("Ball November 20, 2026", ["Small hours", "Evening"]),
    ]
    times = [one.text for one in evening.page().all("time")]
    assert times == ["12:40", "04:40", "19:40"]


def test_all_events_of_this_phone_come_together_and_another_phone_sees_none(evening: Evening) -> None:
    evening.liked("Here")
    ports = evening.box.site.ports
    garden = evening.do(event_with_stage(ports, "Festival", stage="Garden"))
    evening.box.dj()  # a token is a yes for the events that are going on by now
    evening.liked("There", stage="garden")
    assert sorted(evening.nights()) == [
        ("Ball November 20, 2026", ["Here"]),
        ("Festival November 20, 2026", ["There"]),
    ]
    keeps = [form.fields["event"] for form in evening.page().forms("/keep")]
    assert garden.event_id in keeps
    assert len(set(keeps)) == 2
    assert "Nothing liked yet" in opened(evening.box.visitor(), "/likes").text


def test_what_was_heard_before_the_clock_was_set_is_listed_without_a_date(tmp_path: Path) -> None:
    clock = Turned(Y1970)
    with serving(tmp_path, change=clock) as box:
        evening = Evening(box, clock, box.visitor(), box.dj())
        evening.liked("Lost in time", at_ms=Y1970)
        [(head, titles)] = evening.nights()
        assert (head.endswith("date unknown"), titles) == (True, ["Lost in time"])
        assert list(evening.page().all("time")) == []
        [_, row] = list(csv.reader(io.StringIO(evening.phone.get("/likes.csv").text)))
        assert row[1:4] == ["", "", "Lost in time"]


def test_it_is_searched_without_accents_and_case_in_all_that_is_said(evening: Evening) -> None:
    evening.liked("Rusalka", artist="Antonín Dvořák")
    evening.liked("Take Five", artist="Dave Brubeck")
    for words, titles in (
        ("dvorak", ["Rusalka"]),
        ("BRUBECK take", ["Take Five"]),
        ("anna ball", ["Take Five", "Rusalka"]),
    ):
        [(_, found)] = evening.nights(f"?q={words.replace(' ', '+')}")
        assert found == titles, words
    page = evening.page("?q=%3Cb%3Enothing")
    assert "Nothing found" in page.text
    assert page.one("input", name="q").attributes["value"] == "<b>nothing"


def test_one_is_removed_and_the_search_stays(evening: Evening) -> None:
    evening.liked("Stays")
    evening.liked("Goes")
    [form] = evening.page("?q=goes").forms("/likes")
    sent = form.send(evening.phone)
    assert (sent.status, sent.headers["location"]) == (303, "/likes?q=goes")
    assert "Nothing found" in evening.page("?q=goes").text
    assert [titles for _, titles in evening.nights()] == [["Stays"]]


def test_the_table_opens_in_a_spreadsheet_and_runs_nothing(evening: Evening) -> None:
    evening.liked(FORMULA, artist='+Łąki, "and" more')
    answer = evening.phone.get("/likes.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="my-likes.csv"'
    assert answer.body.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert head == ["event", "night", "time", "title", "artist", "dj", "stage", "bpm", "key"]
    stage = "Main Floor"
    assert row == ["Ball", "2026-11-20", "19:40", f"'{FORMULA}", '\'+Łąki, "and" more', "DJ Anna", stage, "124.5", "Am"]


def test_the_playlist_has_a_name_and_a_place_for_each_and_no_title_breaks_it(evening: Evening) -> None:
    evening.liked("#EXTINF:-1,fake", artist="#AC/DC\\x")
    evening.liked("Take Five", artist="Dave Brubeck")
    answer = evening.phone.get("/likes.m3u8")
    assert answer.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    head, *lines = answer.text.splitlines()
    assert head == "#EXTM3U"
    assert lines[:2] == ["#EXTINF:-1,Dave Brubeck - Take Five", "Dave Brubeck - Take Five.mp3"]
    assert lines[2:] == ["#EXTINF:-1,#AC/DC\\x - #EXTINF:-1,fake", "AC_DC_x - #EXTINF:-1,fake.mp3"]


def test_the_text_to_share_is_in_the_page_without_a_script(evening: Evening) -> None:
    evening.liked("Take Five", artist="Dave Brubeck")
    [shared] = [one for one in evening.page().elements if "data-copy" in one.attributes]
    assert shared.text == "What I liked on the dance floor:\n♥ Dave Brubeck - Take Five"


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_every_language(evening: Evening, language: str) -> None:
    for number in range(5):
        evening.liked(f"Track {number}")
    words = evening.box.site.pages.words
    page = evening.page(language=language)
    assert words.text(language, "likes.count", n=5) in page.text
    assert words.text(language, "likes.title") in page.text
    assert words.day(language, NOW_MS) in page.text


def test_files_are_for_phones_that_the_box_knows(evening: Evening) -> None:
    for path in ("/likes.csv", "/likes.m3u8"):
        assert evening.box.visitor().get(path).status == 401
