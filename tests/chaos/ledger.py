"""What the box has answered "saved", and whether it is there: in its table and in the journal, once each.

Owns the bookkeeping. Must not talk to a box.
"""

import json
import sqlite3
import threading
from collections import Counter
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from appliance.domain.portal import Client, Identity, client_key


@dataclass
class Answered:
    """Everything that was answered, and what was only asked for."""

    likes: set[tuple[str, str]] = field(default_factory=set)
    plays: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    #: addresses of phones that were let through the portal
    released: set[str] = field(default_factory=set)
    #: modes of the portal: those that were answered, and how many were asked for at all
    modes: list[str] = field(default_factory=list)
    modes_asked: int = 0

    def count(self) -> int:
        """How many answered writes there are."""
        return len(self.likes) + len(self.plays) + len(self.tokens) + len(self.released) + len(self.modes)


class Ledger:
    """Fed by many threads."""

    def __init__(self) -> None:
        self._answered = Answered()
        self._lock = threading.Lock()

    def like(self, play: str, guest: str) -> None:
        with self._lock:
            self._answered.likes.add((play, guest))

    def play(self, play: str) -> None:
        with self._lock:
            self._answered.plays.add(play)

    def token(self, token: str) -> None:
        with self._lock:
            self._answered.tokens.add(token)

    def release(self, address: str) -> None:
        with self._lock:
            self._answered.released.add(address)

    def ask_mode(self) -> None:
        with self._lock:
            self._answered.modes_asked += 1

    def mode(self, mode: str) -> None:
        with self._lock:
            self._answered.modes.append(mode)

    def so_far(self) -> Answered:
        """What was answered until this moment."""
        with self._lock:
            return deepcopy(self._answered)


def _rows(database: sqlite3.Connection, statement: str) -> list[tuple[str, ...]]:
    return database.execute(statement).fetchall()


def _wrong(what: str, answered: set[tuple[str, ...]], found: list[tuple[str, ...]]) -> list[str]:
    """What is missing, and what is there more than once."""
    counted = Counter(found)
    missing = [f"{what} {item} is missing" for item in sorted(answered - counted.keys())]
    return missing + [f"{what} {item} is there {times} times" for item, times in counted.items() if times > 1]


def faults(database_file: Path, answered: Answered) -> list[str]:
    """Everything that is not as it was answered; empty when all is well."""
    try:
        return _faults(database_file, answered)
    except sqlite3.Error as error:
        return [f"the database can't be read: {error}"]


def _faults(database_file: Path, answered: Answered) -> list[str]:
    with closing(sqlite3.connect(f"{database_file.as_uri()}?mode=ro", uri=True, timeout=10)) as database:
        found = database.execute("PRAGMA quick_check").fetchall()
        if found != [("ok",)]:
            return [f"quick_check says {found[0][0]}"]
        bodies = [(kind, json.loads(body)) for kind, body in _rows(database, "SELECT kind, body FROM journal")]

        def told(kind: str, *keys: str) -> list[tuple[str, ...]]:
            return [tuple(body[key] for key in keys) for one, body in bodies if one == kind]

        ones: set[tuple[str, ...]] = {(play,) for play in answered.plays}
        tokens: set[tuple[str, ...]] = {(token,) for token in answered.tokens}
        wrong = _wrong("like", set(answered.likes), _rows(database, "SELECT play_id, guest_id FROM likes"))
        wrong += _wrong("journaled like", set(answered.likes), told("like.given", "play", "guest"))
        wrong += _wrong("play", ones, _rows(database, "SELECT id FROM plays"))
        wrong += _wrong("journaled play", ones, told("play.announced", "play"))
        wrong += _wrong("token", tokens, _rows(database, "SELECT id FROM dj_tokens"))
        wrong += _wrong("journaled token", tokens, told("token.issued", "token"))
        wrong += _wrong_counts(database)
        return wrong + _wrong_portal(
            database, answered, journaled=[mode for (mode,) in told("portal.mode_set", "mode")]
        )


def _wrong_counts(database: sqlite3.Connection) -> list[str]:
    found = database.execute(
        "SELECT p.id, p.likes, (SELECT count(*) FROM likes AS l WHERE l.play_id = p.id AND l.counts) AS rows"
        " FROM plays AS p WHERE p.likes <> rows"
    )
    return [f"play {play} counts {likes} likes and has {rows}" for play, likes, rows in found]


def _wrong_portal(database: sqlite3.Connection, answered: Answered, *, journaled: list[str]) -> list[str]:
    facts = dict(database.execute("SELECT name, value FROM meta").fetchall())
    wrong = []
    if answered.released:
        clients = {client for (client,) in database.execute("SELECT client FROM releases")}
        salt = bytes.fromhex(facts.get("portal_salt", ""))
        wrong += [
            f"the release of {address} is missing"
            for address in answered.released
            if client_key(Client(Identity.ADDRESS, address), salt=salt) not in clients
        ]
    # Every switch that was asked for is one row or none, in the order in which they were asked for, one after another.
    if not len(answered.modes) <= len(journaled) <= answered.modes_asked:
        wrong.append(f"{len(journaled)} changes of the mode, {len(answered.modes)} answered")
    if journaled and facts.get("portal_mode") != journaled[-1]:
        wrong.append(f"the mode is {facts.get('portal_mode')}, the journal says {journaled[-1]}")
    return wrong
