"""The captive portal's API as phones' systems read it (RFC 8908)."""

import json

import pytest

from appliance.domain.portal import RELEASE_FOR_MS
from tests.support.authority import NAME
from tests.support.visitors import Answer
from tests.tls.client import Phone, eventually, is_open
from tests.tls.conftest import EncryptedBox, NewBox

ANDROID = "Dalvik/2.1.0 (Linux; U; Android 16; Pixel 9)"


def set_mode(box: EncryptedBox, mode: str) -> None:
    answer = box.served.staff().ask("PUT", "/api/v1/portal", json_body={"mode": mode})
    assert answer.status == 200


def asked(box: EncryptedBox, address: str = "127.0.0.1") -> Answer:
    """What a phone's system hears."""
    phone = Phone(box.tls_port, box.roots, address=address)
    answer = phone.get("/api/captive", Accept="application/captive+json", **{"User-Agent": ANDROID})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/captive+json"
    assert answer.headers["cache-control"] == "private, no-store"
    assert len(answer.body) <= 4096
    answer.body.decode("utf-8")
    return answer


def test_in_party_mode_each_phone_hears_whether_it_is_held_itself(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        set_mode(box, "party")
        here = f"https://{NAME}:{box.tls_port}"
        held = {"captive": True, "user-portal-url": f"{here}/welcome", "venue-info-url": f"{here}/"}
        held["can-extend-session"] = True
        first, second = "127.0.2.1", "127.0.2.2"
        assert asked(box, first).json == held

        phone = Phone(box.tls_port, box.roots, address=first)
        page = phone.get("/welcome", Accept="text/html")
        assert (page.status, "<form" in page.text) == (200, True)
        pressed = phone.press("/welcome")
        assert (pressed.status, pressed.headers["location"]) == (303, "/welcome/done")

        let_go = asked(box, first).json
        assert let_go.pop("seconds-remaining") in range(RELEASE_FOR_MS // 1000 - 60, RELEASE_FOR_MS // 1000 + 1)
        assert let_go == held | {"captive": False}
        assert asked(box, second).json == held

        assert phone.press("/welcome/leave").status == 303
        assert asked(box, first).json == held


@pytest.mark.parametrize("mode", ["quiet", "gateway"])
def test_outside_of_party_mode_nobody_is_held(encrypted_box: NewBox, mode: str) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        set_mode(box, mode)
        assert asked(box).json == {"captive": False, "venue-info-url": f"https://{NAME}:{box.tls_port}/"}


def test_nothing_in_it_says_which_phone_asked(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        set_mode(box, "party")
        answers = [asked(box, f"127.0.3.{number}") for number in range(1, 4)]
        assert len({answer.body for answer in answers}) == 1
        assert "127.0.3." not in answers[0].text
        assert "set-cookie" not in answers[0].headers


def test_over_https_no_strange_name_is_answered_for_not_even_in_party_mode(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        set_mode(box, "party")
        phone = Phone(box.tls_port, box.roots)
        assert phone.get("/generate_204", Host="connectivitycheck.gstatic.com").status == 421
        assert phone.press("/welcome").status == 303
        assert phone.get("/generate_204", Host="connectivitycheck.gstatic.com").status == 421


def test_over_plain_http_there_is_no_api(encrypted_box: NewBox) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        set_mode(box, "party")
        for host in (None, NAME, "10.42.0.1"):
            visitor = box.served.visitor()
            visitor.host = host
            answer = visitor.get("/api/captive", headers={"Accept": "application/captive+json"})
            assert answer.status == 404
            assert "captive+json" not in answer.headers["content-type"]


def test_what_a_strict_reader_of_the_format_checks(encrypted_box: NewBox) -> None:
    """RFC 8908, section 5: one object; `captive` a boolean; addresses are HTTPS; no number below zero."""
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        set_mode(box, "party")
        Phone(box.tls_port, box.roots).press("/welcome")
        found = json.loads(asked(box).body)
        known = {"captive": bool, "user-portal-url": str, "venue-info-url": str, "can-extend-session": bool}
        known["seconds-remaining"] = int
        assert set(found) == set(known)
        assert all(type(found[name]) is kind for name, kind in known.items())
        assert found["user-portal-url"].startswith("https://")
        assert found["seconds-remaining"] > 0
