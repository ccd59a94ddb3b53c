"""Nights over HTTP: what a box told becomes a report that its organiser opens, shares and takes back."""

import asyncio
import csv
import io
import re
from dataclasses import dataclass

import pytest

from sync.cloud.ingest import Sender
from sync.cloud.store.engine import open_database
from tests.cloud.running import Box, Cloud, Organiser
from tests.cloud.stories import EVENT, MAIN, MINUTE, TRUE_MS, Story, derive, rows


def presence(guests: int, *, active: int) -> dict[str, object]:
    counted = {"minutes": [guests] * 5, "guests": guests, "active": active, "arrived": 0, "left": 0, "came_from": {}}
    return {"event": EVENT, "stage": MAIN.id, "span_ms": 300_000, **counted}


def told(box: str) -> Story:
    """An evening of an hour: two sets, a track of five minutes each, everybody likes the third."""
    story = Story(box=box).opens().anchored(TRUE_MS)
    guests = [f"secret-guest-{n}" for n in range(20)]
    for number, dj in enumerate(("Anna", "Béla")):
        session = f"s{number}"
        story.starts(session, dj=dj)
        for part in range(6):
            play = f"p{number}{part}"
            story.plays(play, session=session).later(2 * MINUTE)
            story.likes(play, *(guests if part == 2 else guests[:3]))
            story.later(3 * MINUTE).says("presence.counted", presence(30, active=12 if number else 6))
        story.ends(session)
    return story


@dataclass(frozen=True)
class Hall:
    """A night that is there, and whose it is."""

    cloud: Cloud
    organiser: Organiser
    place: str

    def share(self, days: int = 7) -> str:
        """A new link's path."""
        assert self.organiser.post(f"{self.place}/share", days=str(days)).status_code == 303
        page = self.organiser.page(self.place).text
        found = re.search(r'href="http://[^/]+(/r/[^"]+)"', page)
        assert found is not None
        return found[1]


@pytest.fixture
def hall(cloud: Cloud, organiser: Organiser, box: Box) -> Hall:
    async def bring() -> None:
        (owner,) = await rows(cloud.database, f"SELECT org_id FROM boxes WHERE id = '{box.id}'")  # noqa: S608
        async with open_database(cloud.database) as database:
            await told(box.id).send(database, Sender(str(owner["org_id"]), box.id))
            await derive(database)

    asyncio.run(bring())
    return Hall(cloud, organiser, f"/nights/{box.id}/{EVENT}")


def stranger(hall: Hall) -> Organiser:
    return Organiser(hall.cloud, "")


def test_what_a_box_told_is_a_report_for_its_organiser(hall: Hall) -> None:
    assert hall.place in hall.organiser.page("/nights").text
    answer = hall.organiser.page(f"{hall.place}/report")
    assert answer.status_code == 200
    assert "Summer Ball" in answer.text
    assert "DJ Béla" in answer.text
    assert "Track p02" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert "secret-guest" not in answer.text


def test_whoever_has_the_link_sees_this_night_and_nothing_else(hall: Hall) -> None:
    path = hall.share()
    anybody = stranger(hall)
    page = anybody.page(path)
    assert (page.status_code, "Summer Ball" in page.text) == (200, True)
    for file in ("set-list.csv", "plays.csv", "presence.csv", "night.json"):
        answer = anybody.page(f"{path}/{file}")
        assert answer.status_code == 200
        assert "secret-guest" not in answer.text
    assert anybody.page(f"{path}/other").status_code == 404
    assert anybody.page(f"{path[:-1]}0" if path[-1] != "0" else f"{path[:-1]}1").status_code == 404
    for closed in (
        hall.place,
        f"{hall.place}/report",
        f"{hall.place}/night.json",
        "/nights",
        f"/v1/nights/{EVENT}.json",
    ):
        assert anybody.page(closed).status_code == 401


def test_a_link_that_was_taken_back_shows_nothing(hall: Hall) -> None:
    path = hall.share(30)
    share = re.search(r'name="share" value="(\w+)"', hall.organiser.page(hall.place).text)
    assert share is not None
    other = hall.cloud.organisation().sign_in()
    assert other.post(f"{hall.place}/revoke", share=share[1]).status_code == 303
    assert stranger(hall).page(path).status_code == 200
    assert hall.organiser.post(f"{hall.place}/revoke", share=share[1]).status_code == 303
    assert stranger(hall).page(path).status_code == 404


def test_another_organisation_has_no_such_night(hall: Hall) -> None:
    other = hall.cloud.organisation().sign_in()
    assert hall.place not in other.page("/nights").text
    for path in ("", "/report", "/set-list.csv"):
        assert other.page(f"{hall.place}{path}").status_code == 404
    assert other.post(f"{hall.place}/share", days="7").status_code == 404
    assert other.post(f"{hall.place}/zone", zone="Europe/Berlin").status_code == 404


def test_another_sites_page_shares_nothing(hall: Hall) -> None:
    answer = hall.organiser.post(f"{hall.place}/share", origin="https://evil.example", days="7")
    assert answer.status_code == 403
    assert "No link yet" in hall.organiser.page(hall.place).text


def test_hours_are_those_of_the_hall(hall: Hall) -> None:
    def began() -> str:
        lines = hall.organiser.page(f"{hall.place}/set-list.csv").text.lstrip("\ufeff")
        return next(csv.DictReader(io.StringIO(lines)))["start"]

    assert began().endswith("+00:00")
    assert hall.organiser.post(f"{hall.place}/zone", zone="Asia/Kathmandu").status_code == 303
    assert began().endswith("+05:45")
    assert "(UTC+05:45)" in hall.organiser.page(f"{hall.place}/report").text
    assert hall.organiser.post(f"{hall.place}/zone", zone="Mars/Olympus").status_code == 422


def test_the_document_for_programs_says_what_the_page_says(hall: Hall) -> None:
    document = hall.organiser.page(f"{hall.place}/night.json").json()
    assert document["totals"]["plays"] == 12
    assert document["totals"]["likes"] == 2 * (20 + 5 * 3)
    assert document["liked"][0]["title"] in {"Track p02", "Track p12"}
    # One night has its own curve of 9 active guests throughout: 6 and 12 of them.
    assert [one["against_usual"] for one in document["sets"]] == [
        pytest.approx(6 / 9, abs=0.01),
        pytest.approx(12 / 9, abs=0.01),
    ]
    assert {one["usual_from"] for one in document["sets"]} == {"own"}
    assert [one["active"] for one in document["sets"]] == [6, 12]


def test_what_becomes_known_later_is_on_the_page_at_once(hall: Hall) -> None:
    before = hall.organiser.page(f"{hall.place}/night.json").json()["totals"]["plays"]

    async def more() -> None:
        box = hall.place.split("/")[2]
        (owner,) = await rows(hall.cloud.database, f"SELECT org_id FROM boxes WHERE id = '{box}'")  # noqa: S608
        story = told(box)
        sent = len(story.entries)
        story.starts("late").plays("extra", session="late")
        async with open_database(hall.cloud.database) as database:
            sender = Sender(str(owner["org_id"]), box)
            await story.send(database, sender)
            await derive(database)
        assert len(story.entries) > sent

    asyncio.run(more())
    assert hall.organiser.page(f"{hall.place}/night.json").json()["totals"]["plays"] == before + 1


def test_the_page_speaks_the_readers_language(hall: Hall) -> None:
    path = hall.share()
    german = hall.organiser.browser.get(f"{hall.cloud.url}{path}", headers={"accept-language": "de"})
    assert '<html lang="de">' in german.text
    assert '<html lang="hu">' in stranger(hall).page(f"{path}?lang=hu").text


def test_a_program_asks_for_a_night_by_its_event_alone(hall: Hall) -> None:
    # The stories' events share an id; a box's own are random.
    answer = hall.organiser.page(f"/v1/nights/{EVENT}.json")
    assert (answer.status_code, answer.json()["event"]) == (200, EVENT)
    assert hall.organiser.page(f"/v1/nights/{'0' * 20}.json").status_code == 404
