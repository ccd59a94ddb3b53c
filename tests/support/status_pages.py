"""The status and the care of a box with made-up words."""

from typing import Any

from appliance.domain.status import Level
from appliance.web.lights import LightOut, NoticeOut, StatusOut


def _error(text: str) -> dict[str, str]:
    return {"code": "no_such", "detail": text, "advice": text}


def status_words(text: str, *, level: Level = Level.BAD) -> dict[str, Any]:
    lights = [
        LightOut(
            name=f"part_{one.value}",
            level=one,
            title=text,
            text=text,
            advice=text if one is Level.BAD else "",
            detail=text if one is Level.BAD else "",
            word=text,
            icon="wifi",
        )
        for one in (Level.BAD, Level.ATTENTION, Level.GOOD, Level.OFF)
    ]
    notices = [NoticeOut(code="x", words=text, at="2026-11-20T21:14:03.120Z")]
    is_bad = level is Level.BAD
    told = StatusOut(v=1, language="en", level=level, verdict=text, lights=lights, notices=notices if is_bad else [])
    return {
        "box_name": text,
        "status": told,
        "clock": {
            "utc": "2026-11-20T21:14:03.120Z",
            "words": text,
            "settable": level is not Level.GOOD,
            "wanted": is_bad,
        },
        "offsets": [(60, "UTC+1")],
        "error": _error(text) if is_bad else None,
        "here": "/staff/status",
        "address": text if is_bad else None,
        "set_up": not is_bad,
    }


def care_words(text: str, *, quiet: bool = False) -> dict[str, object]:
    return {
        "notices": [] if quiet else [{"code": "disk_low", "words": text, "at": "2026-11-20 21:14 UTC"}],
        "parts": [] if quiet else ["broker", "server", "sync", "another"],
        "box_name": text,
        "brought": None if quiet else {"name": text, "created": text},
        "pending": not quiet,
        "error": None if quiet else _error(text),
    }
