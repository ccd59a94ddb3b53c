"""Logging in, registering, and what each role may do, on pages and in the API."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.domain.accounts import PASSWORD_MAX
from tests.support.evening import TurnedClock
from tests.support.people import PASSWORD
from tests.support.real_box import RealBox
from tests.support.visitors import Answer, Visitor
from tests.web.answers import nothing_stored, problem
from tests.web.conftest import Floor
from tests.web.html import Page, opened
from tests.web.served import Served, serving

HTML = {"Accept": "text/html"}
TRIES = 3


@pytest.fixture
def own_box(tmp_path: Path) -> Iterator[Served]:
    """A box of this test's own."""
    with serving(tmp_path) as box:
        yield box


def registered(box: Served | RealBox, email: str, *, role: str = "dancer", name: str = "Anna") -> Visitor:
    """Somebody who has just registered by the form, in a browser that is logged in."""
    browser = box.visitor()
    form = opened(browser, f"/register?as={role}").form("/register")
    assert form.fields["role"] == role
    sent = form.send(browser, email=email, name=name, password=PASSWORD)
    assert (sent.status, sent.headers["location"]) == (303, "/account"), sent.text
    return browser


def log_in(browser: Visitor, email: str, password: str = PASSWORD, *, path: str = "/login") -> Answer:
    return opened(browser, path).form("/login").send(browser, email=email, password=password)


def api_login(visitor: Visitor, email: str, password: str = PASSWORD) -> Answer:
    return visitor.post("/api/v1/logins", json_body={"email": email, "password": password})


def test_a_dancer_registers_logs_out_and_logs_in_again(own_box: Served) -> None:
    browser = registered(own_box, "anna@example.org")
    cookie = browser.cookies["pika_login"]
    page = opened(browser, "/account")
    assert "anna@example.org" in page.text
    assert opened(browser, "/account").form("/logout").send(browser).headers["location"] == "/"
    stolen = own_box.visitor()
    stolen.cookies["pika_login"] = cookie
    assert stolen.get("/account", headers=HTML).headers["location"].startswith("/login")
    back = log_in(browser, "ANNA@example.org")
    assert (back.status, back.headers["location"]) == (303, "/account")
    set_cookie = back.headers["set-cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=lax" in set_cookie


def test_whoever_came_for_something_gets_there_after_the_login(own_box: Served) -> None:
    registered(own_box, "anna@example.org")
    browser = own_box.visitor()
    assert log_in(browser, "anna@example.org", path="/login?next=/likes").headers["location"] == "/likes"
    assert browser.get("/login?next=/likes", headers=HTML).headers["location"] == "/likes"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\nb", "/" + "a" * 300, "/%0d%0aa:"],
)
def test_a_login_never_leads_to_another_site(own_box: Served, elsewhere: str) -> None:
    registered(own_box, "anna@example.org")
    fields = {"email": "anna@example.org", "password": PASSWORD, "next": elsewhere}
    going_to = own_box.visitor().post("/login", form=fields).headers["location"]
    assert going_to == "/account" or (elsewhere == "/%0d%0aa:" and "\n" not in going_to)


def test_a_wrong_password_and_an_unknown_address_look_the_same(own_box: Served) -> None:
    registered(own_box, "anna@example.org")
    pages, told = [], []
    for email, password in (("anna@example.org", "wrong"), ("bert@example.org", PASSWORD)):
        sent = log_in(own_box.visitor(), email, password)
        pages.append((sent.status, {**sent.headers, "date": "", "content-length": ""}, sent.text.replace(email, "")))
        answer = api_login(own_box.visitor(), email, password)
        told.append((answer.status, problem(answer, 401, "login_wrong")))
    assert pages[0] == pages[1]
    assert told[0] == told[1]
    assert pages[0][0] == 401
    assert "set-cookie" not in pages[0][1]


def test_a_form_keeps_what_was_typed_but_never_the_password(own_box: Served) -> None:
    wrong = log_in(own_box.visitor(), "anna@example.org", "a wrong password")
    assert Page(wrong).form("/login").fields["email"] == "anna@example.org"
    assert "a wrong password" not in wrong.text
    browser = own_box.visitor()
    form = opened(browser, "/register").form("/register")
    short = form.send(browser, role="dj", email="dj@example.org", name="DJ <Ö>", password="s3cret!")
    assert short.status == 422
    kept = Page(short).form("/register").fields
    assert (kept["role"], kept["email"], kept["name"], kept["password"]) == ("dj", "dj@example.org", "DJ <Ö>", "")
    assert "s3cret!" not in short.text


BAD_FIELDS: list[tuple[dict[str, str], str]] = [
    ({"role": "admin"}, "role_invalid"),
    ({"role": ""}, "role_invalid"),
    ({"email": "no address"}, "email_invalid"),
    ({"email": "a@" + "b" * 253}, "email_too_long"),
    ({"name": ""}, "name_empty"),
    ({"name": "\u200b"}, "name_empty"),
    ({"name": "n" * 101}, "name_too_long"),
    ({"role": "dj", "name": "⭐"}, "name_without_letters"),
    ({"password": "x" * 7}, "password_too_short"),
    ({"password": "ab cd ef " * 23}, "password_too_long"),
    ({"password": "new@example.org"}, "password_too_easy"),
]


@pytest.mark.parametrize(("fields", "code"), BAD_FIELDS, ids=lambda value: str(value)[:40])
def test_an_account_that_can_t_be_is_refused_in_the_visitor_s_language(
    box: RealBox, fields: dict[str, str], code: str
) -> None:
    whole = {"role": "dancer", "email": "new@example.org", "name": "New", "password": PASSWORD} | fields
    sent = box.visitor().post("/register?lang=de", form=whole)
    assert sent.status == 422
    alert = Page(sent).one("div", class_="notice problem").text
    assert alert
    assert alert != Page(box.visitor().post("/register?lang=en", form=whole)).one("div", class_="notice problem").text
    by_program = box.visitor().post("/api/v1/accounts", json_body=whole)
    assert by_program.json["code"] in {code, "json_wrong_shape"}
    assert by_program.status == 422
    assert api_login(box.visitor(), "new@example.org").status == 401


def test_fields_at_their_limits_are_taken(own_box: Served) -> None:
    email = "a@" + "b" * 252
    whole = {"role": "dancer", "email": email, "name": "n" * 100, "password": "ab cd ef " * 22 + "xy"}
    assert len(whole["password"]) == PASSWORD_MAX
    assert own_box.visitor().post("/register", form=whole).status == 303
    assert api_login(own_box.visitor(), email, whole["password"]).status == 201


def test_an_address_has_one_account(own_box: Served) -> None:
    registered(own_box, "anna@example.org")
    browser = own_box.visitor()
    form = opened(browser, "/register").form("/register")
    again = form.send(browser, email="Anna@example.org", name="Other", password="other small words")
    assert again.status == 409
    assert "set-cookie" not in again.headers or "pika_login" not in again.headers["set-cookie"]
    assert api_login(own_box.visitor(), "anna@example.org", "other small words").status == 401


def test_an_account_leaves_no_trace_in_the_journal(own_box: Served) -> None:
    with nothing_stored(own_box.visitor()):
        browser = registered(own_box, "anna@example.org", role="dj", name="DJ Anna")
        opened(browser, "/account").form("/logout").send(browser)


def test_the_address_and_the_password_are_in_no_log(tmp_path: Path) -> None:
    from tests.support.real_box import running_box

    with running_box(tmp_path) as box:
        registered(box, "anna.secret@example.org")
        log_in(box.visitor(), "anna.secret@example.org", "guess1234")
        box.visitor().post("/register", form={"email": "anna.secret@example.org", "password": "guess1234"})
        logs = b"".join(path.read_bytes() for path in (box.data / "log").iterdir() if path.is_file())
    assert b"anna.secret" not in logs
    assert b"guess1234" not in logs


def test_a_dj_who_waits_sees_it_and_may_not_play_yet(own_box: Served) -> None:
    browser = registered(own_box, "dj@example.org", role="dj", name="DJ Ö'Hara")
    assert Page(browser.get("/account", headers=HTML)).one("div", class_="notice").attributes["role"] == "status"
    assert "Nobody has said yes" in Page(browser.get("/dj", headers=HTML)).text
    problem(browser.post("/api/v1/stages/main-floor/sessions"), 403, "account_waiting")
    waiting = own_box.staff().get("/api/v1/accounts?state=waiting").json["accounts"]
    assert [(one["name"], one["email"], one["role"]) for one in waiting] == [("DJ Ö'Hara", "dj@example.org", "dj")]
    own_box.staff().post(f"/api/v1/accounts/{waiting[0]['id']}/approve")
    page = opened(browser, "/dj")
    assert "DJ Ö'Hara" in page.text
    assert page.form("/dj/start", stage="main-floor").send(browser).status == 303
    now = own_box.visitor().get("/api/v1/stages/main-floor/now").json
    assert now["session"]["dj"] == "DJ Ö'Hara"


def test_a_name_with_an_apostrophe_is_not_accepted_by_one_door_and_lost_at_another(own_box: Served) -> None:
    """A name that registers is shown, everywhere the same."""
    dj = own_box.person("dj", "Rock'n'Roll \"Ö\" <3")
    session = dj.post("/api/v1/stages/main-floor/sessions")
    assert session.json["session"]["dj"] == "Rock'n'Roll \"Ö\" <3"
    assert dj.get("/api/v1/me/account").json["name"] == "Rock'n'Roll \"Ö\" <3"
    dancer = opened(own_box.visitor(), "/s/main-floor")
    assert "Rock'n'Roll \"Ö\" <3" in dancer.text


def test_a_dj_is_the_same_with_a_token_and_with_a_login(own_box: Served) -> None:
    by_token = own_box.dj("DJ Anna")
    by_login = own_box.person("dj", "dj anna")
    session = by_token.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    again = by_login.post("/api/v1/stages/main-floor/sessions")
    assert (again.json["resumed"], again.json["session"]["id"]) == (True, session)
    track = {"title": "t", "artist": "a"}
    assert by_login.post(f"/api/v1/sessions/{session}/plays", json_body=track).status == 201
    assert by_token.post(f"/api/v1/sessions/{session}/end").status == 200


def test_nobody_starts_a_set_without_being_let_in_as_a_dj(box: RealBox, shared_floor: Floor) -> None:
    address = f"/api/v1/stages/{shared_floor.stage}/sessions"
    with nothing_stored(box.visitor()):
        problem(box.visitor().post(address), 401, "token_missing")
        problem(box.guest().post(address), 401, "token_missing")
        problem(box.visitor("pk_dj_made_up").post(address), 401, "token_wrong")
        problem(box.visitor("pk_login_made_up").post(address), 401, "token_missing")
        problem(box.staff().post(address), 401, "token_wrong")
        for role in ("dancer", "organiser"):
            problem(box.person(role).post(address), 401, "token_missing")


@pytest.mark.parametrize("act", ["plays", "stop", "end", "alive"])
def test_nobody_takes_over_or_ends_the_set_of_another_dj(box: RealBox, floor: Floor, act: str) -> None:
    floor.play("Still on")
    stranger = box.person("dj", f"DJ Stranger who would {act}")
    body = {"title": "t", "artist": "a"} if act == "plays" else None
    with nothing_stored(box.visitor()):
        problem(stranger.post(f"/api/v1/sessions/{floor.session}/{act}", json_body=body), 403, "session_not_yours")
        taken = stranger.post(f"/api/v1/stages/{floor.stage}/sessions", json_body={"take_over": True})
        problem(taken, 409, "stage_taken")
    assert floor.now()["now"]["title"] == "Still on"
    assert floor.now()["session"]["id"] == floor.session


ROLES = ("nobody", "guest", "dancer", "waiting", "dj", "organiser")


def who(box: RealBox, role: str) -> Visitor:
    match role:
        case "nobody":
            return box.visitor()
        case "guest":
            return box.guest()
        case "waiting":
            return registered(box, "waiting@example.org", role="organiser")
        case _:
            return box.person(role, f"{role} of the test")


@pytest.mark.parametrize("role", ROLES)
def test_what_is_for_staff_is_for_nobody_else(box: RealBox, role: str) -> None:
    someone = who(box, role)
    status, code = (401, "staff_missing") if role in {"nobody", "guest"} else (403, "not_admin")
    with nothing_stored(box.visitor()):
        for method, path, body in (
            ("GET", "/tokens", None),
            ("POST", "/djs", {"name": "Mine"}),
            ("POST", "/stages", {"name": "Mine"}),
            ("PUT", "/portal", {"mode": "party"}),
            ("GET", "/accounts", None),
            ("POST", "/accounts/x/approve", {}),
            ("POST", "/parts/server/restart", None),
        ):
            problem(someone.ask(method, f"/api/v1{path}", json_body=body), status, code)
        for path in ("/staff/djs", "/staff/stages", "/staff/portal", "/staff/restart", "/staff/reset"):
            assert someone.post(path, form={"name": "Mine", "mode": "party", "part": "server"}).status in {
                401,
                403,
                404,
            }


def test_an_organiser_is_let_in_by_staff_and_has_no_event_by_that(own_box: Served) -> None:
    olga = own_box.organiser()
    assert olga.get("/api/v1/me/account").json["role"] == "organiser"
    problem(olga.get("/api/v1/tokens"), 403, "not_admin")


def test_staff_are_somebody_without_a_name(own_box: Served) -> None:
    assert own_box.staff().get("/api/v1/me/account").json == {"role": "admin", "id": "", "name": ""}
    problem(own_box.visitor().get("/api/v1/me/account"), 401, "login_missing")


def test_a_login_of_a_program_ends_when_it_says_so(own_box: Served) -> None:
    olga = own_box.organiser()
    assert olga.ask("DELETE", "/api/v1/logins/mine").status == 204
    problem(olga.get("/api/v1/me/account"), 401, "login_missing")


def test_a_login_survives_a_restart_of_the_server_and_of_the_machine(tmp_path: Path) -> None:
    clock = TurnedClock()

    def turned(site: Any) -> Any:
        return replace(site, ports=replace(site.ports, clock=clock))

    with serving(tmp_path, change=turned) as box:
        olga = box.organiser()
        token = olga.token
    clock.reboot()
    clock.wall_ms = 0
    (tmp_path / "run").rename(tmp_path / "run-before")
    with serving(tmp_path, change=turned) as box:
        assert box.visitor(token).get("/api/v1/me/account").json["name"] == "Olga"
        clock.pass_s(8 * 24 * 3600)
        problem(box.visitor(token).get("/api/v1/me/account"), 401, "login_missing")


def test_guessing_is_slowed_down_for_one_browser_and_for_nobody_else(own_box: Served) -> None:
    registered(own_box, "anna@example.org")
    guesser = own_box.visitor()
    guesser.post("/api/v1/guests")
    answers = [api_login(guesser, f"a{n}@example.org", "guess1234").status for n in range(13)]
    assert answers == [401] * 10 + [429] * 3
    refused = log_in(guesser, "anna@example.org")
    assert (refused.status, int(refused.headers["retry-after"]) > 0) == (429, True)
    assert Page(refused).form("/login").fields["email"] == "anna@example.org"
    assert api_login(own_box.visitor(), "anna@example.org").status == 201


def test_strangers_who_guess_an_account_do_not_keep_its_owner_out(own_box: Served) -> None:
    browser = registered(own_box, "ada@example.org")
    opened(browser, "/account").form("/logout").send(browser)
    guesses = [api_login(own_box.visitor(), "ada@example.org", f"guess {n}").status for n in range(22)]
    assert guesses == [401] * 20 + [429] * 2
    problem(api_login(own_box.visitor(), "ada@example.org"), 429, "too_many_requests")
    assert "@" not in browser.cookies["pika_known"]
    assert log_in(browser, "ada@example.org").status == 303
    # What marks the browser opens nothing by itself, and no further account.
    other = own_box.visitor()
    other.cookies["pika_known"] = browser.cookies["pika_known"]
    assert other.get("/account", headers=HTML).status == 303


def test_no_mark_that_a_stranger_can_have_is_worth_a_further_guess(own_box: Served) -> None:
    registered(own_box, "ada@example.org")
    stranger = registered(own_box, "eve@example.org")
    own = stranger.cookies["pika_known"]
    # Asking for an account that somebody has gives no mark of it.
    curious = own_box.visitor()
    form = opened(curious, "/register").form("/register")
    taken = form.send(curious, email="ada@example.org", name="Eve", password=PASSWORD)
    assert (taken.status, taken.cookies()) == (409, {})
    marks = (own, own[:-1] + ("0" if own[-1] != "0" else "1"), "x", "", own * 50)
    guessers = [own_box.visitor() for _ in marks]
    for guesser, mark in zip(guessers, marks, strict=True):
        guesser.cookies["pika_known"] = mark
    tried = [api_login(guesser, "ada@example.org", f"guess {n}").status for n in range(6) for guesser in guessers]
    assert tried == [401] * 20 + [429] * 10


@pytest.mark.parametrize("path", ["/login", "/register", "/logout", "/api/v1/logins", "/api/v1/accounts"])
def test_a_form_of_another_site_is_refused(box: RealBox, path: str) -> None:
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    sent = {"email": "anna@example.org", "password": PASSWORD}
    answer = box.visitor().post(path, form=sent, headers=foreign)
    problem(answer, 403, "origin_foreign")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pl", "hu"])
def test_the_pages_speak_the_visitor_s_language(box: RealBox, language: str) -> None:
    for path in ("/login", "/register"):
        spoken, english = (opened(box.visitor(), f"{path}?lang={one}").text for one in (language, "en"))
        assert (spoken == english) is (language == "en")
        assert not re.search(r"people\.\w+", spoken)
