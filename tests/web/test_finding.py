"""Looking a track up among what an event has heard, and playing it again."""

from tests.support.visitors import Visitor
from tests.web.answers import problem
from tests.web.conftest import Floor
from tests.web.html import opened


def desk_of(floor: Floor) -> Visitor:
    """The DJ's browser."""
    browser = floor.box.visitor()
    assert browser.post("/dj/login", form={"token": floor.dj.token or ""}).status == 303
    return browser


def test_a_track_is_found_and_typed_in_without_a_script(floor: Floor) -> None:
    title = f"Nachtflug & {floor.session}"
    floor.play(title, artist="Ä # Band", bpm=125.5, key="8A")
    browser = desk_of(floor)
    [search] = opened(browser, "/dj").all("form", role="search")
    page = opened(browser, f"{search.attributes['action']}?q=band+nachtflug+{floor.session}")
    [way] = [link for link in page.all("a") if link.attributes["href"].startswith("/dj?")]
    back = opened(browser, way.attributes["href"].partition("#")[0])
    typed = back.form("/dj/play").fields
    assert [typed[name] for name in ("title", "artist", "bpm", "key")] == [title, "Ä # Band", "125.5", "8A"]


def test_a_search_that_finds_nothing_and_one_that_is_too_long_are_answered(floor: Floor) -> None:
    event = desk_of(floor).get("/dj", headers={"Accept": "text/html"}).text.partition("/dj/heard/")[2].partition('"')[0]
    address = f"/api/v1/events/{event}/heard"
    assert floor.dj.get(f"{address}?q=zzqqyyxx").json == {"heard": []}
    assert floor.dj.get(f"{address}?q=%00%F0%9F%92%83'%3B--").json == {"heard": []}
    problem(floor.dj.get(f"{address}?q={'x' * 201}"), 422, "search_too_long")
    assert "Nothing like that" in opened(desk_of(floor), f"/dj/heard/{event}?q={'x' * 999}").text


def test_a_set_behind_a_pin_is_found_by_who_runs_the_event_and_by_no_other_dj(floor: Floor) -> None:
    title, box = f"Qwzx {floor.session}", floor.box
    floor.play(title)
    assert floor.dj.ask("PUT", f"/api/v1/sessions/{floor.session}/pin", json_body={"pin": "042042"}).status == 200
    event = floor.now()["stage"]["event"]
    addresses = [f"/api/v1/events/{event}/heard{asked}" for asked in ("", f"?q={title.replace(' ', '+')}")]
    stranger = box.person("organiser", f"Oskar {floor.session}")
    for address in addresses:
        assert title in box.staff().get(address).text
        for other in (box.dj(f"Nosy {floor.session}"), stranger):
            answer = other.get(address)
            assert (answer.status, title in answer.text) == (200, False)
        problem(box.visitor().get(address), 401, "login_missing")
    page = f"/dj/heard/{event}"
    staff, nosy = box.visitor(), box.visitor()
    staff.cookies["pika_staff"] = box.staff().token or ""
    assert nosy.post("/dj/login", form={"token": box.dj(f"Nosier {floor.session}").token or ""}).status == 303
    shown = opened(staff, page)
    assert title in shown.text
    assert not [link for link in shown.all("a") if link.attributes["href"].startswith("/dj?")]
    assert title not in opened(nosy, page).text


def test_what_an_address_types_in_is_shown_as_text_and_cut(floor: Floor) -> None:
    page = opened(desk_of(floor), f"/dj?title=%3Cb%3E%22{'x' * 900}&bpm=%22%3E")
    typed = page.form("/dj/play").fields
    assert typed["title"].startswith('<b>"xxx')
    assert len(typed["title"]) == 500
    assert typed["bpm"] == '">'
