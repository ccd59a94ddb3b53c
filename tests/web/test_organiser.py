"""The organisers' pages without a script: every act, and what is typed stays when it is refused."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image

from tests.support.visitors import Answer, Visitor
from tests.web.answers import nothing_stored
from tests.web.html import Page, opened
from tests.web.served import Served, serving


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def made(olga: Visitor, name: str = "Autumn Ball", *, stage: str | None = "Hall") -> str:
    """An event's page; it has a stage."""
    answer = opened(olga, "/organiser").form("/organiser/events").send(olga, name=name)
    assert answer.status == 303, answer.text
    address: str = answer.headers["location"]
    if stage is not None:
        assert opened(olga, address).form(f"{address}/stages").send(olga, stage_name=stage).status == 303
    return address


def refused(answer: Answer, status: int, words: str) -> Page:
    """The page with what went wrong."""
    assert answer.status == status, answer.text
    page = Page(answer)
    assert words in page.one("div", role="alert").text
    return page


def test_an_event_is_made_described_published_and_ended_by_forms(box: Served) -> None:
    olga = box.organiser()
    address = made(olga)
    page = opened(olga, address)
    assert page.one("h1").text == "Autumn Ball"
    assert "Draft: nobody else sees it" in page.text
    answer = page.form(f"{address}/describe").send(
        olga, name="Great Ball", zone="Europe/Budapest", starts="2026-11-20T21:00", ends="2026-11-21T05:00",
        capacity="900",
    )  # fmt: skip
    assert (answer.status, answer.headers["location"]) == (303, f"{address}#about")
    page = opened(olga, address)
    assert page.form(f"{address}/describe").fields == {
        "name": "Great Ball", "starts": "2026-11-20T21:00", "ends": "2026-11-21T05:00", "zone": "Europe/Budapest",
        "capacity": "900",
    }  # fmt: skip
    assert page.form(f"{address}/publish").send(olga).status == 303
    page = opened(olga, address)
    assert "Going on: dancers find it" in page.text
    assert "of 900" in page.text
    assert "Great Ball" in opened(olga, "/organiser").text
    assert page.form(f"{address}/end").send(olga).status == 303
    assert opened(olga, address).form(f"{address}/publish").send(olga).status == 303


def test_what_was_typed_stays_when_it_is_refused(box: Served) -> None:
    olga = box.organiser()
    too_long = "x" * 101
    page = refused(
        opened(olga, "/organiser").form("/organiser/events").send(olga, name=too_long), 422, "101 characters"
    )
    assert page.form("/organiser/events").fields["name"] == too_long
    address = made(olga)
    with nothing_stored(box.visitor()):
        form = opened(olga, address).form(f"{address}/describe")
        typed = {"starts": "2026-11-20T21:00", "ends": "2026-11-20T20:00", "zone": "UTC", "capacity": "7"}
        page = refused(form.send(olga, name="Other", **typed), 422, "ends before it starts")
        assert page.form(f"{address}/describe").fields == {"name": "Other", **typed}
        page = refused(form.send(olga, zone="Mars/Base"), 422, "no such time zone")
        assert page.form(f"{address}/describe").fields["zone"] == "Mars/Base"
        for capacity in ("many", "1.5", "-1", "0", "100001", "９"):
            page = refused(form.send(olga, capacity=capacity), 422, "capacity")
            assert page.form(f"{address}/describe").fields["capacity"] == capacity
        stages = opened(olga, address).form(f"{address}/stages")
        page = refused(stages.send(olga, stage_name="hall", stage_capacity="5"), 409, "address already")
        assert page.form(f"{address}/stages").fields == {"stage_name": "hall", "stage_capacity": "5"}
        edit = opened(olga, address).form(f"{address}/stages/edit", stage="hall")
        page = refused(edit.send(olga, new_name="", new_capacity="6"), 422, "no character that can be seen")
        edited = page.form(f"{address}/stages/edit", stage="hall")
        assert (edited.fields["new_name"], edited.fields["new_capacity"]) == ("", "6")
        assert page.form(f"{address}/describe").fields["name"] == "Autumn Ball"


def test_stages_are_paused_closed_opened_moved_and_named_by_forms(box: Served) -> None:
    olga = box.organiser()
    address = made(olga)

    def page() -> Page:
        return opened(olga, address)

    page().form(f"{address}/stages").send(olga, stage_name="Garden", stage_capacity="80")
    page().form(f"{address}/publish").send(olga)
    for doors, words in (("paused", "A break"), ("closed", "Closed"), ("open", "Open")):
        sent = olga.post(f"{address}/stages/doors", form={"stage": "garden", "doors": doors})
        assert (sent.status, sent.headers["location"]) == (303, f"{address}#stages")
        row = page().one("li", data_stage="garden")
        assert next(one for one in row.inside if "data-doors" in one.attributes).text == words
    assert olga.post(f"{address}/stages/move", form={"stage": "garden", "to": "up"}).status == 303
    assert [row.attributes["data-stage"] for row in page().all("li") if "data-stage" in row.attributes] == [
        "garden", "hall"
    ]  # fmt: skip
    form = page().form(f"{address}/stages/edit", stage="hall")
    assert form.send(olga, new_name="Great Hall", new_capacity="300").status == 303
    row = page().one("li", data_stage="hall")
    assert "Great Hall" in row.text
    assert "0 of 300 phones" in row.text
    assert {"/s/hall", "/poster/hall"} <= {link.attributes["href"] for link in page().all("a")}
    with nothing_stored(box.visitor()):
        for path, fields, status in (
            ("doors", {"stage": "garden", "doors": "ajar"}, 422),
            ("doors", {"stage": "main-floor", "doors": "closed"}, 403),
            ("doors", {"stage": "nowhere", "doors": "closed"}, 404),
            ("move", {"stage": "garden", "to": "away"}, 422),
            ("edit", {"stage": "main-floor", "new_name": "Mine"}, 403),
        ):
            assert olga.post(f"{address}/stages/{path}", form=fields).status == status


def test_who_plays_is_chosen_from_those_whom_the_box_knows(box: Served) -> None:
    olga = box.organiser()
    box.dj("DJ Anna")
    address = made(olga)
    page = opened(olga, address)
    [anna] = olga.get("/api/v1/djs").json["djs"]
    assert page.one("option", value=anna["id"]).text == "DJ Anna"
    assert olga.post(f"{address}/djs", form={"dj": anna["id"]}).status == 303
    page = opened(olga, address)
    remove = page.form(f"{address}/djs/remove")
    assert remove.fields == {"dj": anna["id"]}
    assert remove.send(olga).status == 303
    assert not opened(olga, address).forms(f"{address}/djs/remove")
    assert olga.post(f"{address}/djs", form={"dj": "nobody"}).status == 404


def test_a_colour_that_can_not_be_read_is_refused_with_one_to_take_instead(box: Served) -> None:
    olga = box.organiser()
    address = made(olga)
    answer = opened(olga, address).form(f"{address}/colour").send(olga, accent="#0000ff")
    page = refused(answer, 422, "can't be read in a dark hall")
    assert page.form(f"{address}/colour").fields["accent"] == "#0000ff"
    [offer] = page.all("button", name="offered")
    taken = olga.post(f"{address}/colour", form={"accent": "#0000ff", "offered": offer.attributes["value"]})
    assert taken.status == 303
    page = opened(olga, address)
    assert page.form(f"{address}/colour").fields["accent"] == offer.attributes["value"]
    sheets = [link.attributes["href"] for link in page.all("link", rel="stylesheet")]
    style = box.visitor().get(sheets[-1])
    assert (style.status, "immutable" in style.headers["cache-control"]) == (200, True)
    assert f"--rose: {offer.attributes['value']};" in style.text


def as_form(content: bytes, *, name: str = "logo.png") -> dict[str, Any]:
    head = f'--edge\r\nContent-Disposition: form-data; name="logo"; filename="{name}"\r\n\r\n'.encode()
    return {
        "body": head + content + b"\r\n--edge--\r\n",
        "headers": {"Content-Type": "multipart/form-data; boundary=edge", "Accept": "text/html"},
    }


def test_a_picture_is_sent_as_a_file_and_taken_away_again(box: Served) -> None:
    olga = box.organiser()
    address = made(olga)
    written = io.BytesIO()
    Image.new("RGB", (90, 60), "orange").save(written, "JPEG")
    answer = olga.post(f"{address}/logo", **as_form(written.getvalue()))
    assert (answer.status, answer.headers["location"]) == (303, f"{address}#look")
    picture = opened(olga, address).one("img").attributes["src"]
    assert box.visitor().get(picture).headers["content-type"] in {"image/png", "image/jpeg"}
    with nothing_stored(box.visitor()):
        refused(olga.post(f"{address}/logo", **as_form(b"<svg onload='alert(1)'/>", name="x.svg")), 422, "no PNG")
        refused(olga.post(f"{address}/logo", **as_form(b"")), 422, "no picture")
        refused(olga.post(f"{address}/logo", form={"logo": "x"}), 400, "holds no file")
    assert opened(olga, address).one("img").attributes["src"] == picture
    assert opened(olga, address).form(f"{address}/logo/forget").send(olga).status == 303
    assert not list(opened(olga, address).all("img"))


def test_the_pages_are_for_organisers_and_each_for_those_of_the_event(box: Served) -> None:
    olga, otto, nobody = box.organiser("Olga"), box.organiser("Otto"), box.visitor()
    address, anna = made(olga), box.dj()
    for page in ("/organiser", address):
        answer = nobody.get(page, headers={"Accept": "text/html"})
        assert (answer.status, answer.headers["location"]) == (303, f"/login?{urlencode({'next': page})}")
    with nothing_stored(box.visitor()):
        assert otto.get(address).status == 403
        for form in ("describe", "colour", "publish", "end", "stages", "stages/doors", "djs", "logo", "logo/forget"):
            assert otto.post(f"{address}/{form}", form={}).status == 403
            assert nobody.post(f"{address}/{form}", form={}).status == 401
        assert otto.get("/organiser/events/nowhere").status == 404
        assert anna.get("/organiser", headers={"Accept": "text/html"}).status == 303
    assert "Autumn Ball" not in opened(otto, "/organiser").text
    assert "Autumn Ball" in opened(box.staff(), "/organiser").text
