"""The status page, the wall and their API: who sees what, in which language, and that a broken part is one light."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from appliance.domain.status import Level
from appliance.errors import Unavailable
from appliance.files import space_at
from appliance.store.reader import SqliteReader
from appliance.web.app import build_app
from appliance.web.site import Site
from tests.support.guests import guest_in
from tests.support.real_box import RealBox
from tests.support.visitors import Answer, Visitor
from tests.web.conftest import Floor
from tests.web.served import Served, serving

HTML = {"Accept": "text/html"}
PASSWORD = "walzer-tango-99"
WIFI = {"wifi": {"ssid": "Tanzhaus", "passphrase": PASSWORD}}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A box on its own, with a Wi-Fi name and password in its settings."""
    with serving(tmp_path_factory.mktemp("quiet"), options=WIFI) as box:
        box.site.notices.add("config_set_aside", "The settings were damaged and set aside.")
        yield box


def lights(box: Served, **rest: Any) -> dict[str, Any]:
    told = box.staff().get("/api/v1/status", **rest).json
    return {light["name"]: light for light in told["lights"]}


def page(visitor: Visitor, path: str, **headers: str) -> Answer:
    return visitor.get(path, headers={**HTML, **headers})


def test_only_staff_see_the_status(quiet: Served) -> None:
    for who in (quiet.visitor(), quiet.dj()):
        assert page(who, "/staff/status").status == 401
        assert who.get("/api/v1/status").status == 401
        assert who.ask("PUT", "/api/v1/clock", json_body={"wall_ms": 1}).status == 401
        assert who.post("/staff/clock", form={"wall_ms": "1"}).status == 401
    shown = page(quiet.staff(), "/staff/status")
    assert shown.status == 200
    assert 'href="/staff/status"' in page(quiet.staff(), "/staff").text


def test_the_page_the_api_health_and_metrics_tell_the_same(quiet: Served) -> None:
    told = quiet.staff().get("/api/v1/status").json
    levels = {light["name"]: light["level"] for light in told["lights"]}
    assert quiet.visitor().get("/health").json["lights"] == levels
    shown = page(quiet.staff(), "/staff/status").text
    assert told["verdict"] in shown
    for light in told["lights"]:
        assert f'data-level="{light["level"]}" data-light="{light["name"]}"' in shown
        assert light["word"]
    families = {one.name: one for one in text_string_to_metric_families(quiet.visitor().get("/metrics").text)}
    measured = {(s.labels["light"], s.labels["level"]): s.value for s in families["pika_box_light"].samples}
    assert {name for name, _ in measured} == levels.keys()
    for (name, level), value in measured.items():
        assert value == (levels[name] == level), (name, level)
    assert len(measured) == len(levels) * len(Level)


def test_staff_find_what_needs_a_look_on_their_own_page_too(quiet: Served) -> None:
    told = quiet.staff().get("/api/v1/status", headers={"Accept-Language": "en"}).json
    shown = page(quiet.staff(), "/staff").text
    assert told["verdict"] in shown
    assert "1 thing happened that somebody should read." in shown
    assert "Switched off in the settings" not in shown


@pytest.mark.parametrize(
    ("path", "headers", "language", "words"),
    [
        ("/staff/status", {"Accept-Language": "de-AT,de;q=0.9,en;q=0.1"}, "de", "Begrüßungsseite"),
        ("/staff/status?lang=hu", {"Accept-Language": "de"}, "hu", "Üdvözlőoldal"),
        ("/staff/status", {"Accept-Language": "ja"}, "en", "Welcome page"),
        ("/staff/status?lang=xx", {"Accept-Language": "pl"}, "pl", "Strona powitalna"),
        ("/screen/status?lang=fr", {}, "fr", "Page d’accueil"),
        ("/poster/main-floor?lang=es", {}, "es", "Cartel"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browser_s(
    quiet: Served, path: str, headers: dict[str, str], language: str, words: str
) -> None:
    answer = page(quiet.staff(), path, **headers)
    assert f'<html lang="{language}"' in answer.text
    assert words in answer.text
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "Accept-Language, Cookie, Accept-Encoding"
    assert answer.headers["cache-control"] == "no-store"
    # Only a choice is kept, never what the browser said of itself.
    chosen = "lang=" in path and not path.endswith("xx")
    assert answer.cookies() == ({"pika_lang": language} if chosen else {})


def test_a_chosen_language_stays_until_another_is_chosen(quiet: Served) -> None:
    staff = quiet.staff()
    page(staff, "/staff/status?lang=pl")
    assert '<html lang="pl"' in page(staff, "/poster/main-floor", **{"Accept-Language": "de"}).text
    page(staff, "/staff/status?lang=de")
    assert '<html lang="de"' in page(staff, "/staff/status").text
    staff.cookies["pika_lang"] = "../../etc/passwd"
    assert '<html lang="en"' in page(staff, "/staff/status").text


def test_every_language_is_one_plain_link_away(quiet: Served) -> None:
    for path in ("/staff/status", "/poster/main-floor"):
        shown = page(quiet.staff(), f"{path}?lang=de").text
        for language in ("en", "fr", "es", "pl", "hu"):
            assert f'<a href="{path}?lang={language}" hreflang="{language}" lang="{language}">' in shown
        assert '<strong lang="de">Deutsch</strong>' in shown


def test_notices_are_on_the_page_and_not_on_the_wall(quiet: Served) -> None:
    assert "The settings were damaged and set aside." in page(quiet.staff(), "/staff/status").text
    assert quiet.staff().get("/api/v1/status").json["notices"][0]["code"] == "config_set_aside"
    assert "set aside" not in page(quiet.visitor(), "/screen/status").text


def asked_from(
    box: Served, address: str, path: str, *, token: str | None = None, site: Site | None = None
) -> tuple[int, str]:
    """One request as it comes from another machine. No socket: loopback can't play a stranger."""
    sent = [(b"host", b"10.42.0.1"), (b"accept", b"text/html")]
    if token:
        sent.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": sent,
        "client": (address, 40_000),
        "server": ("10.42.0.1", 80),
        "state": {"site": site or box.site},
    }
    messages: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    def never_opened() -> Any:
        raise AssertionError

    app = build_app(never_opened, http=box.site.settings.http)
    asyncio.run_coroutine_threadsafe(app(scope, receive, send), box.loop).result(10)  # type: ignore[arg-type]
    return messages[0]["status"], b"".join(one.get("body", b"") for one in messages[1:]).decode()


def test_the_wall_is_for_the_box_s_own_browser_and_for_staff(quiet: Served) -> None:
    token = quiet.staff().token
    for here in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert asked_from(quiet, here, "/screen/status")[0] == 200
    for stranger in ("10.42.0.77", "192.168.1.4", "fe80::1%eth0", "::ffff:10.42.0.77", "2001:db8::1"):
        assert asked_from(quiet, stranger, "/screen/status")[0] == 401
        assert asked_from(quiet, stranger, "/staff/status")[0] == 401
        assert asked_from(quiet, stranger, "/screen/status", token=token)[0] == 200


def test_a_wall_renews_itself_without_a_script_and_shows_no_secret(quiet: Served) -> None:
    shown = page(quiet.visitor(), "/screen/status")
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in shown.text
    assert "<form" not in shown.text
    assert "<button" not in shown.text
    assert 'data-scheme="dark"' in shown.text
    assert PASSWORD not in shown.text
    assert "pk_dj_" not in shown.text


def test_a_wall_leads_to_the_set_up_until_a_dj_may_play(tmp_path: Path) -> None:
    with serving(tmp_path, options={"http": {"public_url": "http://pika.internal"}}) as box:
        before = page(box.visitor(), "/screen/status").text
        assert "http://pika.internal/staff" in before
        assert "setup code" in before
        box.dj()
        after = page(box.visitor(), "/screen/status").text
        assert "/staff" not in after
        assert "http://pika.internal" in after


def test_nothing_of_a_guest_or_a_dj_is_told_to_strangers(box: RealBox, floor: Floor, guest: Visitor) -> None:
    floor.play("Secret Waltz")
    for path in ("/health", "/metrics"):
        told = guest.get(path).text
        assert floor.dj_name not in told
        assert guest.cookies["pika_guest"].split(".")[0] not in told
        assert guest_in(box.data / "box.db", guest.cookies["pika_guest"]) not in told
        assert "127.0.0.1" not in told


# --- Parts that broke -------------------------------------------------------------------------------------------


@pytest.fixture
def broken_reader(tmp_path: Path) -> Iterator[SqliteReader]:
    """A real reader of a file that is no database."""
    path = tmp_path / "broken.db"
    path.write_bytes(b"this was a database" * 1000)
    reader = asyncio.run(SqliteReader.open(path))
    yield reader
    asyncio.run(reader.close())


def test_a_database_that_can_t_be_read_is_a_light_and_not_a_missing_page(
    broken_reader: SqliteReader, tmp_path: Path
) -> None:
    with serving(tmp_path / "box") as box:
        assert box.dj().post("/api/v1/stages/main-floor/sessions").status in {200, 201}
        broken = replace(box.site, ports=replace(box.site.ports, reader=broken_reader))
        token = box.staff().token
        status, text = asked_from(box, "127.0.0.1", "/api/v1/status", token=token, site=broken)
        assert status == 200
        found = {light["name"]: light for light in json.loads(text)["lights"]}
        # Who is on is known without the store.
        assert (found["store"]["level"], found["djs"]["level"]) == ("bad", "good")
        assert "can't be read" in found["store"]["detail"]
        for path in ("/staff/status", "/screen/status", "/health", "/metrics"):
            assert asked_from(box, "127.0.0.1", path, token=token, site=broken)[0] == 200, path


def test_a_disk_a_network_and_a_certificate_that_can_t_be_looked_at_are_lights(tmp_path: Path) -> None:
    def no_certificate() -> Any:
        raise Unavailable("certificate_unreadable", "The certificate can't be read.")

    def change(site: Site) -> Site:
        return replace(site, space=lambda: space_at(tmp_path / "pulled out"), certificate=no_certificate)

    # A radio without a country can't be planned; every other light stays what it is.
    with serving(tmp_path / "box", change=change, options={"network": {"topology": "access-point"}}) as box:
        found = lights(box)
        assert {name: found[name]["level"] for name in ("disk", "wifi", "phones", "certificate", "store")} == {
            "disk": "bad",
            "wifi": "attention",
            "phones": "attention",
            "certificate": "attention",
            "store": "good",
        }
        assert "No such file" in found["disk"]["detail"]
        assert "radio" in found["wifi"]["detail"]
        assert found["certificate"]["detail"] == "The certificate can't be read."
        assert page(box.staff(), "/staff/status?lang=hu").status == 200
        assert box.visitor().get("/health").json["lights"]["disk"] == "bad"


def test_what_can_t_be_saved_is_said_where_staff_look(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        staff = box.staff()
        with closing(sqlite3.connect(tmp_path / "box.db")) as other:
            other.execute("DROP TABLE journal")
        assert staff.post("/api/v1/djs", json_body={"name": "Anna"}).status == 503
        found = lights(box)
        assert found["store"]["level"] == "bad"
        assert "no such table" in found["store"]["detail"]
        assert box.visitor().get("/health").status == 503
        # What the store can't tell is absent, and everything else is measured.
        assert "pika_box_journal_last_seq" not in box.visitor().get("/metrics").text
        assert "pika_box_light{" in box.visitor().get("/metrics").text
