"""The code that staff make reaches a DJ's laptop by phone, and nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import People
from tests.support.ports import free_port
from tests.support.real_box import RealBox, running_box

FILE = "pikabox-link-0.1.0-macos-arm64.pyz"
LAPTOP = {"width": 1366, "height": 768}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[RealBox]:
    """A box that takes links, and that phones could reach."""
    links = {"PIKA_BOX_LINKS_ENABLED": "yes", "PIKA_BOX_LINKS_PORT": str(free_port())}
    address = {"PIKA_BOX_HTTP_PUBLIC_URL": "http://dance.internal"}
    with running_box(tmp_path, env=links | address) as box:
        yield box


def test_a_code_goes_from_the_staff_page_to_the_djs_phone_and_into_no_request(people: People, box: RealBox) -> None:
    (box.data / "link").mkdir()
    (box.data / "link" / FILE).write_bytes(b"the link")
    staff = people.page()
    staff.goto(people.url("/staff"))
    staff.locator("input[name=code]").fill(box.setup_code)
    staff.locator("input[name=code]").press("Enter")
    staff.locator("form[action='/staff/djs'] input[name=name]").fill("DJ Anna")
    staff.get_by_role("button", name="Make a pairing code").click()
    code = staff.locator("[data-part=pairing-code]").inner_text()
    picture = staff.get_by_role("img", name="QR code with the pairing code").locator("svg")
    for size in (None, LAPTOP):
        if size:
            staff.set_viewport_size(size)  # type: ignore[arg-type]
        seen = picture.bounding_box()
        assert seen is not None
        assert seen["width"] == seen["height"] >= 150
        assert staff.evaluate("document.documentElement.scrollWidth <= innerWidth")

    phone = people.page()
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(f"{request.url} {request.headers} {request.post_data}"))
    phone.goto(people.url(f"/dj#pair={code}"))
    expect(phone.locator("p[data-part=pair-code]")).to_have_text(code)
    expect(phone.locator("p[data-part=pair-code]")).to_be_in_viewport()
    expect(phone.get_by_text(f"pikabox-link run --code {code}")).to_be_visible()
    expect(phone.get_by_text("--box dance.internal")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with phone.expect_download() as coming:
        phone.get_by_role("link", name="Download for Mac (Apple chip)").click()
    assert coming.value.suggested_filename == FILE
    assert coming.value.path().read_bytes() == b"the link"
    assert asked
    assert not [one for one in asked if code in one or "pair=" in one]
    logs = [path.read_bytes() for path in (box.data / "log").iterdir() if path.is_file()]
    assert not [log for log in logs if code.encode() in log]


def test_what_is_no_code_behind_the_address_is_shown_to_nobody(people: People, box: RealBox) -> None:
    phone = people.page()
    for mark in ("", "#pair=", "#pair=<b>x</b>", "#pair=0-1234-5678", "#pair=3-4711-0815x"):
        phone.goto("about:blank")
        phone.goto(people.url(f"/dj{mark}"))
        phone.wait_for_load_state()
        expect(phone.locator("[data-part=pair]")).to_be_hidden()
    bare = people.page(script=False)
    bare.goto(people.url("/dj#pair=3-4711-0815"))
    expect(bare.locator("[data-part=pair]")).to_be_hidden()
    expect(bare.get_by_role("heading", name="DJ login")).to_be_visible()
