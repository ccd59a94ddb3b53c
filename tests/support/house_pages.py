"""Made-up words for the card of what the house plays next, and for its managers' page."""

from tests.support.made_up_stage import error, stage_words

Case = tuple[str, dict[str, object]]


def card_words(text: str, *, is_open: bool = True, asks: bool = True) -> dict[str, object]:
    return {
        "id": "b1",
        "play": "now",
        "open": is_open,
        "why": text if is_open else "",
        "candidates": [
            {"place": place, "title": text, "artist": text, "why": text, "votes": place, "mine": place == 1}
            | {"won": place == 2 and not is_open}
            for place in range(3 if asks else 0)
        ],
        "total": 3 if asks else 0,
        "won": "" if is_open else text,
        "disliked": not is_open,
        "is_here": not is_open,
    }


def console_words(text: str, *, on: bool) -> dict[str, object]:
    track = {"title": text, "artist": text, "likes": 1, "dislikes": 2, "why": text, "at": "0:10", "length": "3:20"}
    player = {"id": "p1", "name": text, "status": "active" if on else "offline", "paused": not on, "volume": 80}
    row = {"title": text, "artist": text, "why": text, "place": 0, "votes": 3 if on else None, "won": on}
    return {
        "stage": {"id": "main-floor", "name": text, "house": "/organiser/house/main-floor"},
        "event": {"name": text, "address": "/organiser/events/e1", "zone": "Europe/Vienna"},
        "dj": text if on else "",
        "now": track if on else None,
        "is_house": on,
        "why": text if on else "",
        "here": 3,
        "players": [{**player, "returns": on, "on": track if on else None, "error": text}],
        "may": dict.fromkeys(("run", "rule", "choose"), on),
        "fitting": {"playable": 9, "allowed": 4 if on else 0},
        "coming": {"ballot": "b1", "open": on, "rows": [row], "words": "" if on else text},
        "history": [track] if on else [],
        "form": dict.fromkeys(("genres", "explicit", "bpm_from", "bpm_until", "opens", "closes"), text),
        "error": None if on else error(text),
    }


def house_cases(text: str) -> list[Case]:
    """The pages in their different shapes."""
    stage: dict[str, object] = {"id": "main-floor", "name": text}
    cards: list[dict[str, object]] = [card_words(text), card_words(text, is_open=False), card_words(text, asks=False)]
    alone: list[Case] = [("next.html", {"stage": stage, "next": card}) for card in cards]
    return [
        *alone,
        ("next.html", {"stage": stage, "next": None}),
        *(("organiser_house.html", console_words(text, on=on)) for on in (True, False)),
        ("organiser_house.html", console_words(text, on=False) | {"players": []}),
        *(("stage.html", stage_words(text) | {"next": card}) for card in cards),
    ]
