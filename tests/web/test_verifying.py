"""The DJ's page of a set's tracks: yes, no, another; for the set's own DJ, without a script, whatever titles hold."""

import asyncio
import re
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from appliance.domain.audit import STAFF
from appliance.domain.identity import Identity, Reason, Verdict
from appliance.domain.library import LibraryTrack
from appliance.domain.models import Play, TrackInfo
from appliance.ports import PlayIdentity, Transaction
from appliance.usecases import people, plays, sessions
from appliance.usecases.plays import ToldPlay
from appliance.web.verifying import following
from tests.support.evening import plain_verifier
from tests.support.library import AT, library_track
from tests.support.visitors import Answer
from tests.web.served import Served, serving

HTML = {"Accept": "text/html"}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("box"), options={"library": {"enabled": False}}) as box:
        yield box


def run(box: Served, job: Any) -> Any:
    return asyncio.run_coroutine_threadsafe(job, box.loop).result(10)


class Night:
    """A set with three plays: one in doubt, one found, one not known."""

    def __init__(self, box: Served) -> None:
        self.box, self.session = box, ""
        self.plays: list[Play] = []
        run(box, self._played())

    async def _played(self) -> None:
        ports = self.box.site.ports
        issued = await people.issue_token(ports, dj_name="DJ Anna", verifier=plain_verifier, by=STAFF)
        self.visitor = self.box.visitor(issued.secret)
        for track in (
            library_track("long", "Feeling Good (Extended Mix)", "Nina Simone"),
            library_track("own", "Sinnerman", "Nina Simone"),
            library_track("evil", HOSTILE, "Nina Simone"),
        ):
            await ports.store.write(partial(_put, track=track))
        started = await sessions.start_session(ports, dj=issued.dj, stage_id="main-floor")
        self.session = started.session.id
        for title in ("Feeling Good", "Sinnerman", "Unheard Of <b>"):
            told = ToldPlay(TrackInfo(artist="Nina Simone", title=title))
            self.plays.append((await plays.announce_play(ports, dj=issued.dj, told=told)).play)
        await sessions.end_session(ports, dj=issued.dj)

    @property
    def page(self) -> str:
        return f"/dj/sets/{self.session}/tracks"

    def places(self) -> dict[str, str]:
        """Under which head each play stands."""
        text = self.visitor.get(self.page, headers=HTML).text
        return dict(re.findall(r'id="play-(\w+)" data-place="(\w+)"', text))

    def say(self, number: int, track: str, answer: str) -> Answer:
        return self.visitor.post(f"{self.page}/{self.plays[number].id}", form={"track": track, "answer": answer})


def _put(tx: Transaction, *, track: LibraryTrack) -> None:
    tx.put_library_track(track)


@pytest.fixture(scope="module")
def night(box: Served) -> Night:
    found = Night(box)
    deadline = time.monotonic() + 5
    # The box looks for names by itself.
    while list(found.places().values()).count("unknown") > 1:
        assert time.monotonic() < deadline, found.places()
        time.sleep(0.02)
    return found


def test_what_is_in_doubt_comes_first_and_an_answer_moves_it(night: Night) -> None:
    one, two, three = (play.id for play in night.plays)
    assert list(night.places().items()) == [(one, "asked"), (two, "found"), (three, "unknown")]
    text = night.visitor.get(night.page, headers=HTML).text
    assert "70 % sure: maybe another version of it" in text
    assert "<b>" not in text
    answer = night.say(0, "long", "yes")
    assert (answer.status, answer.headers["location"]) == (303, f"{night.page}#play-{one}")
    assert night.places()[one] == "confirmed"
    night.say(0, "long", "no")
    assert night.places()[one] == "unknown"
    assert "You said that it is not" in night.visitor.get(night.page, headers=HTML).text


def test_an_answer_leads_to_the_next_one_in_doubt() -> None:
    track = library_track("a", "A")
    plays = [
        PlayIdentity(
            Play(f"p{n}", "s", "main-floor", TrackInfo(artist="", title=f"T{n}"), heard=AT),
            Identity(f"p{n}", "t", "a", 0.6, Reason.ALIKE, verdict),
            track,
        )
        for n, verdict in enumerate((Verdict.OFFERED, Verdict.FOUND, Verdict.OFFERED, Verdict.OFFERED))
    ]
    ways = [following(plays, f"p{n}") for n in range(4)]
    assert ways == ["p2", "p1", "p3", "p0"]
    assert following(plays[:2], "p0") == "p0"


def test_another_track_is_looked_for_and_chosen(night: Night) -> None:
    three = night.plays[2]
    place = f"{night.page}/{three.id}"
    assert f'href="{place}?q=unheard%20of%20b"' in night.visitor.get(night.page, headers=HTML).text
    empty = night.visitor.get(f"{place}?q=nothing+like+it", headers=HTML).text
    assert "knows no track with all of these words" in empty
    found = night.visitor.get(f"{place}?q=script", headers=HTML).text
    assert HOSTILE not in found
    assert "&lt;script&gt;" in found
    assert 'name="track" value="evil"' in found
    assert night.say(2, "evil", "yes").status == 303
    assert night.places()[three.id] == "confirmed"
    page = night.visitor.get(night.page, headers=HTML).text
    assert HOSTILE not in page


def test_bad_answers_are_told_and_change_nothing(night: Night) -> None:
    before = night.places()
    assert night.say(1, "own", "maybe").status == 422
    answer = night.say(1, "nothing", "yes")
    assert (answer.status, "does not know this track" in answer.text) == (404, True)
    assert night.visitor.post(f"{night.page}/nothing", form={"track": "own", "answer": "yes"}).status == 404
    assert night.visitor.get("/dj/sets/nothing/tracks", headers=HTML).status == 404
    assert night.places() == before


def test_it_is_for_the_sets_own_dj(night: Night) -> None:
    for other in (night.box.dj("DJ Ben"), night.box.visitor(), night.box.staff()):
        assert other.get(night.page, headers=HTML).status in {303, 401, 403}
        answer = other.post(f"{night.page}/{night.plays[1].id}", form={"track": "long", "answer": "yes"})
        assert answer.status in {303, 401, 403}
    assert night.places()[night.plays[1].id] == "found"


def test_the_desk_leads_there(night: Night) -> None:
    assert f'href="{night.page}"' in night.visitor.get("/dj", headers=HTML).text
