"""The pages that show announcements, filled with made-up words. As `test_webui_files`, whose part this is."""

from collections.abc import Mapping


def notice(text: str, *, level: str = "urgent", left_ms: int = 61_000, dj: bool = True) -> dict[str, object]:
    words = {"id": f"said-{level}", "number": 7, "level": level, "text": text, "by": text, "dj": dj}
    return words | {"age_ms": 190_000, "left_ms": left_ms, "until": "2026-11-20T21:14:03.120Z"}


def banner(text: str, *, on: bool) -> dict[str, object]:
    """On the stage's page: something is said, or nothing ever was."""
    if not on:
        return {"running": [], "recent": False, "unread": []}
    return {"running": [notice(text)], "recent": True, "unread": [7, 6]}


def said_cases(text: str) -> list[tuple[str, Mapping[str, object]]]:
    """Every page of its own in its different shapes."""
    said = [notice(text), notice(text, level="info", left_ms=0, dj=False), notice(text, level="important")]
    inbox: dict[str, object] = {"stage": {"id": "main-floor", "name": text}, "notices": said}
    inbox |= {"unread": {7}, "here": "/s/main-floor/inbox?new=7"}
    return [("inbox.html", inbox), ("inbox.html", inbox | {"notices": []})]


DURATIONS = {60: "1 minute", 900: "15 minutes"}


def _made(text: str, *, ended: str | None = None, stage: str | None = None, left_ms: int = 61_000) -> dict[str, object]:
    words: dict[str, object] = {"id": f"a-{ended}", "event": "e", "level": "urgent", "text": text, "by": text}
    words |= {"duration_s": 900, "made_at": "2026-11-20T21:14:03.120Z", "left_ms": 0 if ended else left_ms}
    return words | {"phones": 1, "stage": stage, "session": None, "ended": ended}


def announcing_words(text: str) -> dict[str, object]:
    """The DJ's part of the console."""
    said = [_made(text), _made(text, ended="cancelled"), _made(text, ended="set_over")]
    reach = {"phones": 1, "stages": [{"id": "a", "name": text, "phones": 1}]}
    return {"id": "0123", "durations": DURATIONS, "usual_s": 900, "reach": reach, "said": said}


def centre_cases(text: str, *, error: object) -> list[tuple[str, Mapping[str, object]]]:
    """The organisers' centre: quiet, with something to check, and with a fault in what was typed."""
    stages = [{"id": name, "name": text, "phones": 3} for name in ("a", "b")]
    quiet: dict[str, object] = {
        "address": "/organiser/told",
        "here": "/organiser/told?event=e",
        "event": {"id": "e", "name": text},
        "events": [{"id": "e", "name": text}],
        "places": {"a": text},
        "everywhere": {"phones": 6, "stages": stages},
        "running": [],
        "before": [],
        "durations": DURATIONS,
        "usual_s": 900,
        "form": dict.fromkeys(("text", "level", "duration_s", "stage"), ""),
        "id": "0123",
        "checked": None,
        "has_cloud": True,
        "error": None,
    }
    checked = {"text": text, "level": "info", "duration": "1 minute", "reach": {"phones": 3, "stages": stages[:1]}}
    said: dict[str, object] = {"running": [_made(text, stage="a")], "before": [_made(text, ended="expired")]}
    several = {"events": [{"id": name, "name": text} for name in ("e", "f")]}
    typed = {"form": {"text": text, "level": "urgent", "duration_s": "60", "stage": "a"}}
    return [
        ("organiser_told.html", quiet),
        ("organiser_told.html", quiet | said | several | typed | {"checked": checked}),
        ("organiser_told.html", quiet | typed | {"error": error}),
    ]
