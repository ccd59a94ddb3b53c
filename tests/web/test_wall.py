"""The wall screen: what stands on it, who sees the Wi-Fi's code there, and how it learns of a new page."""

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from appliance import qr, venue
from appliance.domain import zones
from appliance.venue import NetworkSection
from appliance.web import wall
from appliance.web.site import Site
from tests.support.codes import photographed
from tests.support.visitors import Visitor
from tests.web.html import Page, opened
from tests.web.phone import Phone
from tests.web.raw import Raw
from tests.web.served import Served, serving
from tests.web.test_clock import NOW_MS, Y1970, Turned

_HTML = {"Accept": "text/html"}
_SETTINGS = {
    "http": {"public_url": "http://192.168.4.1:8080"},
    "wifi": {"ssid": "Venue", "passphrase": "dance all night"},
}
_WIFI_CODE = qr.svg("WIFI:T:WPA;S:Venue;P:dance all night;;").decode().strip()
_ADDRESS_CODE = qr.svg("http://192.168.4.1:8080/s/main-floor").decode().strip()


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("wall"), options=_SETTINGS) as served:
        yield served


def about(visitor: Visitor, query: str = "") -> dict[str, object]:
    answer = visitor.get(f"/screen/main-floor/about{query}")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    told: dict[str, object] = answer.json
    return told


def version_on(visitor: Visitor, query: str = "") -> str:
    [screen] = opened(visitor, f"/screen/main-floor{query}").all("div", class_="screen")
    return screen.attributes["data-version"]


def test_it_shows_what_is_on_and_what_was(tmp_path: Path) -> None:
    with serving(tmp_path, options=_SETTINGS) as box:
        dj = box.dj()
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        for title in ("One", "Two", "Three", "Four"):
            dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": title, "artist": "The Tests"})
        page = opened(box.visitor(), "/screen/main-floor")
        assert (page.says("title"), page.says("artist"), page.says("session-dj")) == ("Four", "The Tests", "DJ Anna")
        rows = [element.text for element in page.all("span", class_="row-title")]
        assert rows == ["Three", "Two"]


def test_the_plan_and_the_last_song_stand_there_without_a_script(tmp_path: Path) -> None:
    with serving(tmp_path, options=_SETTINGS, change=Turned(NOW_MS, from_network=True)) as box:
        dj, staff = box.dj(), box.staff()
        [event] = staff.get("/api/v1/me/events").json["events"]
        slots = f"/api/v1/events/{event['event']}/slots"
        at = datetime.fromtimestamp(NOW_MS / 1000, zones.zone(event.get("zone", "UTC")))
        times = [(at + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M") for minutes in (-30, 30, 90)]
        for begins, ends, title in zip(times, times[1:], ("Slow hour", "Fast hour"), strict=False):
            slot = {"stage": "main-floor", "begins": begins, "ends": ends, "title": title}
            assert staff.post(slots, json_body=slot).status == 201
        page = opened(box.visitor(), "/screen/main-floor")
        assert page.says("plan-now") == f"Slow hour until {times[1][11:]}"
        assert page.says("plan-next") == f"{times[1][11:]} Fast hour"
        assert "hidden" in page.one("p", class_="closing").attributes
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "Last", "artist": "The Tests"})
        for songs, words in ((0, "This is the last song"), (2, "2 more songs")):
            said = dj.ask("PUT", f"/api/v1/sessions/{session}/closing", json_body={"songs": songs})
            assert said.status == 200, said.text
            page = opened(box.visitor(), "/screen/main-floor")
            assert page.says("closing-words") == words
            assert "hidden" not in page.one("p", class_="closing").attributes
        # Behind a PIN nobody outside learns how far the set is.
        assert dj.ask("PUT", f"/api/v1/sessions/{session}/pin", json_body={}).status == 200
        assert opened(box.visitor(), "/screen/main-floor").says("closing-words") == ""


def test_without_a_stage_it_is_the_only_one_and_else_a_choice(tmp_path: Path) -> None:
    with serving(tmp_path, options=_SETTINGS) as box:
        found = box.visitor().get("/screen?safe=1&lang=de&other=x", headers=_HTML)
        assert (found.status, found.headers["location"]) == (303, "/screen/main-floor?lang=de&safe=1")
        assert box.staff().post("/api/v1/stages", json_body={"name": "Garden"}).status == 201
        page = opened(box.visitor(), "/screen?safe=1")
        links = [link.attributes["href"] for link in page.all("a", class_="card")]
        assert links == ["/screen/main-floor?safe=1", "/screen/garden?safe=1"]
        assert box.visitor().get("/screen/cellar", headers=_HTML).status == 404


def test_no_stage_takes_the_place_of_the_box_s_own_screen(tmp_path: Path) -> None:
    with serving(tmp_path, options=_SETTINGS) as box:
        made = box.staff().post("/api/v1/stages", json_body={"name": "Status"})
        assert (made.json["id"], made.json["name"]) == ("status-2", "Status")
        assert opened(box.visitor(), "/screen/status-2").one("h1").text == "Status"
        assert "data-wall" not in box.visitor().get("/screen/status", headers=_HTML).text


def test_the_wi_fi_is_on_walls_that_staff_opened_and_on_no_other(box: Served) -> None:
    stranger = box.visitor().get("/screen/main-floor", headers=_HTML)
    assert _ADDRESS_CODE in stranger.text
    assert "<bdi>Venue</bdi>" not in stranger.text
    assert _WIFI_CODE not in stranger.text
    assert _WIFI_CODE in box.staff().get("/screen/main-floor", headers=_HTML).text
    staff_page = Page(box.staff().get("/staff", headers=_HTML))
    [link] = [one.attributes["href"] for one in staff_page.all("a") if "/screen/main-floor" in one.attributes["href"]]
    assert _WIFI_CODE in box.visitor().get(link, headers=_HTML).text
    assert _WIFI_CODE not in box.visitor().get(link[:-1] + "x", headers=_HTML).text
    assert "dance all night" not in box.visitor().get(link, headers=_HTML).text


@pytest.mark.parametrize(("address", "is_shown"), [("127.0.0.1/8", True), ("10.42.0.1/22", False)])
def test_whoever_is_in_the_boxs_own_network_knows_its_password_already(
    address: str, is_shown: bool, tmp_path: Path
) -> None:
    def own(site: Site) -> Site:
        network = NetworkSection(topology=venue.Topology.ETHERNET, address=address)
        return replace(site, settings=replace(site.settings, network=network))

    with serving(tmp_path, options=_SETTINGS, change=own) as box:
        assert (_WIFI_CODE in box.visitor().get("/screen/main-floor", headers=_HTML).text) is is_shown


def test_the_venues_wi_fi_is_shown_when_staff_had_it_kept(tmp_path: Path) -> None:
    with serving(tmp_path, options={"http": _SETTINGS["http"]}) as box:
        staff = box.staff()
        form = {"paper": "a4", "wifi": "venue", "ssid": "Haus", "passphrase": "tango tango", "keep": "yes"}
        assert staff.post("/poster/main-floor/pdf", form=form, headers=_HTML).status == 200
        wanted = qr.svg("WIFI:T:WPA;S:Haus;P:tango tango;;").decode().strip()
        assert wanted in staff.get("/screen/main-floor", headers=_HTML).text
        assert wanted not in box.visitor().get("/screen/main-floor", headers=_HTML).text


def test_it_learns_of_a_new_page_and_only_then(box: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for query in ("", "?lang=hu", "?safe=1", f"?key={wall.key_of(box.site)}"):
        assert about(box.visitor(), query)["version"] == version_on(box.visitor(), query)
    before = about(box.visitor())["version"]
    assert about(box.visitor())["version"] == before
    assert about(box.visitor(), f"?key={wall.key_of(box.site)}")["version"] != before
    monkeypatch.setattr(wall, "static_mark", lambda: "another")
    assert about(box.visitor())["version"] != before


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("UTC", "18:40"), ("Europe/Vienna", "19:40"), ("Asia/Kathmandu", "00:25"), ("America/Lima", "13:40")],
)
def test_its_clock_shows_the_events_time(zone: str, shown: str, tmp_path: Path) -> None:
    with serving(tmp_path, options=_SETTINGS, change=Turned(NOW_MS, from_network=True)) as box:
        [state] = box.site.board.events()
        box.site.board._events[state.event.id] = replace(state, event=replace(state.event, zone=zone))
        minutes = int(str(about(box.visitor())["clock_ms"])) // 60_000
        assert f"{minutes // 60 % 24:02}:{minutes % 60:02}" == shown


def test_it_shows_no_time_while_the_box_does_not_know_any(tmp_path: Path) -> None:
    with serving(tmp_path, options=_SETTINGS, change=Turned(Y1970)) as box:
        assert "clock_ms" not in about(box.visitor())
        assert box.staff().ask("PUT", "/api/v1/clock", json_body={"wall_ms": NOW_MS}).status in {200, 204}
        assert "clock_ms" in about(box.visitor())


def test_a_wall_is_no_listener(box: Served) -> None:
    [screen] = opened(box.visitor(), "/screen/main-floor").all("div", class_="screen")
    stream = screen.attributes["data-stream"]
    assert re.fullmatch(r"/api/v1/stages/main-floor/stream\?last=[\w-]+&as=wall", stream)
    phone = Phone(box.port, "main-floor", query="as=wall")
    assert phone.next("state").data["listeners"] == 0
    assert box.visitor().get("/api/v1/stages/main-floor/now").json["listeners"] == 0


def test_a_set_behind_a_pin_never_shows_its_titles_whatever_was_typed_on_that_machine(tmp_path: Path) -> None:
    with serving(tmp_path, options=_SETTINGS) as box:
        dj, tv = box.dj(), box.visitor()
        started = dj.post("/api/v1/stages/main-floor/sessions", json_body={"pin": "123456"}).json["session"]["id"]
        for title in ("Hidden before", "Hidden now"):
            dj.post(f"/api/v1/sessions/{started}/plays", json_body={"title": title, "artist": "The Tests"})
        assert tv.get("/s/main-floor", headers=_HTML).status == 200
        assert tv.post("/api/v1/stages/main-floor/pin", json_body={"pin": "123456"}).status == 204
        assert "Hidden now" in tv.get("/s/main-floor", headers=_HTML).text
        page = tv.get("/screen/main-floor", headers=_HTML)
        assert "A private set" in page.text
        base = "/api/v1/stages/main-floor"
        for answer in (page, tv.get(f"{base}/now?as=wall"), tv.get(f"{base}/history?limit=5&as=wall")):
            assert answer.status == 200
            assert "Hidden" not in answer.text
        cookies = "; ".join(f"{name}={value}" for name, value in tv.cookies.items())
        with Raw(box.port) as stream:
            stream.ask("GET", f"{base}/stream?as=wall", f"Cookie: {cookies}")
            first = stream.until(b"event: event") + stream.received
        assert b"DJ Anna" in first
        assert b"Hidden" not in first


def test_the_events_picture_and_colour_are_on_wall_and_poster(tmp_path: Path) -> None:
    with serving(tmp_path, options=_SETTINGS) as box:
        staff = box.staff()
        [state] = box.site.board.events()
        before = version_on(box.visitor())
        body = {"content": base64.b64encode(_picture()).decode()}
        assert staff.ask("PUT", f"/api/v1/events/{state.event.id}/logo", json_body=body).status in {200, 204}
        page = opened(box.visitor(), "/screen/main-floor")
        [picture] = page.all("img", class_="screen-logo")
        assert box.visitor().get(picture.attributes["src"]).status == 200
        assert about(box.visitor())["version"] not in {before}
        form = {"paper": "a4", "wifi": "none"}
        drawn = staff.post("/poster/main-floor/pdf", form=form, headers=_HTML).body
        with Image.open(photographed(drawn, tmp_path)) as sheet:
            red, green, _ = sheet.convert("RGB").getpixel((sheet.width // 2, sheet.height * 20 // 297))  # type: ignore[misc]
        assert (red > 180, green < 30) == (True, True)


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 100), (200, 0, 90)).save(out, "PNG")
    return out.getvalue()
