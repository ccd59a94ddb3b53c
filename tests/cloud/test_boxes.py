"""The routes of boxes, over HTTP, with PostgreSQL."""

import asyncio
import gzip
import json
import random
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.cloud.identity import decoded, encoded, key_id
from sync.cloud.store.engine import Row, open_database
from sync.journal.answers import ANSWER_TYPE, Acked, Forked, Outcome, Rewind, Stopped, read_answer
from sync.journal.entries import beginning
from tests.cloud.boxes import History
from tests.cloud.running import Box, Cloud, Organiser


def outcome(answer: httpx.Response, *, epoch: str = "e1") -> Outcome:
    """What a box makes of an answer."""
    return read_answer(
        answer.status_code,
        body=answer.content,
        content_type=answer.headers.get("content-type", ""),
        epoch=epoch,
        retry_after=answer.headers.get("retry-after", ""),
    )


def test_a_history_goes_in_and_the_cursor_says_how_far(box: Box, history: History) -> None:
    first = outcome(box.cursor())
    assert isinstance(first, Acked)
    assert first.position == beginning(source=box.id, epoch="e1")
    history.add(50)
    for first_seq, last in ((1, 20), (21, 50)):
        said = outcome(box.batch(history, first_seq, last))
        assert isinstance(said, Acked)
        assert said.position == history.at(last)
        # About a second, drawn between half and one and a half of it so that boxes come back apart.
        assert 0.5 <= said.after_s <= 1.5
        assert said.server_ms > 1_700_000_000_000
    again = outcome(box.cursor())
    assert isinstance(again, Acked)
    assert again.position == history.at(50)


def test_a_box_that_has_to_find_where_two_histories_parted_hears_the_places_that_are_known(
    box: Box, history: History
) -> None:
    history.add(30)
    for first, last in ((1, 10), (11, 20), (21, 30)):
        box.batch(history, first, last)
    said = outcome(box.ask("GET", "/v1/cursor?epoch=e1&after=10"))
    assert isinstance(said, Acked)
    assert list(said.marks) == [history.at(20), history.at(30)]
    for odd in ("", "-1", "x", "9" * 40):
        answer = outcome(box.ask("GET", f"/v1/cursor?epoch=e1&after={odd}"))
        assert isinstance(answer, Acked)
        assert answer.marks == ()


def test_a_gap_and_a_fork_are_answers_and_a_fork_is_on_the_page(
    box: Box, history: History, organiser: Organiser
) -> None:
    history.add(20)
    box.batch(history, 1, 10)
    assert isinstance(outcome(box.batch(history, 15, 20)), Rewind)
    assert "forked" not in organiser.page("/boxes").text
    other = History(box=box.id).add(20, other=True)
    assert isinstance(outcome(box.batch(other)), Forked)
    assert "forked" in organiser.page("/boxes").text
    assert isinstance(outcome(box.batch(history, 11, 20)), Acked)
    assert isinstance(outcome(box.batch(History(box=box.id, epoch="e2").add(3)), epoch="e2"), Acked)


def test_two_hundred_requests_repeated_in_any_order_change_nothing(box: Box, history: History) -> None:
    chance = random.Random(1)
    history.add(100)
    pieces = [(at, at + 9) for at in range(1, 100, 10)]
    requests = pieces + [(a, min(100, a + chance.randint(0, 40))) for a in chance.choices(range(1, 101), k=190)]
    chance.shuffle(requests)
    box.cursor()

    def send(piece: tuple[int, int]) -> None:
        own = Box(box.url, id=box.id, private=box.private, nonce=box.nonce, http=box.http)
        assert isinstance(outcome(own.batch(history, *piece)), Acked | Rewind)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, requests))
    for piece in pieces:
        assert isinstance(outcome(box.batch(history, *piece)), Acked)
    said = outcome(box.cursor())
    assert isinstance(said, Acked)
    assert said.position == history.at(100)


POISON = {
    "invalid UTF-8": b'["like.given",1,"b",1,1,"ntp",{"a":"\xff"}]',
    "a megabyte": b'["like.given",1,"b",1,1,"ntp",{"a":"' + b"x" * 1_000_000 + b'"}]',
    "wrong types": b'["like.given","one",2,"now",{},[],5]',
    "no body": b'["like.given",1,"b",1,1,"ntp"]',
    "a body that is no object": b'["like.given",1,"b",1,1,"ntp",[1,2]]',
    "no JSON": b"<html>please log in</html>",
    "NUL in the body": b'["like.given",1,"b",1,1,"ntp",{"a":"\\u0000"}]',
    "NUL in the kind": b'["like\\u0000.given",1,"b",1,1,"ntp",{}]',
    "NUL as it is": b'["like.given",1,"b",1,1,"ntp",{"a":"\x00"}]',
    "half a surrogate pair": b'["like.given",1,"b",1,1,"ntp",{"a":"\\ud800"}]',
    "a huge stamp": b'["like.given",1,"b",99999999999999999999,1,"ntp",{}]',
    "a huge power": b'["like.given",1,"b",1,1,"ntp",{"a":1e999999}]',
    "a tiny power": b'["like.given",1,"b",1,1,"ntp",{"a":1e-999999}]',
    "a huge number": b'["like.given",1,"b",1,1,"ntp",{"a":' + b"9" * 60_000 + b"}]",
    "far too many places": b'["like.given",1,"b",1,1,"ntp",{"a":0.' + b"0" * 60_000 + b"1}]",
    "far too deep": b'["like.given",1,"b",1,1,"ntp",{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}]",
    "empty": b"",
}


def test_poison_is_kept_aside_and_stops_nothing_behind_it(box: Box, history: History) -> None:
    for line in POISON.values():
        history.add(1)
        history.lines.append(line)
    history.add(1, kind="from.the.future")
    said = outcome(box.batch(history))
    assert isinstance(said, Acked)
    assert said.position == history.at(len(history.lines))
    assert [one.seq for one in said.kept_aside] == list(range(2, 2 * len(POISON) + 1, 2)), said.kept_aside


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
def test_a_bomb_is_refused_and_takes_no_memory(cloud: Cloud, box: Box, encoding: str) -> None:
    bomb = bytes(200 << 20)
    packed = zstandard.ZstdCompressor(level=1).compress(bomb) if encoding == "zstd" else gzip.compress(bomb, 1)
    packed = packed[: 1 << 20]
    before = cloud.rss_mb()
    answers = [box.ask("POST", "/v1/ingest", packed, content_encoding=encoding) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {413}
    assert cloud.rss_mb() - before < 60


def test_a_million_empty_lines_take_no_memory(cloud: Cloud, box: Box) -> None:
    before = cloud.rss_mb()
    header = b'{"v":1}\n'
    answer = box.ask("POST", "/v1/ingest", gzip.compress(header + b"[]\n" * 2_500_000), content_encoding="gzip")
    assert (answer.status_code, answer.json()["code"]) == (400, "count_wrong")
    assert cloud.rss_mb() - before < 60


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        (b"x" * (1 << 20), "identity", 400, "header_wrong"),
        (b"x" * ((1 << 20) + 1), "identity", 413, "body_too_large"),
        (b"\x28\xb5\x2f\xfdbroken", "zstd", 400, "batch_damaged"),
        (b"{}", "br", 415, "encoding_unknown"),
        (b'{"v":2}\n', "identity", 426, "version_unknown"),
        (b"<html>", "identity", 400, "header_wrong"),
    ],
)
def test_what_is_no_batch_is_refused_in_our_own_words(
    box: Box, body: bytes, encoding: str, status: int, code: str
) -> None:
    answer = box.ask("POST", "/v1/ingest", body, content_encoding=encoding)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_batch_of_another_box_is_refused(box: Box) -> None:
    answer = box.ask("POST", "/v1/ingest", History(box="somebody-else").add(1).body(), content_encoding="zstd")
    assert (answer.status_code, answer.json()["code"]) == (403, "box_wrong")


def test_only_the_very_request_that_was_signed_counts(box: Box, history: History) -> None:
    history.add(2)
    box.cursor()
    good = box.signed("POST", "/v1/ingest", history.body(), content_encoding="zstd")
    changed = httpx.Request("POST", good.url, content=history.body(1, 1), headers=good.headers)
    del changed.headers["content-length"]
    changed.headers["content-length"] = str(len(history.body(1, 1)))
    moved = httpx.Request(
        "GET", f"{box.url}/v1/cursor?epoch=e2", headers=box.signed("GET", "/v1/cursor?epoch=e1").headers
    )
    for request in (changed, moved):
        answer = box.http.send(request)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_wrong")
    stranger = Box(box.url, id=box.id, nonce=box.nonce)
    assert stranger.cursor().json()["code"] == "key_unknown"
    assert httpx.get(f"{box.url}/v1/cursor?epoch=e1").json()["code"] == "signature_missing"
    assert isinstance(outcome(box.http.send(good)), Acked)


@pytest.mark.parametrize("nonce", ["", "none", "00000000-" + "0" * 32, "18f3a2b4c5d-" + "a" * 32])
def test_a_nonce_of_somebody_else_is_answered_with_a_good_one(box: Box, nonce: str) -> None:
    box.nonce = nonce
    answer = box.http.send(box.signed("GET", "/v1/cursor?epoch=e1"))
    assert outcome(answer) == Stopped(401, "nonce_needed")
    box.nonce = answer.headers["pika-nonce"]
    assert box.http.send(box.signed("GET", "/v1/cursor?epoch=e1")).status_code == 200


def live_of(box: Box, organiser: Organiser) -> dict[str, Any]:
    """The present of a box as the database has it."""

    async def look() -> list[Row]:
        async with open_database(organiser.cloud.database) as database, database.transaction(org=None) as tx:
            every = [row["org_id"] for row in await tx.all("organisations")]
            return [row for org in every for row in await tx.all("live", org=org) if row["box_id"] == box.id]

    (row,) = asyncio.run(look())
    found: dict[str, Any] = json.loads(row["body"])
    return found


def test_the_present_is_the_latest_and_nothing_older_of_the_same_boot(box: Box, organiser: Organiser) -> None:
    def put(boot: str, boot_ms: int, title: str) -> int:
        stages = [
            {"stage": "main", "name": "Main", "artist": "A", "title": title, "likes": 1, "listeners": 2, "play": "p"}
        ]
        said = {
            "v": 1,
            "boot": boot,
            "boot_ms": boot_ms,
            "wall_ms": 1,
            "trust": "ntp",
            "stages": stages,
            "box": {"backlog": 3},
        }
        return box.json("PUT", "/v1/live", said).status_code

    for boot, boot_ms, title, shown in (("b1", 5, "One", "One"), ("b1", 4, "Old", "One"), ("b2", 1, "Two", "Two")):
        assert put(boot, boot_ms, title) == 204
        assert live_of(box, organiser)["stages"][0]["title"] == shown
    assert box.ask("PUT", "/v1/live", b'{"v":1').json()["code"] == "json_broken"
    assert box.ask("PUT", "/v1/live", b'{"v":1,"boot":2}').status_code == 422
    assert (
        box.ask(
            "PUT", "/v1/live", json.dumps({"v": 1, "boot": "b", "boot_ms": 1, "box": {"a": "\0"}}).encode()
        ).status_code
        == 422
    )
    assert box.ask("PUT", "/v1/live", b"[" * 4000).status_code == 422
    assert box.ask("PUT", "/v1/live", b" " * 4097).status_code == 413


def test_the_time_is_said_under_the_key_that_the_enrolment_showed(box: Box) -> None:
    cloud_key = Ed25519PublicKey.from_public_bytes(decoded(box.enrol().json()["cloud_key"]))
    said = httpx.get(f"{box.url}/v1/time?nonce=abc123").json()
    cloud_key.verify(decoded(said["sig"]), f"pika-time-1\nabc123\n{said['server_ms']}".encode())
    assert httpx.get(f"{box.url}/v1/time?nonce=a%0Ab").json()["code"] == "nonce_wrong"


def test_a_code_is_the_same_until_it_is_nearly_over_and_counts_once(cloud: Cloud, organiser: Organiser) -> None:
    box = Box(cloud.url)
    first, second = box.enrol().json(), box.enrol().json()
    assert first["code"] == second["code"]
    assert not first["claimed"]
    assert 800 < second["expires_s"] <= 900
    assert box.cursor().json()["code"] == "key_unknown"
    typed = f" {first['code'][:4].lower()}-{first['code'][4:]} "
    assert organiser.post("/claim", code=typed).status_code == 303
    assert organiser.post("/claim", code=typed).status_code == 404
    assert box.enrol().json()["claimed"]
    assert box.cursor().status_code == 200


def test_a_box_can_only_show_its_own_key(cloud: Cloud) -> None:
    box, other = Box(cloud.url), Box(cloud.url)
    assert box.enrol(public_key=encoded(other.public)).json()["code"] == "signature_wrong"
    assert box.enrol(public_key="short").json()["code"] == "key_wrong"
    assert box.enrol(box="../../x").json()["code"] == "box_wrong"


def test_another_organisation_cant_take_a_box_until_it_is_given_up(
    cloud: Cloud, box: Box, history: History, organiser: Organiser
) -> None:
    thief, thing = cloud.organisation("Others").sign_in(), Box(cloud.url, id=box.id)
    box.batch(history.add(3))
    answer = thief.claim(thing)
    assert answer.status_code == 409
    assert "another organisation" in answer.text
    assert box.cursor().status_code == 200
    assert organiser.post("/boxes/release", box=box.id).status_code == 303
    assert box.cursor().json()["code"] == "key_revoked"
    assert thief.claim(thing).status_code == 303
    assert isinstance(outcome(thing.batch(history)), Forked), "what it sent before is not for its new owner"
    assert box.cursor().json()["code"] == "key_revoked"


def test_a_lost_box_comes_back_with_a_code(box: Box, history: History, organiser: Organiser) -> None:
    box.batch(history.add(5))
    organiser.post("/boxes/release", box=box.id)
    assert box.batch(history).json()["code"] == "key_revoked"
    assert organiser.claim(box).status_code == 303
    said = outcome(box.cursor())
    assert isinstance(said, Acked)
    assert said.position == history.at(5)


def test_a_box_that_is_claimed_with_another_key_is_not_the_old_one_any_more(box: Box, organiser: Organiser) -> None:
    renewed = Box(box.url, id=box.id)
    assert box.cursor().status_code == 200
    assert organiser.claim(renewed).status_code == 303
    assert renewed.cursor().status_code == 200
    assert box.cursor().json()["code"] == "key_revoked"


def test_keys_follow_each_other_and_both_work_for_a_while(box: Box, organiser: Organiser) -> None:
    coming = Ed25519PrivateKey.generate()
    raw = coming.public_key().public_bytes_raw()
    for _ in range(2):
        answer = box.json("POST", "/v1/keys", {"public_key": encoded(raw)})
        assert (answer.status_code, answer.json()["key"]) == (200, key_id(raw))
    later = Box(box.url, id=box.id, private=coming)
    assert later.cursor().status_code == box.cursor().status_code == 200
    third = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert box.json("POST", "/v1/keys", {"public_key": encoded(third)}).json()["code"] == "key_followed"
    assert later.json("POST", "/v1/keys", {"public_key": encoded(third)}).status_code == 200
    organiser.post("/boxes/release", box=box.id)
    assert {later.cursor().json()["code"], box.cursor().json()["code"]} == {"key_revoked"}


def test_a_key_of_another_box_cant_be_brought_in(cloud: Cloud, box: Box, organiser: Organiser) -> None:
    other = Box(cloud.url, id=secrets.token_hex(8))
    organiser.claim(other)
    assert box.json("POST", "/v1/keys", {"public_key": encoded(other.public)}).json()["code"] == "key_taken"


def test_every_answer_to_a_box_is_of_the_promised_kind(box: Box, history: History) -> None:
    answer = box.batch(history.add(1))
    assert answer.headers["content-type"] == ANSWER_TYPE
    assert answer.headers["pika-nonce"]
    assert answer.headers["cache-control"] == "no-store"
