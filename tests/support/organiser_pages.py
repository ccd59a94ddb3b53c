"""The organisers' pages, and what others say of events and stages, with made-up words."""

from collections.abc import Sequence

_STAGE: dict[str, object] = {
    "id": "hall",
    "doors": "open",
    "capacity": None,
    "listeners": 0,
    "is_full": False,
    "dj": None,
    "address": None,
    "typed": None,
}


def _event(text: str, *, phase: str = "published") -> dict[str, object]:
    return {
        "id": "e1",
        "address": "/organiser/events/e1",
        "name": text,
        "phase": phase,
        "starts": "2026-11-20T21:00",
        "listeners": 3,
        "is_full": phase == "published",
        "capacity": 3 if phase == "published" else None,
    }


def _player_cases(text: str, *, error: object) -> list[tuple[str, dict[str, object]]]:
    """House players in each state, with a token that is shown once, with what was typed; and none."""
    player: dict[str, object] = {"name": text, "stage": "hall", "paused": True, "tagged": False, "error": text}
    player |= {"manager_name": ""}
    on = {"artist": text, "title": text}
    players = [
        {**player, "id": "p1", "status": "active", "on": on},
        {**player, "id": "p2", "status": "idle", "tagged": True, "on": None, "manager_name": text},
        {**player, "id": "p3", "status": "offline", "on": None, "error": None, "paused": False},
    ]
    stages = [{"id": "hall", "name": text}]
    words: dict[str, object] = {"players": players, "stages": stages, "longest": 40, "error": None}
    form = {"player": "p2", "name": text, "stage": "hall", "email": text}
    shown = {"name": text, "secret": "", "tag": "", "code": ""}
    own = [{**one, "stage_name": text} for one in players]
    return [
        ("players.html", {"players": own, "is_organiser": True}),
        ("players.html", {"players": [], "is_organiser": False}),
        ("organiser_players.html", {**words, "form": form, "shown": {**shown, "secret": text}, "error": error}),
        (
            "organiser_players.html",
            {**words, "form": {**form, "player": ""}, "shown": {**shown, "tag": text}},
        ),
        (
            "organiser_players.html",
            {**words, "players": [], "stages": [], "form": form, "shown": shown},
        ),
    ]


def organiser_cases(text: str, *, error: object) -> list[tuple[str, dict[str, object]]]:
    """The list with events and without; an event in each phase, with its stages in all their states."""
    typed = {"new_name": text, "new_capacity": text}
    stages = [
        _STAGE | {"name": text, "dj": text, "capacity": 80, "is_full": True, "address": text, "typed": typed},
        *({**_STAGE, "id": doors, "name": text, "doors": doors} for doors in ("paused", "closed")),
    ]
    words: dict[str, object] = {
        "stages": stages,
        "djs": {"assigned": [{"id": "d1", "name": text}], "free": [{"id": "d2", "name": text}]},
        "look": {"style": "/events/e1/look/0123456789.css", "logo": "/events/e1/logo/1.png"},
        "zones": ["Europe/Budapest"],
        "form": dict.fromkeys(("name", "zone", "starts", "ends", "capacity", "accent"), text)
        | {"stage_name": text, "stage_capacity": text},
        "offered": "#ffcc00",
        "error": error,
    }
    bare: dict[str, object] = {
        "stages": [],
        "djs": {"assigned": [], "free": []},
        "look": {"style": None, "logo": None},
        "offered": None,
    }
    listed = [_event(text, phase=phase) | {"stages": 2} for phase in ("draft", "published", "ended")]
    return [
        *_player_cases(text, error=error),
        ("organiser.html", {"events": listed, "form": {"name": text}, "is_staff": True, "error": error}),
        ("organiser.html", {"events": [], "form": {"name": ""}, "is_staff": False, "error": None}),
        ("organiser_event.html", words | {"event": _event(text)}),
        *(
            ("organiser_event.html", words | bare | {"event": _event(text, phase=phase), "error": None})
            for phase in ("draft", "ended")
        ),
    ]


def where(text: str, *, on: bool = True) -> dict[str, object]:
    """What a stage's page says of where it is: with others beside it and an event's look, or alone and closed."""
    look = {"style": "/events/e1/look/0123456789.css", "logo": "/events/e1/logo/1.png"}
    stages = [{"id": "main-floor", "name": text, "dj": text}, {"id": "garden", "name": text, "dj": None}]
    return {
        "event": text,
        "look": look if on else {"style": None, "logo": None},
        "notice": "is_paused" if on else "is_closed",
        "stages": stages if on else stages[:1],
    }


def places_cases(text: str, stages: Sequence[dict[str, object]]) -> list[tuple[str, dict[str, object]]]:
    """The list of stages: of one event with a look, of two, of none yet, and after the end."""
    cards = [one | {"doors": "open", "is_full": True} for one in stages]
    cards += [cards[0] | {"doors": doors, "is_full": False} for doors in ("paused", "closed")]
    plain: dict[str, object] = {"style": None, "logo": None}
    one = {"name": text, "stages": cards}
    shapes: list[dict[str, object]] = [
        {"events": [one], "are_over": False, "look": {"style": "/events/e1/look/1.css", "logo": None}},
        {"events": [one, one], "are_over": False, "look": plain},
        {"events": [], "are_over": False, "look": plain},
        {"events": [], "are_over": True, "look": plain},
    ]
    return [("stages.html", words | {"cards": "/events/cards/0123456789.css"}) for words in shapes]
