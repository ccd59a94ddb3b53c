"""The card of what the house plays next, on phones that were there before and in one without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import People
from tests.support.house import STAGE
from tests.web.house import NO_SCAN, furnished
from tests.web.served import Served, serving


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, options=NO_SCAN) as box:
        yield box


def test_the_card_comes_and_goes_with_the_house_and_counts_while_one_looks(people: People, box: Served) -> None:
    room = furnished(box)
    page = people.dancer()
    expect(page.locator("[data-part=next]")).to_have_count(0)
    asked = room.play("p1", "t1")
    card = page.locator("[data-part=next]")
    expect(card.get_by_role("heading")).to_have_text("What shall we play next?")
    second = card.locator("button[data-choice='1']")
    expect(second).to_contain_text("<b>t")  # a title is text, whatever it says
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    plain = people.dancer(script=False)
    plain.locator("[data-part=next] button[data-choice='1']").click()
    expect(plain.locator("[data-part=next] button[data-choice='1'] .count")).to_have_text("2")
    expect(second.locator(".count")).to_have_text("2")
    dislike = card.get_by_role("button", name="Not for me")
    page.locator("button.like").click()
    dislike.click()
    expect(dislike).to_have_attribute("aria-pressed", "true")
    expect(page.locator("button.like")).to_have_attribute("aria-pressed", "false")
    wanted = room.player.get("/api/player/next-song").json
    assert wanted["id"] == asked["candidates"][1]["track"]
    expect(card.locator("[data-part=next-words]")).to_have_text(f"Coming next: {wanted['title']}")
    expect(second).to_be_disabled()
    room.play("p2", wanted["id"])
    expect(card).to_contain_text("because 2 of you voted for it")
    expect(card.locator("button[data-choice]")).to_have_count(3)
    box.dj("DJ Anna").post(f"/api/v1/stages/{STAGE}/sessions", json_body={})
    expect(card).to_have_count(0)
