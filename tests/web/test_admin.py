"""`/admin`: letting people in, looking after accounts, shadow bans, and the trail, by forms without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.people import PASSWORD
from tests.support.real_box import RealBox
from tests.support.visitors import Answer, Visitor
from tests.web.answers import problem
from tests.web.html import Page, opened
from tests.web.served import Served, serving
from tests.web.test_accounts import HTML, api_login, log_in, registered

NEW_PASSWORD = "four other small words"


@pytest.fixture
def own_box(tmp_path: Path) -> Iterator[Served]:
    """A box of this test's own."""
    with serving(tmp_path) as box:
        yield box


def at_the_desk(box: Served | RealBox) -> Visitor:
    """Staff's browser."""
    browser = box.visitor()
    token = box.staff().token
    assert token is not None
    browser.cookies["pika_staff"] = token
    return browser


def code_on(answer: Answer) -> str:
    """The one-time code that a page shows."""
    assert answer.status == 200, answer.text
    return Page(answer).says("one-time-code")


def an_admin(box: Served, *, name: str = "Ada") -> Visitor:
    """An admin's browser, logged in with an account."""
    desk = at_the_desk(box)
    email = f"{name.lower()}@example.org"
    made = opened(desk, "/admin").form("/admin/people").send(desk, role="admin", name=name, email=email)
    browser = box.visitor()
    sent = opened(browser, "/login/code").form("/login/code").send(browser, code=code_on(made), password=NEW_PASSWORD)
    assert (sent.status, sent.headers["location"]) == (303, "/admin")
    return browser


def trail(box: Served) -> list[str]:
    """What the trail says, the newest first."""
    return [entry["act"] for entry in box.staff().get("/api/v1/audit").json["entries"]]


def titles(page: Page) -> list[str]:
    return [element.text for element in page.elements if element.attributes.get("class") == "row-title"]


def test_whoever_is_nobody_yet_comes_to_the_page_over_the_login(own_box: Served) -> None:
    for path in ("/admin", "/admin/people", "/admin/guests", "/admin/trail"):
        sent = own_box.visitor().get(path, headers=HTML)
        assert sent.status == 303
        assert sent.headers["location"].startswith("/login?next=%2Fadmin")
    dancer = registered(own_box, "anna@example.org")
    refused = dancer.get("/admin", headers=HTML)
    assert (refused.status, "not_admin" in refused.text) == (403, True)


def test_an_organiser_and_a_dj_are_let_in_from_the_inbox(own_box: Served) -> None:
    own_box.dj("DJ Anna")
    organiser = registered(own_box, "olga@example.org", role="organiser", name="Olga <b>")
    dj = registered(own_box, "dj@example.org", role="dj", name="dj anna")
    desk = at_the_desk(own_box)
    page = opened(desk, "/admin")
    assert {"Olga <b>", "dj anna"} <= set(titles(page))
    account = own_box.staff().get("/api/v1/accounts?state=waiting").json["accounts"]
    ids = {one["name"]: one["id"] for one in account}
    assert page.form("/admin/approve", account=ids["Olga <b>"]).send(desk).status == 303
    assert organiser.get("/api/v1/me/account").json["role"] == "organiser"
    # Nobody becomes the DJ with tokens by calling themselves so.
    refused = desk.post("/admin/approve", form={"account": ids["dj anna"]})
    assert (refused.status, "has played here or has a token" in refused.text) == (409, True)
    assert dj.get("/api/v1/me/account").json["role"] == "dancer"
    assert desk.post("/admin/approve", form={"account": ids["dj anna"], "same_dj": "yes"}).status == 303
    assert dj.get("/api/v1/me/account").json["role"] == "dj"
    assert "Nobody waits." in opened(desk, "/admin").text
    assert trail(own_box)[:2] == ["account.approved", "account.approved"]


def test_whoever_is_told_no_is_out(own_box: Served) -> None:
    browser = registered(own_box, "olga@example.org", role="organiser", name="Olga")
    desk = at_the_desk(own_box)
    assert opened(desk, "/admin").form("/admin/decline").send(desk).status == 303
    assert browser.get("/account", headers=HTML).status == 303
    problem(api_login(own_box.visitor(), "olga@example.org"), 403, "account_off")
    gone = desk.post("/admin/decline", form={"account": "nobody"})
    assert gone.status == 404


def test_an_admin_is_made_with_a_code_and_may_do_what_staff_may(own_box: Served) -> None:
    admin = an_admin(own_box)
    assert admin.get("/staff", headers=HTML).status == 200
    assert admin.get("/staff/status", headers=HTML).status == 200
    assert admin.get("/staff/care", headers=HTML).status == 200
    assert admin.post("/api/v1/djs", json_body={"name": "DJ Ben"}).status == 201
    newest = own_box.staff().get("/api/v1/audit").json["entries"][0]
    assert (newest["act"], newest["by"], newest["by_name"]) == ("token.issued", "account", "Ada")
    page = opened(admin, "/staff")
    assert page.form("/staff/logout").send(admin).status == 303
    assert admin.get("/admin", headers=HTML).status == 303


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"email": "no address"}, 422), ({"name": " "}, 422), ({"role": "king"}, 422), ({"name": "n" * 101}, 422)],
)
def test_a_form_for_somebody_new_keeps_what_was_typed(own_box: Served, fields: dict[str, str], status: int) -> None:
    desk = at_the_desk(own_box)
    typed = {"role": "dj", "name": "DJ Ö", "email": "o@example.org"} | fields
    sent = desk.post("/admin/people", form=typed)
    assert sent.status == status
    kept = Page(sent).form("/admin/people").fields
    assert (kept["name"], kept["email"]) == (typed["name"], typed["email"])


def test_an_account_is_changed_switched_off_and_on(own_box: Served) -> None:
    browser = registered(own_box, "anna@example.org", name="Anna")
    desk = at_the_desk(own_box)
    [anna] = own_box.staff().get("/api/v1/accounts").json["accounts"]
    path = f"/admin/people/{anna['id']}"
    assert opened(desk, path).form(f"{path}/role").send(desk, role="organiser").headers["location"] == path
    assert browser.get("/account", headers=HTML).status == 303, "another role has to log in again"
    assert log_in(browser, "anna@example.org").headers["location"] == "/organiser"
    assert opened(desk, path).form(f"{path}/off").send(desk).status == 303
    assert browser.get("/api/v1/me/account").status == 401
    assert "switched off" in opened(desk, path).text
    assert opened(desk, path).form(f"{path}/on").send(desk).status == 303
    assert log_in(browser, "anna@example.org").status == 303
    refused = desk.post(f"{path}/role", form={"role": "king"})
    assert (refused.status, "role must be one of" in refused.text) == (422, True)
    assert desk.get("/admin/people/nobody", headers=HTML).status == 404
    assert desk.post("/admin/people/nobody/off", form={}).status == 404
    assert trail(own_box)[:3] == ["account.enabled", "account.disabled", "account.role_changed"]


def test_a_lost_password_is_replaced_with_a_code_that_works_once(own_box: Served) -> None:
    registered(own_box, "anna@example.org", name="Anna")
    desk = at_the_desk(own_box)
    [anna] = own_box.staff().get("/api/v1/accounts").json["accounts"]
    path = f"/admin/people/{anna['id']}"
    shown = opened(desk, path).form(f"{path}/code").send(desk)
    code = code_on(shown)
    assert f"/login/code#{code}" in shown.text
    assert code not in desk.get(path, headers=HTML).text
    browser = own_box.visitor()
    form = opened(browser, "/login/code").form("/login/code")
    short = form.send(browser, code=code, password="short")
    assert (short.status, Page(short).form("/login/code").fields) == (422, {"code": code, "password": ""})
    done = form.send(browser, code=f" {code.lower()} ", password=NEW_PASSWORD)
    assert (done.status, done.headers["location"]) == (303, "/account")
    again = form.send(own_box.visitor(), code=code, password=NEW_PASSWORD)
    assert again.status == 403
    assert api_login(own_box.visitor(), "anna@example.org").status == 401
    assert api_login(own_box.visitor(), "anna@example.org", NEW_PASSWORD).status == 201


def test_guessing_codes_is_slowed_down(own_box: Served) -> None:
    guesses = [own_box.visitor().post("/api/v1/codes", json_body={"code": "AAAAA", "password": NEW_PASSWORD})]
    guesses += [
        own_box.visitor().post("/login/code", form={"code": f"AAAA{n}", "password": NEW_PASSWORD}) for n in range(6)
    ]
    assert [one.status for one in guesses] == [403] * 5 + [429] * 2
    assert "retry-after" in guesses[-1].headers
    too_long = own_box.visitor().post("/login/code", form={"code": "A" * 101, "password": NEW_PASSWORD})
    assert too_long.status == 422


def test_people_are_found_and_paged(own_box: Served) -> None:
    for number in range(3):
        registered(own_box, f"p{number}@example.org", name=f"Person {number}")
    desk = at_the_desk(own_box)
    assert titles(opened(desk, "/admin/people")) == ["Person 2", "Person 1", "Person 0"]
    assert titles(opened(desk, "/admin/people?like=P1%40")) == ["Person 1"]
    assert titles(opened(desk, "/admin/people?like=nobody")) == []
    assert titles(opened(desk, "/admin/people?before=2")) == ["Person 0"]
    for wrong in ("-1", "1.5", "x", "9" * 40, "²"):
        assert desk.get(f"/admin/people?before={'%C2%B2' if wrong == '²' else wrong}", headers=HTML).status == 422


def test_the_trail_is_paged_and_nobody_can_change_it(own_box: Served) -> None:
    for number in range(60):
        own_box.staff().ask("PUT", "/api/v1/portal", json_body={"mode": "party" if number % 2 else "gateway"})
    desk = at_the_desk(own_box)
    page = opened(desk, "/admin/trail")
    assert len(titles(page)) == 50
    [older] = [link.attributes["href"] for link in page.all("a") if "before=" in link.attributes.get("href", "")]
    rest = titles(opened(desk, older))
    assert rest[-1].startswith("Staff used the setup code")
    assert not [form for form in page.elements if form.tag == "form" and "trail" in form.attributes["action"]]
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert desk.ask(method, "/admin/trail", form={}).status == 405
        assert desk.ask(method, "/api/v1/audit", form={}).status == 405


def test_no_statement_of_the_store_changes_the_trail() -> None:
    from appliance.store.statements import queries

    for name, statement in queries().items():
        words = " ".join(statement.split()).upper()
        assert "UPDATE AUDIT" not in words, name
        assert "DELETE FROM AUDIT" not in words, name
        assert "REPLACE INTO AUDIT" not in words, name


def shout(box: Served) -> None:
    """A guest likes something."""
    dj = box.dj()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    play = dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "t", "artist": "a"}).json["play"]["play"]
    phone = box.visitor()
    phone.post("/api/v1/guests")
    assert phone.ask("PUT", f"/api/v1/plays/{play}/like").status == 200


def likes_now(box: Served) -> int:
    likes: int = box.visitor().get("/api/v1/stages/main-floor/now").json["now"]["likes"]
    return likes


def test_a_shadow_ban_shows_what_it_does_and_can_be_lifted(own_box: Served) -> None:
    shout(own_box)
    desk = at_the_desk(own_box)
    page = opened(desk, "/admin/guests")
    assert "1 counted, 0 discounted" in page.text
    form = page.form("/admin/guests/ban")
    silent = form.send(desk, why=" ")
    assert (silent.status, likes_now(own_box)) == (422, 1)
    too_long = form.send(desk, why="w" * 201)
    assert Page(too_long).form("/admin/guests/ban").fields["why"] == "w" * 201
    assert form.send(desk, why="shouts <b>").status == 303
    assert likes_now(own_box) == 0
    page = opened(desk, "/admin/guests")
    assert "0 counted, 1 discounted" in page.text
    assert "shouts <b>" in page.text
    again = form.send(desk, why="again")
    assert again.status == 409
    assert page.forms("/admin/guests/lift")[0].send(desk).status == 303
    assert likes_now(own_box) == 1
    assert "1 counted, 0 discounted" in opened(desk, "/admin/guests").text
    assert trail(own_box)[:2] == ["guest.unbanned", "guest.banned"]


def test_a_guest_of_another_event_or_of_none_is_not_banned(own_box: Served) -> None:
    shout(own_box)
    staff = own_box.staff()
    event = opened(at_the_desk(own_box), "/admin/guests").form("/admin/guests/ban").fields["event"]
    guests = staff.get(f"/api/v1/events/{event}/guests").json["guests"]
    [guest] = [one["guest"] for one in guests]
    ban = {"why": "shouts"}
    problem(staff.get("/api/v1/events/none/guests"), 404, "event_unknown")
    problem(staff.ask("PUT", f"/api/v1/events/{event}/guests/nobody/ban", json_body=ban), 404, "guest_unknown")
    problem(staff.ask("PUT", f"/api/v1/events/none/guests/{guest}/ban", json_body=ban), 404, "event_unknown")
    problem(staff.ask("DELETE", f"/api/v1/events/{event}/guests/{guest}/ban"), 404, "ban_unknown")
    banned = staff.ask("PUT", f"/api/v1/events/{event}/guests/{guest}/ban", json_body=ban).json
    assert (banned["banned"], banned["counted"], banned["discounted"]) == (True, 0, 1)
    lifted = staff.ask("DELETE", f"/api/v1/events/{event}/guests/{guest}/ban").json
    assert (lifted["banned"], lifted["counted"]) == (False, 1)


ADMIN_FORMS = (
    "/admin/approve",
    "/admin/decline",
    "/admin/people",
    "/admin/people/x/role",
    "/admin/people/x/off",
    "/admin/people/x/on",
    "/admin/people/x/code",
    "/admin/guests/ban",
    "/admin/guests/lift",
)
OWN_FORMS = ("/account/password", "/account/forget", "/account/tokens", "/account/tokens/revoke", "/login/code")


@pytest.mark.parametrize("path", [*ADMIN_FORMS, *OWN_FORMS])
def test_no_form_is_taken_from_another_site_s_page(box: RealBox, path: str) -> None:
    desk = at_the_desk(box)
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    problem(desk.post(path, form={"account": "x"}, headers=foreign), 403, "origin_foreign")


@pytest.mark.parametrize("path", ADMIN_FORMS)
def test_no_form_of_the_admin_s_is_open_to_others(box: RealBox, path: str) -> None:
    assert box.visitor().post(path, form={}).status == 401
    assert box.organiser("Olga of the forms").post(path, form={}).status == 403


def test_a_password_is_changed_with_the_old_one(own_box: Served) -> None:
    browser, other = registered(own_box, "anna@example.org"), own_box.visitor()
    log_in(other, "anna@example.org")
    form = opened(browser, "/account").form("/account/password")
    wrong = form.send(browser, old="wrong", password=NEW_PASSWORD)
    assert wrong.status == 403
    short = form.send(browser, old=PASSWORD, password="short")
    assert short.status == 422
    for answer in (wrong, short):
        assert NEW_PASSWORD not in answer.text
        assert PASSWORD not in answer.text
    assert form.send(browser, old=PASSWORD, password=NEW_PASSWORD).headers["location"] == "/account?changed"
    assert "other browser" in Page(browser.get("/account?changed", headers=HTML)).text
    assert other.get("/account", headers=HTML).status == 303
    assert api_login(own_box.visitor(), "anna@example.org", NEW_PASSWORD).status == 201


def test_the_password_is_not_guessed_at_an_open_browser(own_box: Served) -> None:
    browser = registered(own_box, "anna@example.org")
    form = opened(browser, "/account").form("/account/forget")
    tried = [form.send(browser, password=f"guess {n}").status for n in range(25)]
    assert tried[0] == 403
    assert tried[-1] == 429


def test_an_account_is_deleted_with_everything_that_says_whose_it_was(own_box: Served) -> None:
    browser = registered(own_box, "anna@example.org", name="Anna")
    form = opened(browser, "/account").form("/account/forget")
    gone = form.send(browser, password=PASSWORD)
    assert (gone.status, gone.headers["location"]) == (303, "/login?forgotten")
    assert "Your account is gone." in Page(browser.get("/login?forgotten", headers=HTML)).text
    assert api_login(own_box.visitor(), "anna@example.org").status == 401
    assert own_box.staff().get("/api/v1/accounts").json["accounts"] == []
    page = opened(at_the_desk(own_box), "/admin/trail").text
    assert "Anna" not in page
    assert "anna@example.org" not in page


def test_a_dj_makes_a_token_for_a_device_and_takes_it_back(own_box: Served) -> None:
    dj = registered(own_box, "dj@example.org", role="dj", name="DJ Anna")
    assert not opened(dj, "/account").forms("/account/tokens")
    assert dj.post("/account/tokens", form={"device": "x"}).status == 403
    [account] = own_box.staff().get("/api/v1/accounts").json["accounts"]
    own_box.staff().post(f"/api/v1/accounts/{account['id']}/approve")
    made = opened(dj, "/account").form("/account/tokens").send(dj, device="laptop <3")
    secret = Page(made).one("p", class_="token").text
    assert secret not in dj.get("/account", headers=HTML).text
    program = own_box.visitor(secret)
    assert program.post("/api/v1/stages/main-floor/sessions").status == 201
    page = opened(dj, "/account")
    assert "laptop <3" in page.text
    assert "last used" in page.text
    too_long = page.form("/account/tokens").send(dj, device="d" * 41)
    assert Page(too_long).form("/account/tokens").fields["device"] == "d" * 41
    other = own_box.dj("DJ Ben")
    [theirs] = [one["id"] for one in own_box.staff().get("/api/v1/tokens").json["tokens"] if one["dj"] == "DJ Ben"]
    assert dj.post("/account/tokens/revoke", form={"token": theirs}).status == 404
    assert other.get("/api/v1/me/tokens").status == 200
    assert page.form("/account/tokens/revoke").send(dj).status == 303
    problem(program.get("/api/v1/me/tokens"), 401, "token_wrong")
