"""The pages over HTTPS in real Chromium that trusts the tests' authority: what only a secure context has lights up."""

import base64
import hashlib
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.authority import NAME, Authority
from tests.support.chromium import chromium_path, flags
from tests.tls.client import eventually, is_open
from tests.tls.conftest import EncryptedBox, NewBox

_EXTRAS = """() => ({
    secure: isSecureContext, worker: 'serviceWorker' in navigator, wake: 'wakeLock' in navigator,
    uuid: 'randomUUID' in crypto, subtle: 'subtle' in crypto && crypto.subtle !== undefined,
    clipboard: 'clipboard' in navigator,
})"""


@pytest.fixture(scope="module")
def browser(authority: Authority) -> Iterator[Browser]:
    """A browser that takes the authority's certificates for good, and finds the public name on this machine."""
    public = authority.root.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    between = authority.between.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pins = ",".join(base64.b64encode(hashlib.sha256(key).digest()).decode() for key in (public, between))
    arguments = flags(
        f"--ignore-certificate-errors-spki-list={pins}",
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1, MAP dance.internal 127.0.0.1",
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone with nothing remembered."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield context
    context.close()


def watched(phone: BrowserContext) -> tuple[Page, list[str]]:
    """A page, and everything it complains of."""
    page, complaints = phone.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    return page, complaints


def announce(box: EncryptedBox, title: str) -> None:
    dj = box.served.dj(f"DJ {title}")
    session = dj.post("/api/v1/stages/main-floor/sessions", json_body={"take_over": True}).json["session"]["id"]
    assert dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": title, "artist": "A"}).status == 201


def test_over_https_the_page_is_a_secure_one_and_lives_and_plain_http_is_as_ever(
    encrypted_box: NewBox, phone: BrowserContext
) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        encrypted, complaints = watched(phone)
        encrypted.goto(f"https://{NAME}:{box.tls_port}/s/main-floor")
        plain, plain_complaints = watched(phone)
        plain.goto(f"http://dance.internal:{box.served.port}/s/main-floor")
        eventually(lambda: box.served.hub.streams() == 2)
        announce(box, "Over Both")
        for page in (encrypted, plain):
            expect(page.locator("[data-part=now] [data-part=title]")).to_have_text("Over Both")
        assert set(encrypted.evaluate(_EXTRAS).values()) == {True}
        assert set(plain.evaluate(_EXTRAS).values()) == {False}
        encrypted.locator("[data-part=like] button").click()
        expect(encrypted.locator("[data-part=like] button")).to_have_attribute("aria-pressed", "true")
        expect(plain.locator("[data-part=likes]")).to_have_text("1")
        # The worker comes to the secure page alone, and keeps what that shows.
        encrypted.wait_for_function("async () => Boolean(await caches.match(location.pathname))")
        assert encrypted.evaluate("document.querySelector('[data-part=awake]').hidden") is False
        assert plain.evaluate("document.querySelector('[data-part=extras]').hidden") is True
        assert (complaints, plain_complaints) == ([], [])


def test_every_page_opens_over_https_without_a_complaint(encrypted_box: NewBox, phone: BrowserContext) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        box.served.staff().ask("PUT", "/api/v1/portal", json_body={"mode": "party"})
        for path in ("/", "/s/main-floor", "/likes", "/dj", "/staff", "/welcome"):
            page, complaints = watched(phone)
            answer = page.goto(f"https://{NAME}:{box.tls_port}{path}")
            assert answer is not None
            assert answer.status == 200, path
            assert page.evaluate("isSecureContext") is True
            assert complaints == [], path
            page.close()


def test_the_welcome_page_works_over_https_and_stays_there(encrypted_box: NewBox, phone: BrowserContext) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        box.served.staff().ask("PUT", "/api/v1/portal", json_body={"mode": "party"})
        here = f"https://{NAME}:{box.tls_port}"
        page, complaints = watched(phone)
        page.goto(f"{here}/welcome")
        page.get_by_role("button").click()
        page.wait_for_url(f"{here}/welcome/done")
        assert complaints == []


def test_when_the_certificate_goes_the_plain_page_goes_on(encrypted_box: NewBox, phone: BrowserContext) -> None:
    with encrypted_box() as box:
        eventually(is_open(box.tls_port))
        plain, complaints = watched(phone)
        # A visit over HTTPS before must not bind the browser to it.
        plain.goto(f"https://{NAME}:{box.tls_port}/s/main-floor")
        plain.goto(f"http://{NAME}:{box.served.port}/s/main-floor")
        box.remove()
        eventually(lambda: not box.served.site.certificate().in_use)
        announce(box, "Still Here")
        expect(plain.locator("[data-part=now] [data-part=title]")).to_have_text("Still Here")
        plain.reload()
        expect(plain.locator("[data-part=now] [data-part=title]")).to_have_text("Still Here")
        assert plain.url.startswith("http://")
        assert complaints == []
