"""The API's description is true: every operation is in it, and a fuzzer that believes it finds no lie.

Each operation is tried by whoever may use it, with requests that fit the description and with some that nearly do.
"""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from appliance import wire
from appliance.config import HttpSection
from appliance.errors import Invalid
from appliance.web import api, player_api
from appliance.web.app import build_app
from appliance.web.gate import Gate
from appliance.web.operations import Auth
from appliance.web.site import Site
from tests.support.real_box import RealBox
from tests.support.visitors import Visitor
from tests.web.answers import journal_end
from tests.web.served import Served, serving

FUZZER = Path(sys.executable).with_name("schemathesis")
#: not operations: the stream is no request with an answer, the document describes itself, phones' systems know theirs
APART = {("GET", "/api/v1/stages/{stage}/stream"), ("GET", "/api/v1/openapi.json"), ("GET", "/api/captive")}
# What links and boxes say to each other is a protocol of its own: `sync/journal/` and `usecases/pairing.py`.
# How songs come in pieces is tus 1.0's to describe.
APART |= {("OPTIONS", "/api/v1/uploads"), ("POST", "/api/v1/uploads")}
APART |= {(method, "/api/v1/uploads/{upload}") for method in ("PATCH", "DELETE")}
APART |= {("POST", f"/api/v1/links/{step}") for step in ("journal", "alive", "pair/begin", "pair/finish", "pair/token")}
#: everybody may read a set, but only a DJ's run has one to read
WITH_THE_DJ = {"showSession", "sessionPlays"}
#: who is on while anybody tries
DJ = "DJ On"
#: where every run learns of a stage and of a play
TELLS_OF_OTHERS = {"listStages"}
# What a text is worth shows only once it is cleaned, and no JSON Schema can say that, so what fits may be refused.
NOT_CHECKED = ["positive_data_acceptance"]
# The fuzzer can't leave out a cookie that it was told to send, and then wonders why the box lets it in.
NOT_CHECKED_FOR_GUESTS = [*NOT_CHECKED, "negative_data_rejection"]


#: whose acts leave a trace in the journal
JOURNALED = {Auth.GUEST, Auth.DJ, Auth.PLAYER, Auth.ORGANISER, Auth.STAFF}
#: what a box writes down by itself, when the time of something is over that an earlier run began
RUNS_DOWN = {
    *("announcement.ended", "announcement.reached", "dj.away", "handover.measured", "intent.made", "intent.retracted"),
    *("poll.closed", "presence.counted", "session.ended", "play.stopped", "time.anchored"),
}


@pytest.fixture(scope="module")
def document(box: RealBox) -> dict[str, Any]:
    told: dict[str, Any] = box.visitor().get("/api/v1/openapi.json").json
    return told


def routes() -> Iterator[Route]:
    """Every route of the application."""

    def never_opened() -> AbstractAsyncContextManager[Site]:
        raise AssertionError

    gate = build_app(never_opened, http=HttpSection())
    assert isinstance(gate, Gate)
    inner: object = gate._app
    while not isinstance(inner, Starlette):
        inner = inner._app  # type: ignore[attr-defined] # what stands around it, such as what makes answers smaller
    return (route for route in inner.routes if isinstance(route, Route))


def test_every_route_of_the_api_is_described_and_every_description_has_a_route(document: dict[str, Any]) -> None:
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    found = {
        (method, route.path)
        for route in routes()
        for method in (route.methods or set()) - {"HEAD"}
        if route.path.startswith("/api/")
    }
    assert described == found - APART
    assert found > APART


def test_every_operation_says_who_may_call_it_and_what_goes_wrong(document: dict[str, Any]) -> None:
    told = {item["operationId"]: item for path in document["paths"].values() for item in path.values()}
    # What players ask stands there without a version, too.
    plain = {f"{operation.name}Plain" for operation in player_api.PLAIN}
    assert told.keys() == {operation.name for operation in api.OPERATIONS} | plain
    schemes = document["components"]["securitySchemes"].keys()
    for operation in api.OPERATIONS:
        item = told[operation.name]
        assert bool(item["security"]) is (operation.auth is not Auth.NOBODY)
        assert {name for way in item["security"] for name in way} <= schemes
        assert list(item["responses"]["default"]["content"]) == ["application/problem+json"]
        done = item["responses"][str(operation.status)]
        assert ("content" in done) is (operation.gives is not None)
        for status, answer in item["responses"].items():
            # The same thing again, such as a play that the box had already, is answered like the first time.
            assert not status.startswith("2") or answer.get("content") == done.get("content")


def test_a_body_that_is_not_needed_is_said_to_be_so(document: dict[str, Any]) -> None:
    for operation in api.OPERATIONS:
        described = document["paths"][api.PREFIX + operation.path][operation.method.lower()].get("requestBody")
        assert (described is not None) is (operation.takes is not None)
        if operation.takes is not None:
            assert described["required"] is not works_empty(operation.takes), operation.name


def kinds_after(database: Path, seq: int) -> set[str]:
    """What was written into the journal after a row."""
    with closing(sqlite3.connect(database)) as connection:
        return {kind for (kind,) in connection.execute("SELECT kind FROM journal WHERE seq > ?", (seq,))}


def works_empty(kind: type[msgspec.Struct]) -> bool:
    """Whether no body at all will do."""
    try:
        wire.decode(b"{}", kind)
    except Invalid:
        return False
    return True


def test_every_schema_that_is_named_is_there_and_every_one_there_is_named(document: dict[str, Any]) -> None:
    named = set(re.findall(r"'#/components/schemas/(\w+)'", str(document)))
    assert named == document["components"]["schemas"].keys()


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A box to be fuzzed."""
    with serving(tmp_path_factory.mktemp("fuzzed")) as box:
        box.staff()
        yield box


@pytest.fixture(scope="module")
def dj(tried: Served) -> Visitor:
    """The DJ who is on. Once: the fuzzer makes tokens for them too, and nobody has very many."""
    return tried.dj(DJ)


def names_for(auth: Auth) -> set[str]:
    """The operations that a run with these rights is to try."""
    # What the whole crew may do is tried by a DJ.
    also = Auth.CREW if auth is Auth.DJ else auth
    names = {operation.name for operation in api.OPERATIONS if operation.auth in {auth, also}} | TELLS_OF_OTHERS
    return names | WITH_THE_DJ if auth is Auth.DJ else names - WITH_THE_DJ


def rights(box: Served, auth: Auth, dj: Visitor) -> list[str]:
    """The header that somebody with these rights sends."""
    match auth:
        case Auth.NOBODY:
            return []
        case Auth.GUEST:
            phone = box.visitor()
            phone.post("/api/v1/guests")
            return ["--header", f"Cookie: pika_guest={phone.cookies['pika_guest']}"]
        case Auth.DJ | Auth.CREW:
            return ["--header", f"Authorization: Bearer {dj.token}"]
        case Auth.PLAYER:
            # On a stage of its own: on the other one a DJ is on.
            stage = box.staff().post("/api/v1/stages", json_body={"name": "Bar"}).json["id"]
            made = box.staff().post(f"/api/v1/stages/{stage}/players", json_body={"name": "Bar"})
            return ["--header", f"Authorization: Bearer {made.json['secret']}"]
        case Auth.PERSON | Auth.ORGANISER:
            return ["--header", f"Authorization: Bearer {box.organiser().token}"]
        case Auth.STAFF:
            return ["--header", f"Authorization: Bearer {box.staff().token}"]


@pytest.mark.parametrize("auth", sorted({operation.auth for operation in api.OPERATIONS} - {Auth.CREW}))
def test_a_fuzzer_that_believes_the_description_finds_no_lie(
    tried: Served, dj: Visitor, auth: Auth, tmp_path: Path
) -> None:
    names = names_for(auth)
    session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
    dj.post(f"/api/v1/sessions/{session}/plays", json_body={"title": "t", "artist": "a"})
    stored = journal_end(tried.visitor())
    skipped = NOT_CHECKED_FOR_GUESTS if auth is Auth.GUEST else NOT_CHECKED
    command = [str(FUZZER), "run", f"http://127.0.0.1:{tried.port}/api/v1/openapi.json", *rights(tried, auth, dj)]
    command += ["--seed", "20261120", "--max-examples", "30", "--exclude-checks", ",".join(skipped), "--no-color"]
    command += ["--continue-on-failure", "--warnings", "off"]
    for name in sorted(names):
        command += ["--include-operation-id", name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout
    assert f"Tested: {len(names)}\n" in done.stdout
    found = re.search(r"(\d+) generated, \1 passed|(\d+) generated, \d+ passed, \d+ skipped", done.stdout)
    assert found is not None, done.stdout
    assert int(found[1] or found[2]) > 20 * len(names)
    assert tried.visitor().get("/health").json["status"] == "ok"
    assert bool(kinds_after(tried.site.settings.database, stored) - RUNS_DOWN) is (auth in JOURNALED), (
        "the run came to nothing"
    )
