"""Made-up words for the pages of a stage: the dancers' and the DJ's."""

from appliance.web.desk import TYPED
from tests.support.made_up_pages import session_words, track
from tests.support.organiser_pages import where
from tests.support.said_pages import announcing_words, banner
from tests.support.schedule_pages import ending_words, schedule_words
from tests.support.voiced_pages import floor, voices


def stage_words(text: str, *, on: bool = True, plays: int = 30) -> dict[str, object]:
    return {
        "stage": {"id": "main-floor", "name": text},
        "session": session_words(text) if on else None,
        "now": track("now", text) if on else None,
        "liked": False,
        "history": [{"play": track(f"play-{n}", text), "liked": n == 0} for n in range(plays)],
        "listeners": 34 if on else 0,
        "coming": {"after": "p1", "title": text, "artist": text}
        if on
        else {"after": None, "title": None, "artist": None},
        "was_let_in": on,
        "notices": banner(text, on=on),
        "where": where(text, on=on),
        "voices": voices(text, on=on),
        "schedule": schedule_words(text, planned=on),
        "next": None,
        "wrong_pin": None if on else {"code": "pin_wait", "wait_s": 30, "typed": text},
        "live": {
            "stream": "/api/v1/stages/main-floor/stream?last=b-1",
            "poll": "/api/v1/stages/main-floor/now",
            "state": f'{{"v":1,"now":"{text}"}}',
        },
    }


def link_words(text: str) -> dict[str, object]:
    return {"link_files": [dict.fromkeys(("name", "system", "version", "sha256", "size"), text)], "link_port": 8470}


def desk_words(text: str, *, on: bool = True) -> dict[str, object]:
    kinds = ("free", "away", "taken", "offered", "mine", "closed", "barred")
    words = (
        stage_words(text)
        | link_words(text)
        | {
            "dj_name": text,
            "stages": [{"id": kind, "name": text, "dj": text, "kind": kind, "event": kind} for kind in kinds],
            "places_version": "0123",
            "past": [
                {"id": "s9", "stage_name": text, "day": day, "tracks": 1, "is_private": True} for day in (text, "")
            ],
            "dj_id": "d1",
            "offer": {"to": text},
            "heirs": [text],
            "floor": {"curve": [], "line": "M0 50h0", "words": text, "energy": 50 if on else None},
            "planned": text,
            "notes": [{"session": "s0", "dj": text, "text": text, "left_at": ""}],
            **dict.fromkeys(("own_note", "new_pin", "suggested_pin"), text),
            "wrong_tries": 3,
            "history": [track("play-1", text)],
            "play_id": "0123456789",
            **floor(text),
            "error": error(text),
            "form": dict.fromkeys(TYPED, text),
            "announcing": announcing_words(text),
            **ending_words(text),
        }
    )
    return words if on else words | {"session": None, "stage": None, "now": None, "history": [], "live": None}


def error(text: str) -> dict[str, str]:
    return {"code": "no_such", "detail": text, "advice": text}
