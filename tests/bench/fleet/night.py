"""A night as a box's journal has it: an event, a stage, sets, a track every few minutes, and likes."""

import json
import random
from collections.abc import Iterator

from sync.journal.entries import Entry

_BEGAN_MS = 1_790_000_000_000
_TRACK_EVERY = 40
_SET_EVERY = 1_000


def _id(draw: random.Random) -> str:
    return f"{draw.getrandbits(80):020x}"


def night(count: int, *, seed: int) -> list[bytes]:
    """The lines of a night of `count` entries; another `seed` is another box's."""
    draw = random.Random(seed)
    boot, lines = f"boot-{seed}", []
    for seq, (kind, body) in enumerate(_happens(count, draw), start=1):
        text = json.dumps(body, separators=(",", ":"))
        at = seq * 700 + draw.randrange(600)
        lines.append(Entry(seq, kind, 1, boot, at, _BEGAN_MS + at, "ntp", text).line())
    return lines


def _happens(count: int, draw: random.Random) -> Iterator[tuple[str, dict[str, object]]]:
    event, stage, guests = _id(draw), _id(draw), [_id(draw) for _ in range(300)]
    session = play = ""
    for number in range(count):
        if number == 0:
            yield "event.opened", {"event": event, "name": "Friday"}
        elif number == 1:
            yield "stage.opened", {"event": event, "stage": stage, "name": "Main floor"}
        elif number % _SET_EVERY == 2:
            session = _id(draw)
            yield "session.started", {"session": session, "stage": stage, "dj": _id(draw), "dj_name": "DJ Anna"}
        elif number % _TRACK_EVERY == 3:
            play = _id(draw)
            track = {"artist": f"Artist {draw.randrange(500)}", "title": f"Track {draw.randrange(5_000)}"}
            yield (
                "play.announced",
                {"play": play, "stage": stage, "session": session, **track, "source": "link", "age_ms": 0},
            )
        else:
            yield "like.given", {"play": play, "guest": draw.choice(guests)}
