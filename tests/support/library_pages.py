"""Made-up words for the library's pages."""

from appliance.domain.analysis import FaultCode, Key, Tempo
from appliance.domain.library import Labels
from appliance.domain.scanning import ScanState
from appliance.domain.songs_coming import SongsComing
from appliance.web.library_api import LibraryFileOut, MusicPlaceOut, ScanOut
from appliance.web.track_drawing import TempoDrawing


def _scan(text: str, state: ScanState) -> ScanOut:
    places = [
        MusicPlaceOut(path=text, is_stick=False, is_there=True, found=1, left=0, trouble=""),
        MusicPlaceOut(path=text, is_stick=True, is_there=False, found=0, left=0, trouble=text),
    ]
    is_known = state is ScanState.HEARING
    return ScanOut(
        state=state, found=9, left=4, heard=5, per_minute=30.0 if is_known else None, left_s=8 if is_known else None,
        now=text, playable=5, faulty=1, places=places,
    )  # fmt: skip


def _found(text: str) -> list[dict[str, object]]:
    known = {"id": "a", "title": text, "artist": text, "bpm": "120.0", "key": "F#m", "camelot": "11A", "energy": 0}
    bare = {"id": "b", "title": text, "artist": "", "bpm": "", "key": "", "camelot": "", "energy": None}
    return [
        {**known, "length": "3:20", "copies": 2, "here": True},
        {**bare, "length": "0:01", "copies": 1, "here": False},
    ]


def _coming(text: str, state: ScanState) -> SongsComing:
    """Songs from the cloud: none, all here, one coming, none coming and why."""
    if state is ScanState.HEARING:
        return SongsComing(wanted=3, here=1, left=7_000_000, name=text, came=1_000_000, size=4_000_000)
    if state is ScanState.WAITING:
        return SongsComing(wanted=3, here=1, refused=1, left=4_000_000, pause="no_room")
    return SongsComing(wanted=1, here=1) if state is ScanState.DONE else SongsComing()


def _file(text: str, *, is_there: bool = True) -> LibraryFileOut:
    return LibraryFileOut(
        path=text, is_there=is_there, size=3_000_000, fault=FaultCode.BROKEN, detail=text, advice=text
    )


def _uploads(text: str) -> list[dict[str, object]]:
    """Songs on their way and come, in every state; and nothing."""
    state = {"name": text, "state": "waiting", "track": None, "twin": "", "why": "", "advice": "", "removable": True}
    heard, faulty = (
        {"state": "heard", "track": _found(text)[0], "twin": text, "removable": False},
        {"state": "faulty", "why": text, "advice": text},
    )
    waiting = {"id": "u1", "name": text, "came": 1_000_000, "length": 3_000_000}
    page: dict[str, object] = {"scan": _scan(text, ScanState.HEARING), "most_mb": 2000, "error": None}
    full = {"waiting": [waiting], "came": [state, state | heard, state | faulty]}
    return [page | full, page | {"waiting": [], "came": []}]


def library_cases(text: str) -> list[tuple[str, dict[str, object]]]:
    """Each state of the list, and a track of which all or nothing is known."""
    lists: list[dict[str, object]] = [
        {
            "typed": text if state is ScanState.DONE else "",
            "found": _found(text) if state in {ScanState.DONE, ScanState.HEARING} else [],
            "more": "q=a&after=50" if state is ScanState.HEARING else "",
            "scan": _scan(text, state),
            "faulty": [_file(text)] if state is ScanState.DONE else [],
            "more_faulty": "faults=50" if state is ScanState.DONE else "",
            "home": ("/dj", text),
            "is_staff": state is not ScanState.LOOKING,
            "coming": _coming(text, state),
            "may_bring": state is not ScanState.LOOKING,
        }
        for state in ScanState
    ]
    uploads = (("library_uploads.html", words) for words in _uploads(text))
    tracks = (("library_track.html", words) for words in _tracks(text))
    return [*uploads, *(("library.html", words) for words in lists), *tracks]


def _tracks(text: str) -> list[dict[str, object]]:
    """All is known, nothing and why, nothing."""
    unknown = dict.fromkeys(("tempo", "key", "curve"), None) | dict.fromkeys(("lufs", "swing", "loudness"), "")
    size = {"width": 400, "height": 80, "version": 2, "length": "3:20"}
    known = size | {
        "tempo": Tempo(120.0, 0.9, 1.0, 430, (60.0, 240.0)),
        "key": Key(0, True, 0.7, -3),
        "lufs": "-11.5",
        "swing": text,
        "scores": [(text, 71), (text, 0)],
        "gaps": [],
        "loudness": "M0 1V2",
        "curve": TempoDrawing("M0 1L2 3", 119.0, 121.0, 118.0, 122.0),
    }
    full = Labels(text, text, text, text, is_explicit=True)
    nothing = {"labels": Labels("", text), "files": [], "copies": []}
    return [
        {"labels": full, "sound": known, "files": [_file(text), _file(text, is_there=False)], "copies": _found(text)},
        nothing | {"sound": size | unknown | {"scores": [], "gaps": [text]}},
        nothing | {"sound": size | unknown | {"scores": [], "gaps": []}},
    ]
