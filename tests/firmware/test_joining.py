"""The whole way of a phone that joins: DHCP, DNS, its probe, the real box's welcome page, one tap, online."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import sync_playwright

from appliance.domain.portal import Mode
from tests.firmware.guests_network import BOX, WEB_PORT, GuestsNetwork, guests_network
from tests.support.chromium import chromium_path, flags

_PROBE = "http://captive.apple.com/hotspot-detect.html"


def test_a_phone_that_joins_is_led_to_the_welcome_page_and_is_online_after_one_tap(tmp_path: Path) -> None:
    with guests_network(tmp_path, mode=Mode.PARTY, real=True) as network:
        here = "http://pika.internal"

        caught = network.phone.visit(_PROBE)
        assert (caught["status"], caught["to"]) == (302, f"{here}/welcome")
        page = network.phone.visit(caught["to"])
        assert page["status"] == 200
        assert "<form" in page["body"]
        assert network.phone.visit(f"{here}/welcome", method="POST")["status"] == 303
        online = network.phone.visit(_PROBE)
        assert (online["status"], "Success" in online["body"]) == (200, True)

        # Only that phone, known by its card; the next one sees the page.
        assert network.other.visit(_PROBE)["status"] == 302
        # The stage's page by every name of the box, on the web's own port.
        for name in ("pika", "pika.internal", "pika.local", BOX):
            assert network.other.visit(f"http://{name}/s/main-floor")["status"] == 200


_DOORS = (
    _PROBE,
    "http://connectivitycheck.gstatic.com/generate_204",
    "http://www.msftconnecttest.com/redirect",
    "http://go.microsoft.com/fwlink/",
    "http://detectportal.firefox.com/canonical.html",
    "http://neverssl.com/some/page?x=1",
    "http://93.184.216.34/",
    "http://pika.local/redirect",
)


def test_from_anywhere_a_phone_comes_to_a_page_of_the_box_s_name_within_two_steps(tmp_path: Path) -> None:
    with guests_network(tmp_path, mode=Mode.PARTY, real=True) as network:
        for url in _DOORS:
            steps = [network.phone.visit(url)]
            while steps[-1]["status"] in {302, 303, 307} and len(steps) < 5:
                to = urljoin("http://pika.internal/", steps[-1]["to"])
                assert urlsplit(to).netloc == "pika.internal", (url, to)
                steps.append(network.phone.visit(to))
            # A name of the box's own that leads nowhere is just not found.
            wanted = 404 if url.startswith("http://pika.") else 200
            assert (steps[-1]["status"], len(steps) <= 4) == (wanted, True), url


def test_in_quiet_mode_the_real_box_is_there_for_those_who_come_by_the_code(tmp_path: Path) -> None:
    with guests_network(tmp_path, mode=Mode.QUIET, real=True) as network:
        assert network.phone.ask(("captive.apple.com", "A"))[0]["code"] == "NXDOMAIN"
        assert network.phone.visit("http://pika.internal/s/main-floor")["status"] == 200


_CAPTURE = "198.51.100.1"


@pytest.fixture(name="captured", scope="module")
def _captured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestsNetwork]:
    """A box that catches phones at an address that looks public."""
    folder = tmp_path_factory.mktemp("captured")
    with guests_network(folder, mode=Mode.PARTY, real=True, capture=_CAPTURE) as network:
        yield network


def test_from_an_address_that_looks_public_phones_are_led_to_the_name(captured: GuestsNetwork) -> None:
    """Some Android phones take a private address for "no internet" instead of a portal."""
    phone = captured.phone
    strange, own = phone.ask(("connectivitycheck.gstatic.com", "A"), ("pika.internal", "A"))
    assert (strange["answers"], own["answers"]) == ([_CAPTURE], [BOX])
    caught = phone.visit("http://connectivitycheck.gstatic.com/generate_204")
    assert (caught["status"], caught["to"]) == (302, "http://pika.internal/welcome")
    assert phone.visit("http://pika.internal/welcome", method="POST")["status"] == 303
    assert phone.visit("http://connectivitycheck.gstatic.com/generate_204")["status"] == 204
    assert phone.visit(f"http://{_CAPTURE}/")["to"] == "http://pika.internal/"


def test_nothing_is_ever_served_at_an_address_that_looks_public(captured: GuestsNetwork) -> None:
    for address in (_CAPTURE, "93.184.216.34"):
        for path in ("/", "/welcome", "/staff", "/s/main-floor", "/api/v1/stages/main-floor/now", "/health"):
            found = captured.other.visit(f"http://{address}{path}")
            assert found["status"] == 302, (address, path)
            assert found["to"].startswith("http://pika.internal/"), (address, path)
    assert captured.other.visit(f"http://{_CAPTURE}/welcome", method="POST")["status"] == 421
    doors = [("tcp", _CAPTURE, 443), ("tcp", _CAPTURE, 853), ("udp", _CAPTURE, 443), ("tcp", _CAPTURE, WEB_PORT)]
    for door, found in zip(doors, captured.other.reach(*doors), strict=True):
        assert found["said"] == "refused", door
        assert found["ms"] < 50, door


def test_a_browser_that_starts_at_the_public_looking_address_lands_on_a_page_that_works(
    captured: GuestsNetwork, tmp_path: Path
) -> None:
    """Chromium keeps pages of public addresses away from private ones; a whole navigation is what it lets through."""
    # The browser as it is, in the phone's namespace.
    browser = tmp_path / "browser"
    inside = f"ip netns exec {captured.other.machine.namespace} {chromium_path()}"
    browser.write_text(f'#!/bin/sh\nexec {inside} "$@"\n', encoding="utf-8")
    browser.chmod(0o755)
    names = f"MAP captive.apple.com {_CAPTURE}, MAP pika.internal {BOX}"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(browser), args=flags(f"--host-resolver-rules={names}")
        )
        page = chromium.new_page()
        troubles: list[str] = []
        # A page that is left ends its stream itself.
        page.on("requestfailed", lambda one: None if one.failure == "net::ERR_ABORTED" else troubles.append(one.url))
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)

        for start in (_PROBE, f"http://{_CAPTURE}/"):
            page.goto(start)
            assert urlsplit(page.url).netloc == "pika.internal"
        page.goto("http://pika.internal/s/main-floor")
        assert page.evaluate("async () => (await fetch('/api/v1/stages/main-floor/now')).status") == 200
        assert troubles == []
        chromium.close()
