"""Pages of the plan with made-up words."""


def schedule_words(text: str, *, planned: bool = True) -> dict[str, object]:
    """What the plan says on a stage's page."""
    row = slot_row(text)
    return {
        "event": "e1",
        "has_plan": planned,
        "clock": "sure" if planned else "none",
        "now": row if planned else None,
        "next": row if planned else None,
        "closing": {"songs": None, "ends_in_ms": 540_000 if planned else None},
        "soon": [row] if planned else [],
        "stars": f'[{{"id":"s1","title":"{text}"}}]',
        "songs": {"one": "{n} more", "other": "{n} more"},
        "stage_names": f'{{"main-floor":"{text}"}}',
    }


def slot_row(text: str, *, on: bool = True) -> dict[str, object]:
    """A slot on dancers' pages."""
    times = {"begins": "22:00", "ends": "23:30", "begins_ms": 1_795_000_000_000, "ends_ms": 1_795_005_400_000}
    marks = {"again": on, "starred": on, "soon": on, "is_on": on}
    return {"id": f"s{int(on)}", "stage_name": text, "name": text, "title": text, **times, **marks}


def ending_words(text: str) -> dict[str, object]:
    """Who is next, how the set ends, what is being repeated and how many bookings wait, on the DJ's desk."""
    near = {"dj": text, "title": None, "from_time": "23:30", "to_time": "23:59", "begins_in_ms": 60_000}
    ending = {
        "next": near,
        "own": near,
        "suggest": "23:30",
        "closing": {"songs": 2, "ends_in_ms": None},
        "songs": {"one": "{n} more", "other": "{n} more"},
        "before": {"dj": text, "stage_name": text, "age_ms": 2_100_000},
        "event": "e1",
    }
    return {"ending": ending, "waiting": 1}


def schedule_cases(text: str, *, error: object) -> list[tuple[str, dict[str, object]]]:
    """The plan for dancers, for organisers and for DJs."""
    event = {"id": "e1", "name": text, "zone": "Europe/Vienna"}
    live = {"stream": "/api/v1/stages/main-floor/stream?last=b-1", "poll": "/api/v1/stages/main-floor/now"}
    stage = {"id": "main-floor", "name": text}
    nights = [{"date": "2026-11-20", "label": text}, {"date": "2026-11-21", "label": text}]
    public: dict[str, object] = {
        "event": event,
        "stage": stage,
        "nights": nights,
        "night": "2026-11-20",
        "rows": [slot_row(text), slot_row(text, on=False)],
        "many": True,
        "clock": "maybe",
        "plan": 3,
        "stage_names": f'{{"main-floor":"{text}"}}',
        "live": live,
    }
    empty: dict[str, object] = {"stage": None, "nights": [], "night": "", "rows": [], "clock": "none", "live": None}
    return [
        ("schedule.html", public),
        ("schedule.html", public | empty),
        *_planning_cases(text, event=event, stage=stage, live=live, error=error),
        (
            "dj_bookings.html",
            {"dj_name": text, "bookings": [_own_slot(text)], "form": {"slot": "s1", "word": text}, "error": error},
        ),
        ("dj_bookings.html", {"dj_name": text, "bookings": [], "form": {"slot": "s1", "word": text}, "error": None}),
        ("dj_heard.html", {"is_dj": True, "event": event, "rows": [_heard(text)], "q": text}),
        ("dj_heard.html", {"is_dj": False, "event": event, "rows": [], "q": ""}),
    ]


def _own_slot(text: str) -> dict[str, object]:
    words = {"name": text, "title": text, "word": text, "stage_name": text, "event_name": text, "zone": "Etc/UTC"}
    where = {"id": "s1", "stage": "main-floor", "version": 2, "time": "22:00–23:30", "night": "2026-11-20"}
    return words | where | {"booking": "asked", "booked": text, "at_min": 240, "minutes": 90}


def _heard(text: str) -> dict[str, object]:
    return {"play": "p1", "title": text, "artist": text, "dj": text, "stage_name": text, "age_ms": 60_000, "use": "/dj"}


def _planning_cases(
    text: str, *, event: object, stage: object, live: object, error: object
) -> list[tuple[str, dict[str, object]]]:
    form = dict.fromkeys(("stage", "dj", "title", "begins", "ends", "begins_again", "ends_again"), text)
    choices: dict[str, object] = {
        "event": event,
        "stages": [stage],
        "djs": [{"id": "a", "name": text}],
        "form": form,
        "turned": True,
        "error": error,
    }
    ticks = [{"at_min": 0, "shown": "18:00", "again": False}, {"at_min": 30, "shown": "18:30", "again": True}]
    lanes = [{"id": "main-floor", "name": text, "slots": [_own_slot(text)]}, {"id": "b", "name": text, "slots": []}]
    board = {"night": "2026-11-20", "minutes": 720, "plan": 3, "ticks": ticks, "lanes": lanes}
    shown = choices | {"board": board, "nights": ["2026-11-20", "2026-11-21"], "live": live}
    return [
        ("planning.html", shown),
        ("planning.html", shown | {"stages": [], "live": None, "turned": False, "error": None}),
        ("planning_slot.html", choices | {"slot": _own_slot(text)}),
        ("planning_events.html", {"events": [{"id": "e1", "name": text}]}),
        ("planning_events.html", {"events": []}),
    ]
