"""Safe mode's pages: kind to dancers, plain to staff, closed to everybody else."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from appliance.web.safe import Reason, SafeView, build_safe_app, build_safe_server
from appliance.web.words import LANGUAGES, Words
from tests.support.ports import free_port
from tests.support.visitors import Answer, Visitor

CODE = "K7QM2-X9F4T"
PROBES = [
    ("captive.apple.com", "/hotspot-detect.html"),
    ("connectivitycheck.gstatic.com", "/generate_204"),
    ("www.msftconnecttest.com", "/connecttest.txt"),
    ("detectportal.firefox.com", "/canonical.html"),
]


@dataclass
class Safe:
    """A running safe mode."""

    port: int
    #: how it was left: with the broker or without
    left: list[bool] = field(default_factory=list)

    def visitor(self) -> Visitor:
        return Visitor(port=self.port)

    def page(self, path: str = "/", **headers: str) -> Answer:
        return self.visitor().get(path, headers={"Accept": "text/html", **headers})

    def staff(self) -> Visitor:
        """Somebody who has typed the code."""
        found = self.visitor()
        assert found.post("/staff/setup", form={"code": CODE}).status == 303
        # The pass has a name that only safe mode knows; a browser keeps every cookie.
        return found


@pytest.fixture
def safe() -> Iterator[Safe]:
    box = Safe(free_port())
    view = SafeView(
        name="Hall <b>",
        code=CODE,
        reasons=[Reason("server", "the database <i>is</i> locked"), Reason("start", "")],
        notices=lambda: ["The card is <u>old</u>."],
        logs=lambda: [("server", ["line one", "<script>line two"])],
        leave=box.left.append,
    )
    server = build_safe_server(build_safe_app(view, names=["pika.example"]), host="127.0.0.1", port=box.port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield box
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize("path", ["/", "/s/main-floor", "/likes", "/dj", "/welcome", "/no/such/page"])
def test_phones_get_the_waiting_page_at_every_address(safe: Safe, path: str) -> None:
    answer = safe.page(path)
    assert (answer.status, answer.headers["retry-after"], answer.headers["cache-control"]) == (503, "15", "no-store")
    assert "hearts are kept on this phone" in answer.text
    assert '<meta http-equiv="refresh" content="' in answer.text
    assert "<script" not in answer.text
    assert "set-cookie" not in answer.headers
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_waiting_page_speaks_six_languages(safe: Safe) -> None:
    words = Words()
    seen = {language: safe.page(**{"Accept-Language": language}).text for language in LANGUAGES}
    for language, text in seen.items():
        assert f'<html lang="{language}">' in text
        assert words.text(language, "safe.title") in text
    assert len({text.partition("<h1>")[2].partition("</h1>")[0] for text in seen.values()}) == 6


def test_programs_are_told_when_to_come_back_so_that_a_like_waits_in_the_phone(safe: Safe) -> None:
    for method, path in (
        ("GET", "/api/v1/stages/main-floor/stream"),
        ("PUT", "/api/v1/plays/p1/like"),
        ("POST", "/api/v1/sessions/s/plays"),
        ("GET", "/metrics"),
    ):
        answer = safe.visitor().ask(method, path)
        assert (answer.status, answer.headers["retry-after"], answer.json["code"]) == (503, "15", "safe_mode"), path


def test_health_says_safe_and_which_parts_failed(safe: Safe) -> None:
    answer = safe.visitor().get("/health")
    assert (answer.status, answer.json["status"]) == (503, "safe")
    assert set(answer.json["parts"]) == {"server", "start"}
    assert "locked" not in answer.text, "what the logs say is for staff"


def test_staff_see_what_is_wrong_after_the_code_and_nobody_does_without(safe: Safe) -> None:
    for stranger in (safe.visitor(), Visitor(port=safe.port, cookies={"pika_safe": "x" * 32})):
        page = stranger.get("/staff", headers={"Accept": "text/html"})
        assert page.status == 200
        assert "locked" not in page.text
        assert "line one" not in page.text
    seen = safe.staff().get("/staff", headers={"Accept": "text/html"}).text
    assert "the database &lt;i&gt;is&lt;/i&gt; locked" in seen
    assert "It ended without a word." in seen
    assert "The card is &lt;u&gt;old&lt;/u&gt;." in seen
    assert "&lt;script&gt;line two" in seen
    assert "Hall &lt;b&gt;" in seen


def test_the_code_may_be_typed_as_people_do(safe: Safe) -> None:
    assert safe.visitor().post("/staff/setup", form={"code": " k7qm2 x9f4t "}).status == 303


def test_guessing_is_slowed_down(safe: Safe) -> None:
    stranger = safe.visitor()
    statuses = [stranger.post("/staff/setup", form={"code": f"AAAAA-{number:05}"}).status for number in range(8)]
    assert statuses[:5] == [403] * 5
    assert statuses[-1] == 429
    assert stranger.post("/staff/setup", form={"code": CODE}).status == 429, "the right code came through as a guess"


def test_staff_leave_safe_mode_with_the_broker_or_without_and_others_do_not(safe: Safe) -> None:
    for path in ("/staff/again", "/staff/without-broker"):
        assert safe.visitor().post(path, form={}).status == 303
    assert safe.left == []
    staff = safe.staff()
    answer = staff.post("/staff/again", form={})
    assert answer.status == 200
    assert "The box is starting" in answer.text
    assert staff.post("/staff/without-broker", form={}).status == 200
    assert safe.left == [True, False]


def test_another_sites_page_can_not_leave_it_for_staff(safe: Safe) -> None:
    staff = safe.staff()
    foreign = {"Origin": "http://evil.example"}
    assert staff.post("/staff/again", form={}, headers=foreign).status == 403
    assert safe.left == []


@pytest.mark.parametrize(("host", "path"), PROBES)
def test_no_portal_opens(safe: Safe, host: str, path: str) -> None:
    answer = safe.visitor().get(path, headers={"Host": host, "Accept": "text/html"})
    assert (answer.status, "location" in answer.headers) == (421, False)


def test_what_is_too_large_or_no_form_breaks_nothing(safe: Safe) -> None:
    assert safe.visitor().post("/staff/setup", body=b"x" * 20_000).status == 413
    assert safe.visitor().post("/staff/setup", body=b"\xff=%ff").status == 400
    assert safe.staff().post("/staff/again", body=b"x" * 20_000).status == 413
    assert safe.page("/s/" + "x" * 5_000).status == 503
    assert safe.left == []


def test_the_waiting_page_is_small(safe: Safe) -> None:
    assert len(safe.page().body) < 3_000
