"""The welcome pages in every language, in browsers that keep nothing: the address alone carries the choice."""

import re

import pytest

from appliance.web.words import LANGUAGES
from tests.portal.conftest import NewPhone
from tests.portal.phone import Phone
from tests.portal.test_phones import IPHONE, PIXEL, WINDOWS

MOST_BYTES = 30 * 1024
NO_INTERNET = {
    "en": "<strong>no internet</strong>",
    "de": "<strong>kein Internet</strong>",
    "fr": "<strong>n’a pas Internet</strong>",
    "es": "<strong>no tiene internet</strong>",
    "pl": "<strong>nie ma internetu</strong>",
    "hu": "<strong>nincs internet</strong>",
}
#: what Android's own sheet calls it
AS_IS = {
    "en": "Use this network as is",
    "de": "Netzwerk im Istzustand verwenden",
    "fr": "Utiliser ce réseau tel quel",
    "es": "Utilizar esta red tal cual",
    "pl": "Używaj tej sieci tak jak jest",
    "hu": "Hálózat használata jelen állapotában",
}


def read(phone: Phone, path: str, language: str | None = None) -> tuple[dict[str, str], str]:
    headers = {"Accept": "text/html"} | ({"Accept-Language": language} if language else {})
    answer = phone.ask("GET", f"http://127.0.0.1:{phone.port}{path}", headers=headers)
    assert answer.status == 200
    assert len(answer.body) < MOST_BYTES
    return dict(answer.headers), answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_is_welcomed_in_its_own_language(new_phone: NewPhone, language: str) -> None:
    for agent in (IPHONE, PIXEL, WINDOWS):
        phone = new_phone()
        phone.agent = agent
        headers, text = read(phone, "/welcome", f"{language}-XX,{language};q=0.9")
        assert f'<html lang="{language}"' in text
        assert NO_INTERNET[language] in text
        assert (AS_IS[language] in text) is (agent == PIXEL)
        assert "set-cookie" not in headers
        assert headers["vary"] == "Accept-Language, Cookie, Accept-Encoding"
        assert headers["cache-control"] == "no-store"
        assert "<script" not in text
        phone.press("/welcome")
        assert NO_INTERNET[language] in read(phone, "/welcome/done", language)[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chosen_language_goes_along_through_button_and_way_back(phone: Phone, language: str) -> None:
    text = read(phone, f"/welcome?lang={language}", "ja")[1]
    [action] = re.findall(r'<form method="post" action="([^"]+)"', text)
    assert action == f"/welcome?lang={language}"
    to = phone.press(action).headers["location"]
    assert to == f"/welcome/done?lang={language}"
    text = read(phone, to, "ja")[1]
    assert f'<html lang="{language}"' in text
    [action] = re.findall(r'<form method="post" action="([^"]+)"', text)
    assert phone.press(action, origin="null").headers["location"] == f"/welcome?lang={language}"


def test_the_other_languages_are_links_on_every_welcome_page(phone: Phone) -> None:
    phone.press("/welcome")
    for path in ("/welcome", "/welcome/done"):
        text = read(phone, path, "de")[1]
        links = re.findall(rf'<a href="{path}\?lang=(\w\w)"', text)
        assert links == [language for language in LANGUAGES if language != "de"]


def test_a_language_that_is_none_is_no_choice(phone: Phone) -> None:
    for wanted in ("xx", "de%22%3E%3Cscript%3E", "", "../de"):
        headers, text = read(phone, f"/welcome?lang={wanted}", "hu")
        assert '<html lang="hu"' in text
        assert 'action="/welcome"' in text
        assert "set-cookie" not in headers
