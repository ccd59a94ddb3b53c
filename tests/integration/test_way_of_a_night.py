"""A short evening all the way: phones and a DJ at the real box, the real carrier, the real cloud with PostgreSQL."""

import asyncio
import contextlib
import re
import secrets
import sqlite3
import ssl
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from cryptography.hazmat.primitives import serialization

from appliance import config
from tests.agent.box import Box, eventually
from tests.agent.test_tidy import LOW, later, tidy
from tests.agent.test_with_the_cloud import real_cloud
from tests.cloud.running import Cloud, Organiser
from tests.support.authority import Authority
from tests.support.guests import guest_in
from tests.support.postgres import TEMPLATE, Postgres, cloud_postgres, postgres
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Visitor

__all__ = ["TEMPLATE", "Postgres", "cloud_postgres", "postgres"]


def rows(box: RealBox, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(box.data / "box.db", timeout=10)) as database:
        return database.execute(query, values).fetchall()


def cloud_rows(database: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """As the database's owner: nobody's walls are in the way."""

    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(database)
        try:
            return [tuple(row) for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()

    return asyncio.run(ask())


def tables_with(database: str, word: str) -> list[str]:
    """Every table of the cloud in which a word stands anywhere."""
    names = cloud_rows(
        database,
        "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace",
    )
    looked = ((name, f'SELECT count(*) FROM "{name}" AS one WHERE one::text LIKE $1') for (name,) in names)  # noqa: S608 - our own tables
    return sorted(name for name, query in looked if cloud_rows(database, query, f"%{word}%")[0][0])


@dataclass
class Evening:
    """What there is after it."""

    box: RealBox
    cloud: Cloud
    organiser: Organiser
    guests: dict[str, Visitor]

    def last_seq(self) -> int:
        return int(rows(self.box, "SELECT max(seq) FROM journal")[0][0])

    def event(self) -> str:
        return str(rows(self.box, "SELECT id FROM events")[0][0])

    def box_id(self) -> str:
        return str(rows(self.box, "SELECT value FROM meta WHERE name = 'box_id'")[0][0])

    def report(self) -> Any:
        answer = self.organiser.browser.get(f"{self.cloud.url}/v1/nights/{self.event()}.json")
        return answer.json() if answer.status_code == 200 else {}

    def staff_text(self) -> str:
        page = self.box.staff().get("/staff/status", headers={"Accept": "text/html"})
        return re.sub(r"<[^>]+>", " ", page.text)


def play_evening(box: RealBox) -> dict[str, Visitor]:
    """Two stages, three sets, hearts that come and go."""
    assert box.staff().post("/api/v1/stages", json_body={"name": "Garden"}).status == 201
    guests = {}
    for name in ("ada", "ben", "cleo", "dan"):
        guests[name] = box.guest()
    for stage, dj, titles in (
        ("main-floor", "DJ Anna", ("One", "Two", "Three")),
        ("main-floor", "DJ Bela", ("Four", "Five")),
        ("garden", "DJ Cleo", ("Six", "Two")),
    ):
        desk = box.dj(dj)
        session = desk.post(f"/api/v1/stages/{stage}/sessions").json["session"]["id"]
        for number, title in enumerate(titles):
            fields = {"id": secrets.token_hex(5), "title": title, "artist": "Somebody", "bpm": 120 + number}
            play = desk.post(f"/api/v1/sessions/{session}/plays", json_body=fields).json["play"]["play"]
            for who in list(guests.values())[: 1 + number]:
                assert who.ask("PUT", f"/api/v1/plays/{play}/like").status == 200
            if number == 1:
                assert guests["ada"].ask("DELETE", f"/api/v1/plays/{play}/like").status == 200
        assert desk.post(f"/api/v1/sessions/{session}/end").status == 200
    return guests


@dataclass(frozen=True)
class Said:
    """What a hall says in one set, and what it is told."""

    session: str
    #: as the cloud may tell them: five or more of each
    tempo: Mapping[str, int]
    votes: tuple[int, int]
    thanks: int
    #: phones that got the announcement
    phones: int


def answer_back(box: RealBox) -> Said:
    """One more set: eleven guests feel, answer, and thank; one takes all of it back, and another one is heard last."""
    desk, stage, here = box.dj("DJ Dora"), "garden", "/api/v1/stages/garden"
    session = desk.post(f"{here}/sessions").json["session"]["id"]
    plays, polls = (f"/api/v1/sessions/{session}/{what}" for what in ("plays", "polls"))
    play = desk.post(plays, json_body={"title": "Seven", "artist": "Somebody", "bpm": 128}).json["play"]["play"]
    poll = desk.post(polls, json_body={"question": "More Blues?", "options": ["Yes", "No"]}).json["id"]
    told = {"text": "The bar closes at two", "level": "important", "duration_s": 600}
    said = desk.post(f"/api/v1/sessions/{session}/announcements", json_body=told).json["id"]
    guests = [box.guest().watch(stage) for _ in range(12)]
    for number, guest in enumerate(guests):
        vote, option = ("faster", 0) if number < 6 else ("slower", 1)
        for word in ("perfect", vote):  # the last word counts
            assert guest.ask("PUT", f"{here}/plays/{play}/tempo", json_body={"vote": word}).status == 200
        assert guest.ask("PUT", f"{here}/polls/{poll}/vote", json_body={"option": option}).status == 200
        if number < 11:
            tap = {"id": "r1", "kind": "thank_you", "play": play}
            for _ in range(2):  # as a phone does that did not hear the answer
                assert guest.post(f"{here}/reactions", json_body=tap).status == 200
    assert guests[11].ask("DELETE", f"{here}/plays/{play}/tempo").status == 200
    assert guests[11].ask("DELETE", f"{here}/polls/{poll}/vote").status == 200
    assert desk.post(f"{polls}/{poll}/end").status == 200
    assert desk.ask("DELETE", f"/api/v1/announcements/{said}").status == 200
    assert desk.post(f"/api/v1/sessions/{session}/end").status == 200
    return Said(session, {"slower": 5, "perfect": 0, "faster": 6}, (6, 5), thanks=11, phones=12)


@pytest.fixture
def evening(tmp_path: Path, cloud_postgres: str) -> Iterator[Evening]:
    authority = Authority()
    roots = tmp_path / "roots.pem"
    roots.write_bytes(authority.root.public_bytes(serialization.Encoding.PEM))
    with contextlib.ExitStack() as stack:
        cloud = stack.enter_context(real_cloud(cloud_postgres, authority, tmp_path / "cloud"))
        env = {"PIKA_BOX_CLOUD_URL": cloud.url, "PIKA_BOX_TLS_ROOTS": str(roots)}
        box = stack.enter_context(running_box(tmp_path / "data", env=env, options=("--broker", "off")))
        browser = stack.enter_context(httpx.Client(verify=ssl.create_default_context(cafile=str(roots))))
        organiser = Organiser(cloud, cloud.organisation().key, browser).sign_in()
        yield Evening(box, cloud, organiser, play_evening(box))


def sets_on_the_box(box: RealBox) -> Counter[tuple[object, ...]]:
    return Counter(
        rows(
            box,
            "SELECT djs.name, stages.name FROM sessions"
            " JOIN djs ON djs.id = sessions.dj_id JOIN stages ON stages.id = sessions.stage_id",
        )
    )


def plays_on_the_box(box: RealBox) -> Counter[tuple[object, ...]]:
    return Counter(
        rows(
            box,
            "SELECT djs.name, stages.name, tracks.artist, tracks.title FROM plays"
            " JOIN sessions ON sessions.id = plays.session_id JOIN djs ON djs.id = sessions.dj_id"
            " JOIN stages ON stages.id = plays.stage_id JOIN tracks ON tracks.id = plays.track_id",
        )
    )


def plays_of_the_report(report: Any) -> Counter[tuple[object, ...]]:
    return Counter(
        (one["dj"], one["stage"], play["artist"], play["title"])
        for one in report.get("set_lists", ())
        for play in one["plays"]
    )


def heard(report: Any) -> list[Any]:
    return [play for one in report["set_lists"] for play in one["plays"]]


def likes_on_the_box(box: RealBox) -> Counter[tuple[object, ...]]:
    return Counter(rows(box, "SELECT play_id, guest_id FROM likes"))


def likes_in_the_cloud(evening: Evening) -> Counter[tuple[object, ...]]:
    """One by one: the report gives a like that comes within seconds of a change to the track before it."""
    query = "SELECT play_id, guest_id FROM likes WHERE stands AND box_id = $1"
    return Counter(cloud_rows(evening.cloud.database, query, evening.box_id()))


def journal(box: RealBox) -> Counter[tuple[object, ...]]:
    return Counter(rows(box, "SELECT seq, kind, boot, boot_ms, wall_ms, trust FROM journal"))


def events(evening: Evening) -> Counter[tuple[object, ...]]:
    query = "SELECT seq, kind, boot, boot_ms, wall_ms, trust FROM events WHERE box_id = $1"
    return Counter(cloud_rows(evening.cloud.database, query, evening.box_id()))


def claim(evening: Evening) -> None:
    """The organiser types what stands on the page that staff look at."""
    found: list[str] = []

    def code_is_shown() -> bool:
        found[:] = re.findall(r"\b[0-9A-HJ-NP-Z]{4}[ -]?[0-9A-HJ-NP-Z]{4}\b", evening.staff_text())
        return bool(found)

    eventually(code_is_shown, within_s=15)
    assert evening.organiser.post("/claim", code=found[0]).status_code == 303


def test_a_night_comes_whole_a_guest_goes_whole_and_only_what_has_arrived_is_let_go(evening: Evening) -> None:
    box, database = evening.box, evening.cloud.database
    claim(evening)
    wanted = plays_on_the_box(box)
    assert sum(wanted.values()) == 7
    eventually(lambda: events(evening) == journal(box), within_s=20)
    eventually(lambda: plays_of_the_report(evening.report()) == wanted, within_s=10)
    report = evening.report()
    assert Counter((one["dj"], one["stage"]) for one in report["sets"]) == sets_on_the_box(box)
    liked = likes_on_the_box(box)
    assert likes_in_the_cloud(evening) == liked
    assert report["totals"]["likes"] == sum(liked.values()) == sum(round(one["likes"]) for one in heard(report))

    # A guest who has liked asks to be forgotten.
    guest = guest_in(box.data / "box.db", evening.guests["ben"].cookies["pika_guest"])
    assert tables_with(database, guest) == ["events", "likes"]
    assert evening.guests["ben"].post("/privacy/forget", form={}).status == 303
    assert rows(box, "SELECT count(*) FROM likes WHERE guest_id = ?", guest) == [(0,)]
    # What stays is the wish itself: should an old copy of the box tell of the guest again, that goes too.
    eventually(lambda: tables_with(database, guest) == ["events", "forgotten"], within_s=15)
    told = "SELECT kind FROM events WHERE body::text LIKE $1"
    assert cloud_rows(database, told, f"%{guest}%") == [("guest.forgotten",)]
    assert likes_in_the_cloud(evening) == likes_on_the_box(box)
    assert likes_on_the_box(box) == Counter({one: n for one, n in liked.items() if one[1] != guest})
    eventually(lambda: evening.report()["totals"]["likes"] == sum(likes_on_the_box(box).values()), within_s=10)

    # The cloud goes away, and the evening goes on.
    eventually(lambda: len(events(evening)) == evening.last_seq(), within_s=10)
    evening.cloud.process.terminate()
    evening.cloud.process.wait(15)
    there = {int(str(row[0])) for row in events(evening)}
    play = rows(box, "SELECT id FROM plays ORDER BY id LIMIT 1")[0][0]
    for _ in range(3):
        assert box.guest().ask("PUT", f"/api/v1/plays/{play}/like").status == 200
    box.stop()
    unsent = {int(str(row[0])) for row in journal(box)} - there
    assert len(unsent) >= 3
    assert min(unsent) > max(there)
    settings = config.load(data=box.data, environment={})
    tidy(Box(settings), space=LOW, clock=later(400))
    assert unsent <= {row[0] for row in journal(box)}
    assert len(set(journal(box))) < len(there)


def told_of_announcements(evening: Evening) -> list[tuple[object, ...]]:
    """What the cloud has of them: what was said, how many phones got it, and how it ended."""
    return cloud_rows(
        evening.cloud.database,
        "SELECT made.body->>'text', reached.body->>'phones', ended.body->>'reason' FROM events AS made"
        " JOIN events AS reached ON reached.kind = 'announcement.reached'"
        " AND reached.body->>'announcement' = made.body->>'announcement'"
        " JOIN events AS ended ON ended.kind = 'announcement.ended'"
        " AND ended.body->>'announcement' = made.body->>'announcement'"
        " WHERE made.kind = 'announcement.made'",
    )


def test_what_a_hall_felt_answered_thanked_and_was_told_is_in_the_report_of_the_night(evening: Evening) -> None:
    said = answer_back(evening.box)
    claim(evening)
    eventually(lambda: events(evening) == journal(evening.box), within_s=20)
    eventually(lambda: evening.report().get("tempo", {}).get("total", {}).get("votes") == 11, within_s=15)
    report = evening.report()
    assert report["tempo"]["total"] == {"votes": 11, **said.tempo}
    assert report["tempo"]["bands"] == [{"bpm": 120, "votes": 11, **said.tempo}]
    [poll] = report["polls"]
    assert (poll["question"], poll["votes"]) == ("More Blues?", sum(said.votes))
    assert [(one["text"], one["votes"]) for one in poll["options"]] == [("Yes", said.votes[0]), ("No", said.votes[1])]
    assert sum(one["reactions"] for one in report["hearts"]) == said.thanks
    # The page for people says the same as the file.
    page = evening.organiser.browser.get(f"{evening.cloud.url}/nights/{evening.box_id()}/{evening.event()}/report").text
    assert "More Blues?" in page
    eventually(
        lambda: told_of_announcements(evening) == [("The bar closes at two", str(said.phones), "cancelled")],
        within_s=90,
    )
