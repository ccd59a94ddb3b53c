"""Made-up words for the parts of pages with which dancers answer back, and for a DJ's sight of it."""


def _poll(text: str) -> dict[str, object]:
    option = {"place": 0, "text": text, "votes": 3, "mine": True, "won": False}
    poll = {"id": "q1", "question": text, "options": [option, option | {"place": 1, "mine": False}], "total": 3}
    return poll | {"open": True, "left_ms": 61_000, "winners": []}


def voices(text: str, *, on: bool) -> dict[str, object]:
    """What the stage page shows a phone."""
    return {
        "tempo": {"slower": 1, "perfect": 2, "faster": 0} if on else None,
        "felt": "perfect" if on else None,
        "poll": _poll(text) if on else None,
        "reaction_id": "0123456789",
    }


def floor(text: str) -> dict[str, object]:
    """What the desk shows a DJ."""
    return {
        "poll": _poll(text),
        "tempo": {"slower": 1, "perfect": 2, "faster": 0},
        "reactions": {"thank_you": 3, "fire": 0, "encore": 0},
        "presets": [{"question": text, "options": (text, text), "lasts": 60}],
        "lasts": (("60", "1 minute"),),
    }


def voices_cases(text: str, *, error: object) -> list[tuple[str, dict[str, object]]]:
    """What the hall says, for organisers: with polls in each state, and an event that is new."""
    tally = {"counted": 3, "discounted": 1000}
    asked = [
        {"poll": "q", "question": text, "open": is_open, "cancelled": not is_open, "options": [text], "votes": [tally]}
        for is_open in (True, False)
    ]
    play = {"play": "p1", "title": text, "artist": text, "likes": tally}
    play["tempo"] = dict.fromkeys(("slower", "perfect", "faster"), tally)
    typed, empty = (dict.fromkeys(("question", "options", "lasts"), one) for one in (text, ""))
    stage = {"id": "main-floor", "name": text, "tallies": {"plays": [play], "polls": asked}, "form": typed}
    quiet = stage | {"id": "garden", "tallies": {"plays": [], "polls": []}, "form": empty}
    words: dict[str, object] = {"event": {"id": "e1", "name": text}, "lasts": (("60", "1 minute"),)}
    return [
        ("organiser_voices.html", words | {"stages": [stage, quiet], "error": error}),
        ("organiser_voices.html", words | {"stages": [], "error": None}),
    ]
