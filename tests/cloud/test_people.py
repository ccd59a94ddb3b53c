"""The organisers' pages: who may open them, what a foreign page can't do, and that guessing is slow."""

import re

import httpx
import pytest

from tests.cloud.running import Box, Cloud, Organiser


def test_the_access_key_is_printed_once_and_opens_the_pages(cloud: Cloud) -> None:
    said = cloud.command("organisation", "Tanzhaus <b>")
    assert "shown this once" in said
    found = re.search(r"pk_org_\S+", said)
    assert found is not None
    page = Organiser(cloud, found[0]).sign_in().page("/boxes")
    assert page.status_code == 200
    assert "Tanzhaus &lt;b&gt;" in page.text


def test_nobody_sees_anything_without_signing_in(cloud: Cloud) -> None:
    stranger = Organiser(cloud, "pk_org_no")
    for path in ("/", "/boxes", "/claim"):
        assert stranger.page(path).status_code == 401
    assert stranger.post("/claim", code="AAAA3333").status_code == 401
    stranger.browser.cookies.set("pika_cloud", f"{'a' * 20}:9999999999999.{'0' * 32}")
    assert stranger.page("/boxes").status_code == 401


def test_a_wrong_key_is_said_in_words(cloud: Cloud) -> None:
    answer = Organiser(cloud, "").post("/login", key="pk_org_wrong")
    assert answer.status_code == 403
    assert "not known" in answer.text


def test_signing_out_ends_it(cloud: Cloud) -> None:
    somebody = cloud.organisation().sign_in()
    assert somebody.post("/logout").status_code == 303
    assert somebody.page("/boxes").status_code == 401


def test_the_cookie_is_for_the_browser_alone(cloud: Cloud) -> None:
    somebody = cloud.organisation()
    cookie = somebody.post("/login", key=somebody.key).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert somebody.key not in cookie
    behind = httpx.post(
        f"{cloud.url}/login",
        data={"key": somebody.key},
        headers={"origin": cloud.url.replace("http:", "https:"), "x-forwarded-proto": "https"},
    )
    assert "Secure" in behind.headers["set-cookie"]


def test_another_sites_page_can_do_nothing(cloud: Cloud, organiser: Organiser, box: Box) -> None:
    for origin in ("https://evil.example", "null", f"{cloud.url}.evil.example"):
        for path in ("/claim", "/boxes/release", "/logout", "/login"):
            answer = organiser.post(path, origin=origin, box=box.id, code="AAAA3333", key="x")
            assert answer.status_code == 403, (origin, path)
    headers = {"sec-fetch-site": "cross-site"}
    answer = organiser.browser.post(f"{cloud.url}/boxes/release", data={"box": box.id}, headers=headers)
    assert answer.status_code == 403
    assert box.cursor().status_code == 200


def test_guessing_codes_gets_slow_and_hinders_nobody_else(cloud: Cloud) -> None:
    guesser, honest = cloud.organisation().sign_in(), cloud.organisation().sign_in()
    statuses = [guesser.post("/claim", code=f"AAAA333{last}").status_code for last in "34679AC"]
    assert statuses == [404] * 5 + [429] * 2
    assert int(guesser.post("/claim", code="AAAA3333").headers["retry-after"]) >= 1
    assert honest.claim(Box(cloud.url)).status_code == 303


def test_a_box_of_somebody_else_cant_be_given_up(cloud: Cloud, box: Box) -> None:
    other = cloud.organisation().sign_in()
    assert other.post("/boxes/release", box=box.id).status_code == 404
    assert box.id not in other.page("/boxes").text
    assert box.cursor().status_code == 200


def test_the_page_of_boxes_says_how_each_is(organiser: Organiser, box: Box) -> None:
    box.enrol(name="<img src=x onerror=alert(1)>")
    row = re.search(rf'data-box="{box.id}".*?</li>', organiser.page("/boxes").text, re.DOTALL)
    assert row is not None
    assert "Not heard yet" in row[0]
    box.cursor()
    assert "Last heard just now" in organiser.page("/boxes").text


def test_pages_carry_a_strict_policy_and_their_styles_are_there(organiser: Organiser) -> None:
    page = organiser.page("/boxes")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]* src=)|<style", page.text)
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        found = organiser.page(address)
        assert found.status_code == 200
        assert "immutable" in found.headers["cache-control"]


def test_what_is_not_there_is_said_to_each_in_their_way(organiser: Organiser) -> None:
    page = organiser.page("/nothing")
    assert page.status_code == 404
    assert "<h1>" in page.text
    program = httpx.get(f"{organiser.cloud.url}/v1/nothing")
    assert program.json()["code"] == "page_unknown"
    wrong = httpx.get(f"{organiser.cloud.url}/v1/ingest")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


def test_nothing_personal_is_in_the_log(cloud: Cloud, organiser: Organiser, box: Box) -> None:
    organiser.page("/boxes")
    box.cursor()
    log = cloud.log.read_text(encoding="utf-8")
    assert "127.0.0.1:" not in log.replace(f"127.0.0.1:{cloud.url.rpartition(':')[2]}", "")
    assert organiser.key not in log
    assert "GET" not in log


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/claim", "/claim"),
        ("/nights/b/e/report", "/nights/b/e/report"),
        ("", "/boxes"),
        ("//elsewhere.example", "/boxes"),
        ("https://elsewhere.example/", "/boxes"),
        ("/\\elsewhere.example", "/boxes"),
        ("claim", "/boxes"),
    ],
)
def test_whoever_signs_in_goes_where_they_wanted_and_nowhere_else(cloud: Cloud, wanted: str, leads_to: str) -> None:
    somebody = cloud.organisation()
    if leads_to != "/boxes":
        assert f'name="next" value="{wanted}"' in somebody.page(wanted).text
    answer = somebody.post("/login", key=somebody.key, next=wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)
