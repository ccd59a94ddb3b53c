"""Pages and forms as they work without any script."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance import bootstrap, network, qr
from appliance.live import board
from appliance.network import Interface
from appliance.web.site import Site
from tests.support.real_box import RealBox
from tests.support.visitors import Visitor
from tests.web.answers import nothing_stored, problem, until
from tests.web.conftest import Floor
from tests.web.html import Page, opened
from tests.web.served import SETUP_CODE, Served, serving

HTML = {"Accept": "text/html"}
PUBLIC = {"http": {"public_url": "http://192.168.4.1:8080"}, "wifi": {"ssid": "Venue", "passphrase": "dance all night"}}


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A box that phones can reach, on the venue's Wi-Fi."""
    with serving(tmp_path_factory.mktemp("venue"), options=PUBLIC) as box:
        yield box


def test_a_dancer_likes_and_unlikes_without_a_script(box: RealBox, floor: Floor) -> None:
    play = floor.play("Strings of Life")
    phone, address = box.visitor(), f"/s/{floor.stage}"
    page = opened(phone, address)
    assert page.says("title") == "Strings of Life"
    for liked, count in ((True, "1"), (False, "")):
        form = page.form(f"{address}/like", play=play)
        assert form.fields["liked"] == ("yes" if liked else "no")
        sent = form.send(phone)
        assert (sent.status, sent.headers["location"]) == (303, address)
        page = opened(phone, address)
        assert page.one("button", class_="like").attributes["aria-pressed"] == ("true" if liked else "false")
        assert page.says("likes") == count


def test_a_track_that_is_over_is_liked_in_the_history_and_unliked_in_the_own_list(box: RealBox, floor: Floor) -> None:
    play = floor.play("Before")
    floor.play("Now")
    phone, address = box.visitor(), f"/s/{floor.stage}"
    page = opened(phone, address)
    assert [row.text for row in page.all("p", class_="row-title")] == ["Before"]
    page.form(f"{address}/like", play=play).send(phone)
    assert opened(phone, address).form(f"{address}/like", play=play).fields["liked"] == "no"
    mine = opened(phone, "/likes")
    assert "Before" in mine.text
    assert floor.dj_name in mine.text
    sent = mine.form("/likes").send(phone)
    assert (sent.status, sent.headers["location"]) == (303, "/likes")
    assert "Nothing liked yet" in opened(phone, "/likes").text


def test_the_page_gives_its_script_what_the_api_would_say(box: RealBox, floor: Floor) -> None:
    floor.play('"Quotes" & <angles>', bpm=120)
    part = opened(box.visitor(), f"/s/{floor.stage}").one("div", class_="stage").attributes
    told = json.loads(part["data-state"])
    asked = box.visitor().get(part["data-poll"]).json
    told["now"].pop("age_ms"), asked["now"].pop("age_ms")
    assert told == asked
    assert part["data-stream"].startswith(f"/api/v1/stages/{floor.stage}/stream?last=")


def test_a_track_that_the_box_has_no_longer_in_mind_is_liked_as_well(
    venue: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "PLAYS_MOST", 1)
    dj, guest = venue.dj(), venue.guest()
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    sent = [{"title": title, "artist": "A", "id": title} for title in ("first", "second")]
    assert [dj.post(f"/api/v1/sessions/{session}/plays", json_body=one).status for one in sent] == [201, 201]
    assert venue.site.board.stage_of_play("first") is None
    liked = [guest.ask("PUT", f"/api/v1/plays/{play}/like") for play in ("first", "second", "nowhere")]
    assert [(answer.status, answer.json.get("likes")) for answer in liked] == [(200, 1), (200, 1), (404, None)]
    dj.post(f"/api/v1/sessions/{session}/end")


def test_a_form_of_nobody_s_liking_is_refused_on_a_page(box: RealBox, floor: Floor) -> None:
    play = floor.play()
    address = f"/s/{floor.stage}/like"
    with nothing_stored(box.visitor()):
        for phone, fields, status, code in (
            (box.visitor(), {"play": play, "liked": "yes"}, 401, "guest_missing"),
            (box.guest(), {"play": play, "liked": "perhaps"}, 422, "liked_invalid"),
            (box.guest(), {"play": play}, 422, "liked_invalid"),
            (box.guest(), {"liked": "yes"}, 404, "play_unknown"),
        ):
            answer = phone.post(address, form=fields)
            assert answer.status == status
            assert code in Page(answer).text


def test_the_front_page_leads_to_the_only_stage_and_lists_several(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        alone = box.visitor().get("/", headers=HTML)
        assert (alone.status, alone.headers["location"]) == (303, "/s/main-floor")
        box.staff().post("/api/v1/stages", json_body={"name": "Garden"})
        page = opened(box.visitor(), "/")
        assert [card.attributes["href"] for card in page.all("a", class_="card")] == ["/s/main-floor", "/s/garden"]
        assert [card.text.split("\n")[0] for card in page.all("a", class_="card")] == ["Main Floor", "Garden"]


def logged_in(box: RealBox, dj: Visitor) -> Visitor:
    """The DJ's browser, at the console."""
    browser = box.visitor()
    sent = opened(browser, "/dj").form("/dj/login").send(browser, token=f" {dj.token} ")
    assert (sent.status, sent.headers["location"]) == (303, "/dj")
    return browser


def test_a_dj_plays_a_whole_set_by_forms(box: RealBox, floor: Floor) -> None:
    floor.act("end")
    browser = logged_in(box, floor.dj)
    page = opened(browser, "/dj")
    assert floor.dj_name in page.text
    assert page.form("/dj/start", stage=floor.stage).send(browser).status == 303

    page = opened(browser, "/dj")
    form = page.form("/dj/play")
    for _ in range(2):
        sent = form.send(browser, title="Twice sent", artist="a", bpm="124,5", key="8A")
        assert (sent.status, sent.headers["location"]) == (303, "/dj")
    assert floor.titles() == ["Twice sent"]
    assert (floor.now()["now"]["bpm"], floor.now()["now"]["key"]) == (124.5, "8A")

    page = opened(browser, "/dj")
    assert page.says("title") == "Twice sent"
    assert page.form("/dj/play").fields["id"] != form.fields["id"]
    assert page.form("/dj/stop").send(browser).status == 303
    assert "now" not in floor.now()
    assert opened(browser, "/dj").form("/dj/end").send(browser).status == 303
    assert "session" not in floor.now()
    assert opened(browser, "/dj").form("/dj/logout").send(browser).status == 303
    opened(browser, "/dj").form("/dj/login")


def test_a_wrong_token_is_told_so_and_gives_no_cookie(box: RealBox) -> None:
    browser = box.visitor()
    for path in ("/dj/login", "/dj/play"):
        answer = browser.post(path, form={"token": "pk_dj_guess"})
        assert answer.status == 401
        Page(answer).form("/dj/login")
        assert "set-cookie" not in answer.headers
    assert "This DJ token does not work, or" in Page(browser.post("/dj/login", form={"token": "x"})).text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"title": "", "artist": "Only me"}, "The title has no character that can be seen."),
        ({"title": '"><b>x</b>', "artist": "a", "bpm": "fast"}, "The bpm is not a number."),
        ({"title": "t", "artist": "a", "bpm": "nan"}, "bpm is nan"),
        ({"title": "t", "artist": "a", "bpm": "301", "key": "<8A>"}, "bpm is 301"),
        ({"title": "t", "artist": "a", "key": "0123456789x"}, "The key has 11 characters"),
    ],
)
def test_what_was_typed_is_kept_after_an_error(
    box: RealBox, shared_floor: Floor, typed: dict[str, str], says: str
) -> None:
    browser = logged_in(box, shared_floor.dj)
    with nothing_stored(box.visitor()):
        answer = opened(browser, "/dj").form("/dj/play").send(browser, **typed)
    assert answer.status == 422
    page = Page(answer)
    assert says in page.text
    kept = page.form("/dj/play").fields
    assert {name: kept[name] for name in typed} == typed


def test_a_stage_that_is_taken_is_said_so_in_the_console(box: RealBox, floor: Floor) -> None:
    browser = logged_in(box, box.dj("DJ Late"))
    assert opened(browser, "/dj").forms("/dj/start")
    with nothing_stored(box.visitor()):
        answer = browser.post("/dj/start", form={"stage": floor.stage})
    assert answer.status == 409
    assert f"{floor.dj_name} is playing on this stage." in Page(answer).text


def test_staff_make_a_token_that_is_shown_once_and_take_it_back(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        staff = box.visitor()
        wrong = opened(staff, "/staff").form("/staff/setup").send(staff, code="WRONG")
        assert wrong.status == 403
        sent = Page(wrong).form("/staff/setup").send(staff, code=SETUP_CODE)
        assert (sent.status, sent.headers["location"]) == (303, "/staff")
        assert "SameSite=strict" in sent.headers["set-cookie"]

        shown = Page(opened(staff, "/staff").form("/staff/djs").send(staff, name="DJ <Cleo>"))
        token = shown.one("p", class_="token").text
        assert "Token for DJ <Cleo>" in shown.text
        page = opened(staff, "/staff")
        assert "DJ <Cleo>" in page.text
        assert token not in page.text
        dj = box.visitor()
        assert dj.post("/dj/login", form={"token": token}).status == 303
        assert page.form("/staff/tokens/revoke").send(staff).status == 303
        assert "DJ <Cleo>" not in opened(staff, "/staff").text
        assert "does not work any more" in opened(dj, "/dj", status=401).text

        assert page.form("/staff/stages").send(staff, name="Garden").status == 303
        again = opened(staff, "/staff").form("/staff/stages").send(staff, name="Garden")
        assert again.status == 409
        assert Page(again).form("/staff/stages").fields["name"] == "Garden"
        assert page.form("/staff/logout").send(staff).status == 303
        opened(staff, "/staff").form("/staff/setup")
        late = staff.post("/staff/djs", form={"name": "x"})
        assert (late.status, "staff_missing" in Page(late).text) == (401, True)


def test_the_poster_has_codes_for_the_stage_and_for_staff_the_wi_fi(venue: Served) -> None:
    page = opened(venue.visitor(), "/poster/main-floor")
    assert [image.attributes["src"] for image in page.all("img")] == ["/qr/main-floor.svg"]
    assert "http://192.168.4.1:8080/s/main-floor" in page.text
    assert "dance all night" not in page.text
    staff = venue.staff()
    own = Page(staff.get("/poster/main-floor", headers=HTML))
    assert [image.attributes["src"] for image in own.all("img")] == ["/wifi-qr.svg", "/qr/main-floor.svg"]
    assert "dance all night" in own.text
    wifi = staff.get("/wifi-qr.svg")
    assert wifi.body == qr.svg(qr.wifi_text("Venue", "dance all night"))
    problem(venue.visitor().get("/wifi-qr.svg"), 401, "staff_missing")


def test_a_code_holds_the_public_address_and_whoever_scans_it_is_let_in(venue: Served) -> None:
    for kind, draw, media_type in (("svg", qr.svg, "image/svg+xml"), ("png", qr.png, "image/png")):
        answer = venue.visitor().get(f"/qr/main-floor.{kind}")
        assert (answer.status, answer.headers["content-type"]) == (200, media_type)
        assert answer.body == draw("http://192.168.4.1:8080/s/main-floor")
    scanned = venue.visitor()
    scanned.host = "192.168.4.1:8080"
    assert opened(scanned, "/s/main-floor").says("title")


def test_a_public_name_on_the_poster_is_a_name_the_box_answers_to(tmp_path: Path) -> None:
    with serving(tmp_path, options={"http": {"public_url": "http://Dance.example:8080"}}) as box:
        scanned = box.visitor()
        scanned.host = "dance.example:8080"
        assert opened(scanned, "/s/main-floor").says("title")
        scanned.host = "other.example:8080"
        problem(scanned.get("/s/main-floor"), 421, "host_unknown")


def test_a_code_holds_the_address_on_the_local_network_and_never_loopback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback = Interface("lo", is_up=True, addresses=("127.0.0.1", "::1"))
    wireless = Interface("wlan0", is_up=True, addresses=("192.168.4.1",))
    found = [loopback]
    monkeypatch.setattr(network, "_interfaces", lambda: iter(found))

    def on_every_address(site: Site) -> Site:
        http = replace(site.settings.http, host="0.0.0.0", port=8080)
        return replace(site, stage_url=bootstrap._stage_url(http))

    with serving(tmp_path, change=on_every_address) as box:
        answer = box.visitor().get("/qr/main-floor.svg")
        told = problem(answer, 503, "no_address")
        assert "network" in told["advice"]
        assert answer.headers["retry-after"]
        assert "No phone can reach this box yet" in opened(box.visitor(), "/qr/main-floor.svg", status=503).text
        page = opened(box.visitor(), "/poster/main-floor")
        assert not list(page.all("img"))
        assert "phones can’t reach this box" in page.text
        assert "127.0.0.1" not in page.text
        found.append(wireless)
        assert box.visitor().get("/qr/main-floor.svg").body == qr.svg("http://192.168.4.1:8080/s/main-floor")


@pytest.mark.parametrize(
    ("path", "code"),
    [("/s/cellar", "stage_unknown"), ("/nothing", "page_unknown"), ("/qr/cellar.svg", "stage_unknown")],
)
def test_what_is_not_there_is_told_on_a_page_to_people_and_as_a_problem_to_programs(
    box: RealBox, path: str, code: str
) -> None:
    page = opened(box.visitor(), path, status=404)
    assert f"404 · {code}" in page.text
    assert list(page.all("a", href="/"))
    problem(box.visitor().get(path, headers={"Accept": "*/*"}), 404, code)


def test_everything_a_page_links_to_is_there_and_kept_for_good(box: RealBox, floor: Floor) -> None:
    browser = logged_in(box, floor.dj)
    linked: set[str] = set()
    for path in (f"/s/{floor.stage}", "/dj", "/staff", "/likes", "/"):
        page = opened(browser, path)
        linked |= {element.attributes["href"] for element in page.all("link")}
        linked |= {element.attributes["src"] for element in page.all("script")}
    assert len(linked) > 5
    for address in linked:
        answer = browser.get(address)
        assert (answer.status, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable"), address
        if not address.startswith("/static/"):  # a stage's colours
            continue
        _, static, mark, *rest = address.split("/")
        stale = browser.get("/".join(["", static, "0" * len(mark), *rest]))
        assert (stale.body, stale.headers["cache-control"]) == (answer.body, "no-cache")


def test_phones_that_nobody_knows_share_a_page_in_which_nothing_is_their_own(box: RealBox, floor: Floor) -> None:
    play = floor.play("For everybody")
    first, second, known = box.visitor(), box.visitor(), box.guest()
    address = f"/s/{floor.stage}"

    def share() -> bool:
        bodies = set()
        for phone in (first, second):
            phone.cookies.clear()
            bodies.add(phone.get(address).body)
        return len(bodies) == 1

    assert until(share)  # two that come at once; a busy machine may need more than a second between them
    assert first.cookies["pika_guest"] != second.cookies["pika_guest"]
    assert known.get(address).body != box.visitor().get(address).body
    assert 'lang="de"' in box.visitor().get(f"{address}?lang=de").text[:300]
    # What happened is in the very next one.
    second.watch(floor.stage).ask("PUT", f"/api/v1/plays/{play}/like")
    assert opened(second, address).one("button", class_="like").attributes["aria-pressed"] == "true"
    stranger = opened(box.visitor(), address)
    assert stranger.one("button", class_="like").attributes["aria-pressed"] == "false"
    assert stranger.says("likes") == "1"
    floor.play("And the next")
    assert "And the next" in box.visitor().get(address).text


def test_the_same_form_in_two_phones_thanks_twice_and_once_for_each(box: RealBox, floor: Floor) -> None:
    floor.play()
    address = f"/s/{floor.stage}"
    phones = [box.visitor(), box.visitor()]
    forms = [opened(phone, address).form(f"{address}/thanks") for phone in phones]
    assert forms[0] == forms[1]
    for phone in phones * 2:
        phone.watch(floor.stage)
        assert phone.post(f"{address}/thanks", form={**forms[0].fields, "kind": "fire"}).status == 303
    assert floor.now()["reactions"] == {"fire": 2}
