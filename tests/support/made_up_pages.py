"""Pages with made-up words: what the tests of the files in `webui` render."""


def poster_cases(text: str, *, error: object) -> list[tuple[str, dict[str, object]]]:
    """The poster for guests and for staff, who may make a PDF of it."""
    sheet: dict[str, object] = {
        "stage": {"id": "main-floor", "name": text},
        "here": "/poster/main-floor",
        "by_number": None,
    }
    sheet |= {"making": None, "error": None}
    wifi = {"ssid": text, "passphrase": text}
    typed = {"paper": "a4", "lang_en": "yes", "wifi": "venue", "ssid": text, "passphrase": text, "keep": "yes"}
    making = {"own": text, "papers": ["a4", "a5"], "typed": typed}
    return [
        ("poster.html", sheet | {"address": text, "wifi": wifi, "by_number": text}),
        ("poster.html", sheet | {"address": text, "wifi": None, "making": making, "error": error}),
        ("poster.html", sheet | {"address": text, "wifi": None, "making": making | {"own": "", "typed": {}}}),
        ("poster.html", sheet | {"address": text, "wifi": None}),
        ("poster.html", sheet | {"address": None, "wifi": wifi}),
    ]


def around(text: str) -> dict[str, object]:
    """What the plan says of a stage, and that the song which is on is the last."""
    slot = {"name": text, "title": text, "begins": "21:00", "ends": "23:00"}
    return {
        "now": slot,
        "next": slot | {"title": ""},
        "closing": {"songs": 0, "ends_in_ms": None},
        "songs": {"one": "{n} more song", "other": "{n} more songs"},
    }


def wall_cases(text: str) -> list[tuple[str, dict[str, object]]]:
    """The wall screen in full and empty, and the choice among several."""
    now = {"play": "p1", "title": text, "artist": text, "likes": 3, "age_ms": 1}
    full: dict[str, object] = {
        "stage": {"id": "main-floor", "name": text},
        "event": text,
        "look": {"style": "/events/e1/look/0123456789.css", "logo": "/events/e1/logo/l1"},
        "address": text,
        "wifi": text,
        "pictures": {"address": "<svg></svg>", "wifi_code": "<svg></svg>"},
        "safe": True,
        "session": {"dj": text, "away": False, "locked": False},
        "now": now,
        "before": [now | {"play": "p0"}],
        "live": {"stream": "/api/v1/stages/main-floor/stream", "poll": "/api/v1/stages/main-floor/now", "state": text},
        "about": "/screen/main-floor/about",
        "version": "0123456789abcdef",
        "schedule": around(text),
    }
    empty: dict[str, object] = {
        "event": "",
        "look": {"style": None, "logo": None},
        "address": None,
        "wifi": "",
        "session": None,
        "now": None,
        "before": [],
        "schedule": around("") | {"now": None, "next": None, "closing": {"songs": None, "ends_in_ms": None}},
    }
    return [
        ("wall.html", full),
        ("wall.html", full | empty | {"safe": False}),
        ("wall.html", full | {"now": None, "session": {"dj": text, "away": True, "locked": True}}),
        ("walls.html", {"stages": [{"id": "a", "name": text}], "carried": ""}),
        ("walls.html", {"stages": [], "carried": ""}),
    ]


def privacy_words(*, known: bool, many: bool = False) -> dict[str, object]:
    words: dict[str, object] = {"known": known, "likes": 3 if known else 0, "many": many, "released": known}
    return words | {"hours": 14, "days": 30, "forgotten": not known, "has_cloud": known}


def track(play: str, text: str) -> dict[str, object]:
    """A track that was heard."""
    said = dict.fromkeys(("title", "artist"), text)
    return {
        "play": play,
        **said,
        "key": text[:10],
        "began_at": "",
        "age_ms": 190_000,
        "likes": 3,
        "bpm": 125.5,
        "energy": 72.0,
    }


def session_words(text: str) -> dict[str, object]:
    """A set that runs."""
    words = {"id": "s1", "stage": "main-floor", "dj": text, "started_at": ""}
    return words | {"active": True, "away": False, "private": False, "locked": False}


def likes_cases(text: str) -> list[tuple[str, dict[str, object]]]:
    """My likes: some nights, none, and none found."""
    like = {"play": "p1", "title": text, "artist": text, "dj": text, "stage_name": text, "stage_id": "main-floor"}
    night = {"event": text, "event_id": "e1", "day": text, "likes": [like | {"time": "21:14"}, like | {"time": ""}]}
    full: dict[str, object] = {"nights": [night, night], "count": 4, "words": "", "shared": text, "has_cloud": True}
    none: dict[str, object] = {"nights": [], "count": 0, "has_cloud": False}
    return [("likes.html", full), ("likes.html", full | none), ("likes.html", full | none | {"words": text})]
