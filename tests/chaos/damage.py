"""A bad card: random bytes and lost ends in the files of the database; after each there is a box that plays.

What a card changed without SQLite seeing it stays changed, so nothing is claimed here about single rows; only that the
box goes on, from what was there or from its copy, and that staff were told when it was the copy.
"""

import random
import shutil
import time
from pathlib import Path

from appliance.commands import backup
from appliance.errors import Unavailable
from appliance.store.recovery import mend
from tests.chaos.report import Outcome, joined, progress
from tests.storage.databases import AT, play_songs, songs_in, with_log
from tests.support.real_box import running_box

_SONGS = 12
#: every so often the whole box is started on it, not only its store
_WHOLE_EVERY = 20


def damage(folder: Path, *, rounds: int, seed: int, is_shown: bool = False) -> Outcome:
    """So many damages, each to a fresh copy of the same evening."""
    chance, outcome = random.Random(seed), Outcome("damage")
    began, words = time.monotonic(), []
    whole = folder / "whole"
    whole.mkdir()
    play_songs(whole / "box.db", 0, _SONGS)
    backup.main(["--data", str(whole)])
    with_log(whole / "box.db")
    for number in progress(outcome.name, rounds, is_shown=is_shown):
        data = folder / f"round-{number}"
        shutil.copytree(whole, data)
        said = _spoil(data, chance)
        try:
            words.append(_start(data, with_all=number % _WHOLE_EVERY == 0, outcome=outcome))
        except Unavailable as error:
            # Only one thing may stop a start: it looks like a newer program's, and then that is said.
            if error.code != "store_too_new":
                raise
            words.append("said to be a newer program's")
        outcome.rounds += 1
        outcome.checked += 1
        if words[-1] == "broken":
            outcome.faults.append(f"{said}: the box does not play")
        shutil.rmtree(data)
    outcome.notes.append(joined(words))
    outcome.took_s = time.monotonic() - began
    return outcome


def _spoil(data: Path, chance: random.Random) -> str:
    """One to three damages; what they were."""
    said = []
    for _ in range(chance.randint(1, 3)):
        path = data / chance.choice(("box.db", "box.db", "box.db-wal", "backup/box.db"))
        content = bytearray(path.read_bytes())
        if not content:
            continue
        place, length = chance.randrange(len(content)), chance.choice((1, 8, 100, 4096, 20_000))
        match chance.choice(("bytes", "zeros", "end", "same byte")):
            case "bytes":
                content[place : place + length] = chance.randbytes(len(content[place : place + length]))
            case "zeros":
                content[place : place + length] = bytes(len(content[place : place + length]))
            case "end":
                del content[place:]
            case _:
                content[place] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        said.append(f"{path.name} at {place}")
    return ", ".join(said)


def _start(data: Path, *, with_all: bool, outcome: Outcome) -> str:
    """Starts a box on it, plays one more song, and says what became of the old ones."""
    database = data / "box.db"
    if with_all:
        started = time.monotonic()
        with running_box(data, options=("--unattended", "--broker", "off")) as box:
            outcome.starts_s.append(time.monotonic() - started)
            dj = box.dj("DJ New")
            session = dj.post("/api/v1/stages/main-floor/sessions", json_body={"take_over": True}).json["session"]["id"]
            played = dj.post(
                f"/api/v1/sessions/{session}/plays", json_body={"id": "after", "title": "t", "artist": "a"}
            )
            told = (data / "notices.json").exists()
            if played.status != 201:
                return "broken"
    else:
        told = mend(database, backups=[data / "backup"], at=AT, has_lived=True) is not None
        play_songs(database, 100, 101)
    songs = songs_in(database)
    if songs[-1] not in {"after", "p100"}:
        return "broken"
    if not told:
        return "went on as they were"
    return "from the copy" if len(songs) > 1 else "begun anew"
