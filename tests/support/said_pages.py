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
