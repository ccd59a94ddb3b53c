"""Made-up words for the pages of sets that are over, and for DJs' own pages."""

from appliance.domain.rules import SCORES
from appliance.domain.vibe import Spread, Vibe


def _recap(text: str, *, exact: bool) -> dict[str, object]:
    tempo = {"slower": 1, "perfect": 2, "faster": 0}
    track: dict[str, object] = {"into": "0:03:45", "time": "22:03", "title": text, "artist": text, "bpm": 125.5}
    track |= {"key": text[:10], "likes": 7, "feeling": "perfect", "tempo": tempo}
    bare = track | {"into": "", "time": "", "bpm": None, "key": None, "likes": None, "feeling": ""}
    return {
        "session": "s1",
        "stage": {"id": "main-floor", "name": text},
        "event": text,
        "dj": text,
        "slug": "dj-anna",
        "exact": exact,
        "day": text,
        "lasted": "1:00:00",
        "tracks": [track, bare],
        "likes": 7,
        "feeling": "faster",
        "tempo": tempo,
        "is_counted": True,
        "peak": None,
        "reactions": {"fire": 3} if exact else {},
        "polls": [[(text, 3), (text, 0)]] if exact else [],
        "questions": [text] if exact else [],
    }


def _checked(text: str) -> list[tuple[str, dict[str, object]]]:
    """A set's tracks to be confirmed, and the search for one."""
    track: dict[str, object] = {"id": "t1", "title": text, "artist": text, "bpm": "120.0", "key": "Cm 5A", "sure": 70}
    track |= {"why": text, "is_denied": False}
    bare = track | {"artist": "", "bpm": "", "key": "", "is_denied": True}
    places = {"asked": track, "found": track, "confirmed": track, "unknown": bare}
    play: dict[str, object] = {"number": 1, "title": text, "artist": text, "search": "/dj/sets/s1/tracks/p1?q=a"}
    groups = [
        {"name": name, "head": text, "plays": [play | {"id": f"p-{name}", "place": name, "track": one}]}
        for name, one in places.items()
    ]
    nothing = play | {"id": "p-none", "place": "unknown", "track": None, "artist": ""}
    groups.append({"name": "none", "head": text, "plays": [nothing]})
    page: dict[str, object] = {"dj_name": text, "session": "s1", "groups": groups, "count": 4, "error": None}
    found = {"id": "t1", "title": text, "artist": text, "length": "3:20", "bpm": "120.0", "key": "Cm", "camelot": "5A"}
    search: dict[str, object] = {"dj_name": text, "session": "s1", "play": play | {"id": "p1"}, "error": None}
    return [
        ("dj_tracks.html", page),
        ("dj_tracks.html", page | {"groups": [], "count": 0}),
        ("dj_track_search.html", search | {"typed": text, "found": [found], "is_cut": True}),
        ("dj_track_search.html", search | {"typed": "", "found": [], "is_cut": False}),
    ]


def _profile(text: str) -> dict[str, object]:
    slot: dict[str, object] = {"day": text, "begins": "22:00", "ends": "23:30", "title": text, "stage_name": text}
    one: dict[str, object] = {"stage_name": text, "day": text, "tracks": 12, "is_private": False, "recap": "s1"}
    return {
        "dj": text,
        "slug": "dj-anna",
        "on": {"id": "main-floor", "name": text},
        "played": text,
        "count": 2,
        "tracks": 30,
        "vibe": Vibe(30, Spread(120, 125, 130), dict.fromkeys(SCORES, 50), (text[:10], "8A")),
        "upcoming": [slot | {"event": "e1", "event_name": text}],
        "sets": [one, one | {"day": "", "is_private": True, "recap": ""}],
    }


def set_cases(text: str) -> list[tuple[str, dict[str, object]]]:
    """Recaps for their own people and for everybody, one of nothing; profiles in full and of somebody new."""
    nothing: dict[str, object] = {"tracks": [], "lasted": "", "day": "", "slug": None, "is_counted": False}
    nothing |= {"feeling": "", "likes": None}
    new: dict[str, object] = {"on": None, "upcoming": [], "sets": [], "vibe": Vibe(0, None, {}, ())}
    return [
        ("recap.html", _recap(text, exact=True)),
        ("recap.html", _recap(text, exact=False)),
        ("recap.html", _recap(text, exact=False) | nothing),
        ("profile.html", _profile(text)),
        ("profile.html", _profile(text) | new),
        *_checked(text),
    ]
