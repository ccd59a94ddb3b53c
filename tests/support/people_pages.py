"""The pages of people and of whoever runs the box, with made-up words."""

from collections.abc import Mapping

Words = Mapping[str, object]

_AT = "2026-11-20T21:14:03.120Z"
_ROLES = ("admin", "organiser", "dj", "dancer")
_BOUNDS: dict[str, object] = {"shortest": 8, "longest": 200}


def _token(text: str) -> dict[str, object]:
    return {"id": "t1", "name": "dj-anna", "device": text, "created_at": _AT, "used_at": _AT}


def _person(text: str, *, role: str = "dj", state: str = "waiting") -> dict[str, object]:
    person = {"id": "a1", "name": text, "email": text, "role": role, "state": state, "created_at": _AT}
    return person | {"has_password": state == "active", "known_dj": True}


def _error(text: str) -> dict[str, str]:
    return {"code": "no_such", "detail": text, "advice": text}


def people_cases(text: str) -> list[tuple[str, Words]]:
    """Each page in its different shapes, filled with `text`."""
    form: dict[str, object] = {"email": text, "error": _error(text)}
    registering = form | {"name": text, "role": "dj", "roles": ["dancer", "dj", "organiser"], "here": "/"} | _BOUNDS
    return [
        ("login.html", form | {"next": text, "here": "/login", "forgotten": True}),
        ("register.html", registering),
        ("code.html", {"code": text, "error": _error(text), "here": "/login/code"} | _BOUNDS),
        *_account_cases(text),
        *_admin_cases(text),
        *_begin_cases(text),
    ]


def begin_words(text: str, *, step: str = "name", left: bool = False) -> dict[str, object]:
    """One of the three steps of a new box."""
    form = dict.fromkeys(("box_name", "event_name", "name", "email"), text)
    place: dict[str, object] = {"step": step, "number": 1, "steps": 3, "left": left, "form": form}
    return place | {"longest_box_name": 60, "longest_name": 100} | _BOUNDS


def _begin_cases(text: str) -> list[tuple[str, Words]]:
    steps = [{"begin": begin_words(text, step=step), "error": _error(text)} for step in ("name", "event", "admin")]
    done = [{"next_name": text, "is_named": is_named, "error": None} for is_named in (True, False)]
    return [*(("begin.html", words) for words in steps), *(("begin_done.html", words) for words in done)]


def _account_cases(text: str) -> list[tuple[str, Words]]:
    who: dict[str, object] = {"name": text, "email": text, "here": "/account", "device": text} | _BOUNDS
    dj = {"role": "dj", "is_dj": True, "home": "/dj", "tokens": [_token(text), _token("") | {"used_at": ""}]}
    waiting = {"role": "dj", "is_dj": False, "home": "/account", "tokens": []}
    plain = {"error": None, "done": "", "new_token": None, "has_players": True}
    return [
        ("account.html", who | waiting | plain | {"state": "waiting"}),
        ("account.html", who | dj | plain | {"state": "active", "error": _error(text), "done": "password"}),
        ("account.html", who | dj | plain | {"state": "active", "new_token": _token(text) | {"token": text}}),
    ]


def _admin_cases(text: str) -> list[tuple[str, Words]]:
    code = {"name": text, "code": "K7QM2-X9F4T", "link": text}
    inbox: dict[str, object] = {
        "waiting": [_person(text)],
        "waiting_most": 1,
        "roles": _ROLES,
        "same_dj": True,
        "error": _error(text),
    }
    inbox["form"] = {"role": "admin", "name": text, "email": text}
    person = _person(text, state="disabled") | {
        "roles": _ROLES,
        "new_code": code,
        "same_dj": True,
        "error": _error(text),
    }
    people = [_person(text, role=role, state="active") for role in _ROLES]
    entry = {"number": 7, "at": _AT, "is_time_known": True, "who": text, "said": text, "on": text, "detail": text}
    return [
        ("admin.html", inbox | {"new_code": code}),
        ("admin.html", inbox | {"waiting": [], "new_code": None, "error": None, "same_dj": False}),
        ("admin_people.html", {"people": people, "like": text, "more": "before=3", "error": None}),
        ("admin_people.html", {"people": [], "like": "", "more": "", "error": None}),
        ("admin_person.html", person | {"tokens": [_token(text)]}),
        ("admin_person.html", person | {"tokens": [], "state": "active", "new_code": None, "error": None}),
        ("admin_trail.html", {"entries": [entry, entry | {"is_time_known": False}], "more": "7", "error": None}),
        ("admin_trail.html", {"entries": [], "more": "", "error": None}),
        *_guest_cases(text),
    ]


def _guest_cases(text: str) -> list[tuple[str, Words]]:
    said = {"likes": 3, "tempo_votes": 2, "reactions": 1, "answers": 0, "counted": 4, "discounted": 2}
    loud = [
        said | {"guest": guest, "short": guest, "banned": banned} for guest, banned in (("g1", False), ("g2", True))
    ]
    ban = {"guest": "g2", "short": "g2", "why": text, "who": text, "since": _AT, "counted": 0, "discounted": 6}
    events = [{"id": "e1", "name": text}, {"id": "e2", "name": text}]
    page = {"events": events, "event": "e1", "longest": 200, "typed": {"guest": "g1", "why": text}}
    bans = [ban | {"lifted": lifted} for lifted in ("", _AT)]
    return [
        ("admin_guests.html", page | {"loudest": loud, "bans": bans, "more": "before=3", "error": _error(text)}),
        ("admin_guests.html", page | {"events": events[:1], "loudest": [], "bans": [], "more": "", "error": None}),
    ]
