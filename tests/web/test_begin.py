"""The first evening of a box: three steps after the setup code, by forms without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.people import PASSWORD
from tests.support.real_box import running_box
from tests.support.visitors import Visitor
from tests.web.answers import problem
from tests.web.html import Page, opened
from tests.web.served import SETUP_CODE, Served, serving
from tests.web.test_accounts import HTML, api_login


@pytest.fixture
def own_box(tmp_path: Path) -> Iterator[Served]:
    """A box as new."""
    with serving(tmp_path) as box:
        yield box


def with_the_code(box: Served) -> Visitor:
    """A browser that has used the setup code."""
    browser = box.visitor()
    sent = opened(browser, "/staff").form("/staff/setup").send(browser, code=SETUP_CODE)
    assert (sent.status, sent.headers["location"]) == (303, "/staff")
    return browser


def step_on(page: Page) -> str:
    """The step that a page is at: `name`, `event` or `admin`; nothing when it shows none."""
    shown = [step for step in ("name", "event", "admin") if page.forms(f"/staff/begin/{step}")]
    return shown[0] if shown else ""


def test_three_steps_lead_from_the_code_to_an_admin(own_box: Served) -> None:
    browser = with_the_code(own_box)
    page = opened(browser, "/staff")
    assert "step 1 of 3" in page.text
    assert page.form("/staff/begin/name").send(browser, box_name="Hall <7>").status == 303
    page = opened(browser, "/staff")
    assert "step 2 of 3" in page.text
    assert page.form("/staff/begin/event").fields["event_name"] == "Tonight"
    assert page.form("/staff/begin/event").send(browser, event_name="Winter Ball").status == 303
    page = opened(browser, "/staff")
    form = page.form("/staff/begin/admin")
    done = form.send(browser, name="Ada", email="ada@example.org", password=PASSWORD)
    assert (done.status, done.headers["location"]) == (303, "/staff/begin")
    assert "takes its name, Hall <7>" in " ".join(opened(browser, "/staff/begin").text.split())
    assert browser.get("/api/v1/me/account").json["name"] == "Ada"
    assert api_login(own_box.visitor(), "ada@example.org").json["role"] == "admin"
    assert step_on(opened(browser, "/staff")) == ""
    assert browser.get("/admin", headers=HTML).status == 200
    assert "Winter Ball" in str(own_box.visitor().get("/api/v1/events").json)
    acts = [entry["act"] for entry in own_box_acts(browser)]
    assert acts == ["account.created", "event.edited", "box.named", "setup.redeemed"]
    assert 'name = "Hall <7>"' in (own_box.site.settings.data / "box.toml").read_text(encoding="utf-8")


def own_box_acts(browser: Visitor) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = browser.get("/api/v1/audit").json["entries"]
    return entries


def test_the_steps_can_be_left_and_gone_on_with_and_back(own_box: Served) -> None:
    browser = with_the_code(own_box)
    assert browser.post("/staff/begin/name", form={"skip": "yes"}).status == 303
    page = opened(browser, "/staff")
    assert step_on(page) == "event"
    assert page.form("/staff/begin/later").send(browser).status == 303
    page = opened(browser, "/staff")
    assert (step_on(page), "no admin yet" in page.text) == ("", True)
    # Another browser, another day: the same place.
    again = own_box.visitor()
    again.cookies["pika_staff"] = own_box_pass(browser)
    page = opened(again, "/staff")
    assert page.form("/staff/begin/step").fields == {"step": "event"}
    page.form("/staff/begin/step").send(again)
    page = opened(again, "/staff")
    assert step_on(page) == "event"
    page.form("/staff/begin/step", step="name").send(again)
    assert step_on(opened(again, "/staff")) == "name"


def own_box_pass(browser: Visitor) -> str:
    return browser.cookies["pika_staff"]


@pytest.mark.parametrize(
    ("step", "typed", "kept"),
    [
        ("name", {"box_name": "n" * 61}, "box_name"),
        ("event", {"event_name": "n" * 101}, "event_name"),
        ("admin", {"name": "Ada", "email": "no address", "password": PASSWORD}, "email"),
        ("admin", {"name": "Ada", "email": "ada@example.org", "password": "short"}, "email"),
        ("admin", {"name": " ", "email": "ada@example.org", "password": PASSWORD}, "email"),
    ],
)
def test_a_step_that_can_t_be_taken_keeps_what_was_typed_but_never_the_password(
    own_box: Served, step: str, typed: dict[str, str], kept: str
) -> None:
    browser = with_the_code(own_box)
    answer = browser.post(f"/staff/begin/{step}", form=typed)
    assert answer.status == 422
    fields = Page(answer).form(f"/staff/begin/{step}").fields
    assert fields[kept] == typed[kept]
    assert fields.get("password", "") == ""
    assert typed.get("password", "nothing") not in answer.text
    assert browser.get("/api/v1/accounts").status == 200
    assert browser.get("/api/v1/accounts").json["accounts"] == []


def test_an_unknown_step_changes_nothing(own_box: Served) -> None:
    browser = with_the_code(own_box)
    browser.post("/staff/begin/step", form={"step": "throne"})
    assert step_on(opened(browser, "/staff")) == "name"


@pytest.mark.parametrize("path", ["name", "event", "admin", "step", "later", "start-over"])
def test_nobody_else_sets_the_box_up(own_box: Served, path: str) -> None:
    form = {"box_name": "x", "event_name": "x", "name": "x", "email": "x@y", "password": PASSWORD, "step": "admin"}
    assert own_box.visitor().post(f"/staff/begin/{path}", form=form).status == 401
    assert own_box.organiser().post(f"/staff/begin/{path}", form=form).status == 403
    browser = own_box.visitor()
    browser.cookies["pika_staff"] = own_box.staff().token or ""
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    problem(browser.post(f"/staff/begin/{path}", form=form, headers=foreign), 403, "origin_foreign")
    assert own_box.staff().get("/api/v1/accounts").json["accounts"][0]["role"] == "organiser"


def test_there_is_no_default_password(own_box: Served) -> None:
    for email in ("admin", "admin@example.org", "root", "pika", "admin@localhost"):
        for password in ("admin", "password", "pika", "changeme", SETUP_CODE):
            answer = api_login(own_box.visitor(), email, password)
            assert answer.status in {401, 422, 429}


def test_the_box_takes_its_name_when_it_is_started_anew(tmp_path: Path) -> None:
    with running_box(tmp_path) as box:
        browser = box.visitor()
        browser.cookies["pika_staff"] = box.staff().token or ""
        assert browser.post("/staff/begin/name", form={"box_name": "Hall 7"}).status == 303
        account = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD}
        assert browser.post("/staff/begin/admin", form=account).status == 303
        before = box.server_pid()
        sent = browser.post("/staff/begin/start-over", form={})
        assert (sent.status, sent.headers["location"]) == (303, "/staff/care/wait")
        box.wait_until_served(within_s=40, not_pid=before)
        status = browser.get("/staff/status", headers=HTML)
        assert (status.status, "Hall 7" in status.text) == (200, True)
        assert "starts the next time" not in browser.get("/staff/begin", headers=HTML).text
