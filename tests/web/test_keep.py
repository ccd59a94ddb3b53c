"""The night to take along: a link that this phone alone gets, with its secret where no server sees it."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.served import Served, serving

CLOUD = "https://cloud.example.org"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, options={"cloud": {"url": CLOUD}}) as served:
        yield served


def journal(folder: Path, kind: str) -> list[dict[str, object]]:
    with sqlite3.connect(next(folder.glob("*.db"))) as database:
        rows = database.execute("SELECT body FROM journal WHERE kind = ? ORDER BY seq", (kind,)).fetchall()
    return [json.loads(body) for (body,) in rows]


def test_the_cloud_gets_to_know_the_link_by_its_digest_only(box: Served, tmp_path: Path) -> None:
    phone = box.visitor()
    page = phone.post("/keep", form={})
    [link] = set(re.findall(rf'{CLOUD}/c#[^"]+', page.text))
    box_id, secret = link.split("#")[1].split(".")
    assert box_id == box.site.box_id
    [claim] = journal(tmp_path, "claim.made")
    assert claim["digest"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in json.dumps(claim)
    assert "<svg" in page.text
    assert page.headers["cache-control"] == "no-store"


def test_the_same_phone_gets_the_same_link_again_and_another_phone_another(box: Served) -> None:
    phone, other = box.visitor(), box.visitor()
    links = [re.findall(r"/c#([^\"]+)", who.post("/keep", form={}).text)[0] for who in (phone, phone, other)]
    assert links[0] == links[1] != links[2]


def test_opening_the_page_makes_nothing(box: Served, tmp_path: Path) -> None:
    page = box.visitor().get("/keep", headers={"Accept": "text/html", "Accept-Language": "de"})
    assert "Diesen Abend mitnehmen" in page.text
    assert journal(tmp_path, "claim.made") == []


def test_a_stage_that_is_not_here_is_refused(box: Served) -> None:
    assert box.visitor().post("/keep", form={"stage": "moon"}).status == 404


def test_the_likes_lead_there_and_the_privacy_page_says_what_leaves(box: Served) -> None:
    seen = {"Accept": "text/html"}
    assert 'href="/keep"' in box.visitor().get("/likes", headers=seen).text
    assert "organiser’s cloud" in box.visitor().get("/privacy", headers=seen).text


def test_a_box_without_a_cloud_offers_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        seen = {"Accept": "text/html"}
        assert box.visitor().get("/keep", headers=seen).status == 404
        assert box.visitor().post("/keep", form={}).status == 404
        assert "/keep" not in box.visitor().get("/likes", headers=seen).text


def test_a_set_that_begins_is_news_for_twenty_minutes_and_for_its_stage_only(box: Served, tmp_path: Path) -> None:
    dj = box.dj()
    assert dj.post("/api/v1/stages/main-floor/sessions", json_body={}).status in {200, 201}
    [intent] = journal(tmp_path, "intent.made")
    assert (intent["kind"], intent["stage"], intent["expires_after_s"]) == ("dj_live", "main-floor", 1200)
    assert intent["title"] == "DJ Anna is live"
