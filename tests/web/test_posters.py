"""Making a poster on the staff's page: what is chosen there is on the paper, and what was typed is not kept unasked."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.commands import poster as command
from appliance.web.words import LANGUAGES
from tests.support.codes import photographed, read_codes, size_of, written_on
from tests.support.visitors import Answer, Visitor
from tests.web.html import Page
from tests.web.served import Served, serving

_ADDRESS = "http://192.168.4.1:8080/s/main-floor"
HTML = {"Accept": "text/html"}
_OWN = {"ssid": "Venue", "passphrase": "dance all night"}
_MAKE = "/poster/main-floor/pdf"
_SECRET = "a secret of the venue"


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    options = {"http": {"public_url": "http://192.168.4.1:8080"}, "wifi": _OWN}
    with serving(tmp_path_factory.mktemp("venue"), options=options) as box:
        yield box


def made(staff: Visitor, **fields: str) -> Answer:
    answer = staff.post(_MAKE, form={"paper": "a4", "lang_en": "yes", "wifi": "own", **fields}, headers=HTML)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf"), answer.text[:500]
    assert answer.headers["cache-control"] == "no-store"
    return answer


def test_the_page_offers_it_to_staff_filled_in_and_to_nobody_else(venue: Served) -> None:
    assert "/pdf" not in venue.visitor().get("/poster/main-floor", headers=HTML).text
    page = venue.staff().get("/poster/main-floor?lang=de", headers=HTML)
    assert page.headers["cache-control"] == "no-store"
    form = Page(page).form(f"{_MAKE}?lang=de")
    assert (form.fields["paper"], form.fields["wifi"], form.fields["lang_de"]) == ("a4", "own", "yes")
    assert "lang_en" not in form.fields
    refused = venue.visitor().post(_MAKE, form={"paper": "a4", "wifi": "own"})
    assert (refused.status, "staff_missing" in refused.text) == (401, True)


def test_the_forms_own_choice_makes_a_sheet_whose_codes_are_read(venue: Served, tmp_path: Path) -> None:
    staff = venue.staff()
    answer = Page(staff.get("/poster/main-floor", headers=HTML)).form(f"{_MAKE}?lang=en").send(staff)
    assert answer.headers["content-disposition"] == 'attachment; filename="poster-main-floor-a4.pdf"'
    codes = read_codes(photographed(answer.body, tmp_path))
    assert codes == ["WIFI:T:WPA;S:Venue;P:dance all night;;", _ADDRESS]


def test_paper_and_languages_are_as_chosen(venue: Served, tmp_path: Path) -> None:
    every = {f"lang_{code}": "yes" for code in LANGUAGES}
    drawn = made(venue.staff(), paper="a5", **every).body
    assert size_of(drawn, tmp_path).startswith("419.528 x 595.276")
    said = written_on(drawn, tmp_path)
    assert all(word in said for word in ("Password", "Passwort", "Mot de passe", "Contraseña", "Hasło", "Jelszó"))


def kept(box: Served) -> list[tuple[str]]:
    with closing(sqlite3.connect(box.site.settings.database)) as database:
        return database.execute("SELECT value FROM meta WHERE name = 'poster_wifi'").fetchall()


def test_the_venues_wi_fi_is_on_the_sheet_and_nowhere_else(venue: Served, tmp_path: Path) -> None:
    drawn = made(venue.staff(), wifi="venue", ssid="Haus", passphrase=_SECRET).body
    assert f"WIFI:T:WPA;S:Haus;P:{_SECRET};;" in read_codes(photographed(drawn, tmp_path))
    assert kept(venue) == []
    for path in venue.site.settings.data.rglob("*"):
        assert not path.is_file() or _SECRET.encode() not in path.read_bytes(), path
    assert _SECRET not in venue.staff().get("/poster/main-floor", headers=HTML).text


def test_it_is_kept_when_staff_ask_for_that_and_forgotten_when_they_no_longer_do(venue: Served) -> None:
    staff = venue.staff()
    made(staff, wifi="venue", ssid="Haus", passphrase=_SECRET, hidden="yes", keep="yes")
    form = Page(staff.get("/poster/main-floor", headers=HTML)).form(f"{_MAKE}?lang=en")
    assert [form.fields[name] for name in ("wifi", "ssid", "passphrase", "hidden", "keep")] == [
        "venue",
        "Haus",
        _SECRET,
        "yes",
        "yes",
    ]
    assert _SECRET not in venue.visitor().get("/poster/main-floor", headers=HTML).text
    made(staff)  # another poster with the box's own changes nothing
    assert kept(venue)
    made(staff, wifi="venue", ssid="Haus", passphrase=_SECRET)
    assert kept(venue) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"wifi": "venue", "ssid": ""}, "ssid_length"),
        ({"wifi": "venue", "ssid": "Haus", "passphrase": "short"}, "passphrase_invalid"),
        ({"wifi": "venue", "ssid": "ő" * 17}, "ssid_length"),
        ({"wifi": "other"}, "poster_invalid"),
        ({"paper": "a3"}, "poster_invalid"),
    ],
)
def test_what_cannot_be_made_is_said_on_the_page_and_what_was_typed_stays(
    venue: Served, fields: dict[str, str], code: str
) -> None:
    staff = venue.staff()
    typed = {"paper": "a5", "wifi": "own", "lang_hu": "yes", "keep": "yes", "ssid": "Haus"} | fields
    answer = staff.post(f"{_MAKE}?lang=en", form=typed, headers=HTML)
    assert answer.status == 422
    page = Page(answer)
    form = page.form(f"{_MAKE}?lang=en")
    assert form.fields["ssid"] == typed["ssid"]
    assert (form.fields["lang_hu"], form.fields["keep"]) == ("yes", "yes")
    assert page.one("div", role="alert").text
    assert kept(venue) == []


def test_a_box_without_a_wi_fi_of_its_own_says_so(tmp_path: Path) -> None:
    with serving(tmp_path, options={"http": {"public_url": "http://192.168.4.1:8080"}}) as box:
        answer = box.staff().post(_MAKE, form={"paper": "a4", "wifi": "own"}, headers=HTML)
        assert "no Wi-Fi of its own" in answer.text
        sheet = box.staff().post(_MAKE, form={"paper": "a4", "wifi": "none"}, headers=HTML)
        assert read_codes(photographed(sheet.body, tmp_path)) == [_ADDRESS]


def test_the_command_writes_the_same_sheet(venue: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "poster.pdf"
    data = str(venue.site.settings.data)
    options = ["--data", data, "--url", _ADDRESS, "--paper", "a5", "--lang", "de,en", "--out", str(file)]
    assert command.main(["Main Floor", *options, "--no-wifi"]) == 0
    assert capsys.readouterr().out == f"{file} is ready to print.\n"
    assert read_codes(photographed(file.read_bytes(), tmp_path)) == [_ADDRESS]
    assert "Main Floor" in written_on(file.read_bytes(), tmp_path)
