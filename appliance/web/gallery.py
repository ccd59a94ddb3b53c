"""Every component of the pages in every state, for those who change how pages look. For staff only.

What it shows is made up; the components are those of the pages. `?dir=rtl` turns it round, `?text=200` doubles the
letters. A test looks at it in both, on the narrowest phone.
"""

import itertools
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from appliance.domain.status import Level
from appliance.web import asking
from appliance.web.lights import LightOut
from appliance.web.site import Request, site_of

PAGE = "/gallery"
_LONG = "The Orchestra of the Slightly Too Long Name, featuring All Who Were in the Room That Night (Live, Take 14)"
_UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
_RIGHT_TO_LEFT = "ليل بلا قمر ولا قهوة"
_PILED = "Z̴̢̛̹a̶̛̙l̸̨̛g̵̡̛o̴̧̕ waltz 🎷💃🏽"
#: what is put into each component: usual, long, right to left, hostile to lines
TEXTS = {"usual": "Peppermint Alibi", "long": _LONG, "unbroken": _UNBROKEN, "rtl": _RIGHT_TO_LEFT, "piled": _PILED}


def _play(text: str, *, likes: int) -> dict[str, object]:
    return {"play": f"p{likes}", "title": text, "artist": text, "age_ms": likes * 60_000, "likes": likes}


def _option(text: str, *, votes: int, won: bool = False, mine: bool = False) -> dict[str, object]:
    return {"place": votes, "text": text, "votes": votes, "mine": mine, "won": won}


def _light(text: str, level: Level) -> LightOut:
    advice = text if level in {Level.BAD, Level.ATTENTION} else ""
    return LightOut(
        name=f"light_{level.value}", level=level, title=text, text=text, advice=advice, detail=advice,
        word=level.value, icon="wifi",
    )  # fmt: skip


def _slot(text: str, *, number: int) -> dict[str, object]:
    return {
        "id": f"slot{number}", "name": text, "title": text, "stage_name": text, "begins": "21:00", "ends": "22:30",
        "again": False, "begins_ms": 0, "ends_ms": 0, "starred": number % 2 == 0, "soon": False, "is_on": number == 0,
    }  # fmt: skip


def words(texts: dict[str, str]) -> dict[str, Any]:
    """What the gallery's template needs, each component filled with each of `texts`."""
    levels = itertools.islice(itertools.cycle(Level), len(texts))
    usual, long = next(iter(texts.values())), texts.get("long", next(iter(texts.values())))
    return {
        "texts": list(texts.values()),
        "plays": [_play(text, likes=number * 7) for number, text in enumerate(texts.values())],
        "polls": [
            {"open": True, "options": [_option(usual, votes=3, mine=True), _option(long, votes=11)], "total": 14},
            {"open": False, "options": [_option(long, votes=8, won=True), _option(usual, votes=5)], "total": 13},
            {"open": True, "options": [_option(usual, votes=0), _option(usual, votes=0)], "total": 0},
        ],
        "said": [
            {"id": level, "level": level, "by": text, "text": text, "left_ms": left, "stage": None, "phones": 12}
            | {"ended": None}
            for level, text, left in (("info", usual, 95_000), ("important", long, 5_400_000), ("urgent", usual, 0))
        ],
        "status": {"lights": [_light(text, level) for text, level in zip(texts.values(), levels, strict=True)]},
        "verdicts": [{"level": level, "verdict": long} for level in Level],
        "slots": [_slot(text, number=number) for number, text in enumerate(texts.values())],
        "error": {"detail": long, "advice": usual},
        "line": "M0 80L40 70L90 74L130 40L180 44L230 12L290 20",
        "direction": "ltr",
        "large": False,
    }


async def show(request: Request) -> Response:
    """All of it."""
    await asking.admin(request)
    asked = request.query_params
    shown = words(TEXTS) | {
        "direction": "rtl" if asked.get("dir") == "rtl" else "ltr",
        "large": asked.get("text") == "200",
    }
    return site_of(request).pages.page("gallery.html", shown)


ROUTES = [Route(PAGE, show)]
