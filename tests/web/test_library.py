"""The library's pages and API: search, one track, what can't be heard, how far it is; for the crew only."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from appliance.domain.analysis import FaultCode, TempoAt
from appliance.domain.library import LibraryFile, LibraryTrack
from appliance.domain.scanning import Place, Scan, ScanState
from appliance.ports import Transaction
from appliance.web import track_drawing
from appliance.web.library import minutes
from tests.support.library import KNOWN, UNKNOWN, library_file, library_track
from tests.support.visitors import Answer, Visitor
from tests.web.html import Page
from tests.web.served import Served, serving

HTML = {"Accept": "text/html"}
HOSTILE = "<script>alert(1)</script>"


class Looking:
    """A scanner in any state."""

    def __init__(self) -> None:
        self.shown = Scan(ScanState.DONE)
        self.asked = 0

    def scan(self) -> Scan:
        return self.shown

    def look_now(self) -> bool:
        self.asked += 1
        return self.shown.state is not ScanState.OFF


@pytest.fixture(scope="module")
def looking() -> Looking:
    return Looking()


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory, looking: Looking) -> Iterator[Served]:
    off = {"library": {"enabled": False}}
    with serving(
        tmp_path_factory.mktemp("box"), change=lambda site: replace(site, library=looking), options=off
    ) as box:
        rows: list[LibraryTrack | LibraryFile] = [
            library_track("a", "So What", "Miles Davis"),
            library_track("b", "So What (bought)", "Miles Davis", group="a"),
            library_track("c", HOSTILE, "Zoé", sound=UNKNOWN),
            *(library_track(f"n{n:02}", f"Number {n:02}") for n in range(60)),
            library_file("so what.mp3", "a"),
            replace(library_file("gone.mp3", "b"), is_gone=True),
            LibraryFile(b"/music/caf\xe9.mp3", "/music", 7, 1, fault=FaultCode.NOT_AUDIO, version=1),
        ]

        def job(tx: Transaction) -> None:
            for row in rows:
                if isinstance(row, LibraryTrack):
                    tx.put_library_track(row)
                else:
                    tx.put_library_file(row)

        asyncio.run_coroutine_threadsafe(box.site.ports.store.write(job), box.loop).result(10)
        yield box


@pytest.fixture(scope="module")
def dj(box: Served) -> Visitor:
    """A DJ with a token and no account."""
    return box.dj()


def page(visitor: Visitor, path: str = "/library") -> Page:
    answer = visitor.get(path, headers=HTML)
    assert answer.status == 200, answer.text
    return Page(answer)


def titles(found: Page) -> list[str]:
    return [one.text for one in found.all("p", class_="row-title")]


def test_only_who_makes_the_evening_may_look(box: Served, dj: Visitor) -> None:
    def asked(visitor: Visitor, path: str = "/library") -> Answer:
        return visitor.get(path, headers=HTML)

    for path in ("/library", "/library/tracks/a"):
        stranger = asked(box.visitor(), path)
        assert (stranger.status, stranger.headers["location"].partition("?")[0]) == (303, "/login")
    for visitor, home in ((dj, "/dj"), (box.organiser(), "/organiser"), (box.staff(), "/staff")):
        assert next(page(visitor).all("a", class_="quiet-link")).attributes["href"] == home
    dancer = box.person("dancer", "Dan")
    for path in ("tracks", "tracks/a", "faults", "scan"):
        for visitor in (box.visitor(), box.guest(), dancer):
            refused = visitor.get(f"/api/v1/library/{path}")
            assert (refused.status, refused.json["code"]) == (401, "login_missing"), path
        assert dj.get(f"/api/v1/library/{path}").status == 200
    assert box.visitor("pk_dj_wrong").get("/api/v1/library/tracks").json["code"] == "token_wrong"


def test_a_search_finds_what_has_every_word_and_says_what_is_known_only(dj: Visitor) -> None:
    found = dj.get("/api/v1/library/tracks?q=miles%20WHAT").json["tracks"]
    [one] = found
    assert (one["id"], one["bpm"], one["key"], one["camelot"], one["copies"]) == ("a", 120.02, "Cm", "5A", 2)
    assert one["here"]
    [unknown] = dj.get("/api/v1/library/tracks?q=ZOE").json["tracks"]
    assert not unknown["here"]
    assert (unknown["bpm"], unknown["key"], unknown["energy"], unknown["copies"]) == (None, None, None, 1)
    shown = page(dj, "/library?q=miles")
    assert titles(shown)[0] == "So What"
    assert "120.0" in shown.text
    assert "5A" in shown.text
    bare = page(dj, "/library?q=zoe")
    assert titles(bare)[0] == HOSTILE
    assert "BPM" not in bare.text
    assert "Not here now" in bare.text
    assert "Not here now" not in shown.text
    assert "Nothing has all these words" in page(dj, "/library?q=miles+zoe").text


def test_a_long_list_goes_on_and_nonsense_in_the_address_is_the_beginning(dj: Visitor) -> None:
    first = page(dj, "/library?q=number")
    more = next(link.attributes["href"] for link in first.all("a") if link.text == "More")
    rest = page(dj, more)
    told = [title for title in (*titles(first), *titles(rest)) if title.startswith("Number")]
    assert told == [f"Number {n:02}" for n in range(60)]
    ids = [one["id"] for one in dj.get("/api/v1/library/tracks?q=number&limit=2&after=1").json["tracks"]]
    assert ids == ["n01", "n02"]
    for query in ("after=-1", "after=x", "after=9e9", "after=%00", "limit=0", "limit=101", f"q={'x' * 101}"):
        refused = dj.get(f"/api/v1/library/tracks?{query}")
        assert (refused.status, refused.json["code"]) == (422, f"{query.partition('=')[0]}_invalid")
    assert titles(page(dj, "/library?after=x"))[0] == HOSTILE
    for query in ("q=%00", "q=%ff%fe", f"q={'x' * 9000}", "q=%25_%27"):
        assert dj.get(f"/library?{query}", headers=HTML).status == 200


def test_a_track_s_page_draws_it_and_names_its_files_and_copies(dj: Visitor) -> None:
    shown = page(dj, "/library/tracks/a")
    labels = [one.attributes["aria-label"] for one in shown.all("svg") if "aria-label" in one.attributes]
    assert labels[0].startswith("Loudness")
    assert labels[1].startswith("Tempo from 119.9 to 120.1")
    for words in ("120.02 BPM", "Cm · 5A", "90 %", "-11.5 LUFS", "swing, 1.80 : 1", "/music/so what.mp3"):
        assert words in shown.text, words
    assert titles(shown) == ["So What (bought)"]
    assert "not there now" in page(dj, "/library/tracks/b").text
    unknown = page(dj, "/library/tracks/c").text
    assert "too short" in unknown
    assert "damaged" in unknown
    assert "BPM" not in unknown
    told = dj.get("/api/v1/library/tracks/a").json
    assert told["tempo"]["course"] == [[4000, 119.9], [8000, 120.1]]
    assert told["scores"]["groove"] is None
    assert [one["id"] for one in told["copies"]] == ["b"]
    missing = dj.get("/api/v1/library/tracks/zzz")
    assert (missing.status, missing.json["code"]) == (404, "track_unknown")
    assert dj.get("/library/tracks/zzz", headers=HTML).status == 404


def test_files_that_can_not_be_heard_stand_there_with_what_to_do(dj: Visitor) -> None:
    [fault] = dj.get("/api/v1/library/faults").json["files"]
    assert (fault["path"], fault["fault"]) == ("/music/caf?.mp3", "not_audio")
    assert fault["advice"]
    assert "/music/caf?.mp3" in page(dj).text


def test_how_far_it_is_stands_there_in_words_and_staff_may_have_it_look_again(
    box: Served, dj: Visitor, looking: Looking
) -> None:
    places = (Place("/music", False, True, found=9, left=4), Place("/media/x", True, False, trouble="It is gone."))
    looking.shown = Scan(ScanState.HEARING, places, now="/music/x/now.mp3", heard=5, per_minute=30.0)
    told = dj.get("/api/v1/library/scan").json
    assert (told["found"], told["left"], told["left_s"], told["playable"], told["faulty"]) == (9, 4, 8, 1, 1)
    shown = page(dj)
    assert "5 of 9 files are known, about 1 min left" in shown.text
    assert "It is gone." in shown.text
    assert next(shown.all("progress")).attributes == {"max": "9", "value": "5", "aria-label": "Files known"}
    looking.shown = replace(looking.shown, state=ScanState.WAITING)
    assert "4 files wait to be heard. This box has its hands full now" in page(dj).text
    assert not list(page(dj).all("form", action="/library/scan"))
    staff = box.staff()
    assert staff.post("/library/scan", form={}).status == 303
    assert staff.post("/api/v1/library/scan").status == 202
    assert looking.asked == 2
    assert dj.post("/api/v1/library/scan").status in {401, 403}
    looking.shown = Scan(ScanState.OFF)
    assert staff.post("/api/v1/library/scan").json["code"] == "library_off"
    assert "Nobody looks for music" in page(dj).text
    looking.shown = Scan(ScanState.DONE)


def test_drawings_stay_within_their_frame_and_lengths_read_as_on_players() -> None:
    strokes = track_drawing.loudness_path(bytes(range(256))).split("M")[1:]
    assert len(strokes) == 256
    for stroke in strokes:
        start, _, end = stroke.partition("V")
        x, y = map(float, start.split())
        assert 0 <= x <= track_drawing.WIDTH
        assert 0 <= y < float(end) <= track_drawing.HEIGHT
    steady = track_drawing.tempo_drawing([TempoAt(0, 120.0), TempoAt(9_000, 120.0)], duration_ms=9_000)
    assert steady
    assert steady.path == "M0.0 40.0L400.0 40.0"
    assert track_drawing.tempo_drawing(KNOWN.course[:1], duration_ms=9_000) is None
    assert track_drawing.tempo_drawing(KNOWN.course, duration_ms=0) is None
    assert [minutes(ms) for ms in (900, 59_600, 200_000, 3_725_000)] == ["under 1 s", "1:00", "3:20", "1:02:05"]
