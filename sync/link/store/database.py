"""The link's database: lines that wait for a box, how far sources were read, what was announced.

One transaction holds what a poll led to and how far it read, so a crash repeats a poll and never loses or doubles a
play. Every commit is on the disk before anything is sent.
"""

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from appliance.domain.origins import origin_in
from appliance.errors import Unavailable
from appliance.store.named import statements
from sync.journal.entries import Entry, Position, after, beginning
from sync.link.asides import KeptAside
from sync.link.facts import Facts, Tempo, as_the_dj_says

FOLDER = Path(__file__).parent
_QUERIES = FOLDER / "queries.sql"
#: acknowledged lines that are kept all the same: a box that was restored from a copy asks for them again
KEPT_ACKED = 2000
#: plays from before any box was chosen
NO_BOX = ""

_SCHEMA_VERSION = 4
#: entries that a box kept aside, so many; a box that speaks nonsense fills nothing
ASIDES_MOST = 50


@dataclass(frozen=True, slots=True)
class History:
    """Where the history for one box stands."""

    #: the box's id; empty before any was chosen
    box: str
    epoch: str
    #: everything up to here is durable at the box
    acked: Position
    last: Position

    @property
    def waiting(self) -> int:
        """Entries that the box has not acknowledged."""
        return self.last.seq - self.acked.seq


@dataclass(frozen=True, slots=True)
class KnownPlay:
    """A play that was announced."""

    id: str
    box: str
    source: str
    native_id: str
    artist: str
    title: str
    #: milliseconds of Unix time by the laptop's clock
    at_ms: int
    retracted: bool = False
    #: before the DJ's word on the tempo
    facts: Facts = field(default_factory=Facts)
    #: what the DJ said of the tempo; None when nothing
    tempo: Tempo | None = None

    @property
    def told(self) -> Facts:
        """What the box is told."""
        return as_the_dj_says(self.facts, self.tempo)


@dataclass(frozen=True, slots=True)
class KnownBox:
    """A box that the DJ paired with."""

    id: str
    #: as the box calls itself
    name: str
    #: its certificate, PEM: the one thing by which it is known
    certificate: str
    #: what the box knows this DJ by
    token: str = field(repr=False)
    #: where it was last
    host: str
    port: int


def _for_the_owner_only(path: Path) -> None:
    """It holds tokens. What SQLite puts beside it gets the same rights."""
    path.touch(mode=0o600)
    path.chmod(0o600)


class LinkStore:
    """One open database. Used from one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Opens it, or makes it.

        Raises: Unavailable with the code `link_store_unavailable` or `link_store_too_new`.
        """
        try:
            _for_the_owner_only(path)
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._prepare(path)
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(
                "link_store_unavailable",
                f"{path} can't be used ({error}), so plays could be lost.",
                advice="Free some space, or move that file away: a new one is made.",
            ) from error
        self.install_id = self._install_id()

    def _prepare(self, path: Path) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _SCHEMA_VERSION:
            raise Unavailable(
                "link_store_too_new",
                f"{path} was written by a newer version of this program.",
                advice="Update this program.",
            )
        for step in ("schema.sql", "schema_2_boxes.sql", "schema_3_facts.sql", "schema_4_sounds.sql")[version:]:
            schema = (FOLDER / step).read_text(encoding="utf-8")
            self._connection.executescript(f"BEGIN IMMEDIATE;\n{schema}\nCOMMIT;")

    def close(self) -> None:
        """Gives the file back."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is done inside, durable at its end."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def run(self, statement: str, /, **values: object) -> sqlite3.Cursor:
        """Runs a statement by its name; for the parts of this store."""
        return self._connection.execute(statements(_QUERIES)[statement], values)

    def one(self, statement: str, /, **values: object) -> sqlite3.Row | None:
        """The first row of a statement by its name; for the parts of this store."""
        row: sqlite3.Row | None = self.run(statement, **values).fetchone()
        return row

    def _install_id(self) -> str:
        with self.transaction():
            row = self.one("meta", name="install")
            if row is not None:
                return str(row["value"])
            made = secrets.token_hex(10)
            self.run("set_meta", name="install", value=made)
        return made

    def meta(self, name: str) -> str | None:
        """A fact."""
        row = self.one("meta", name=name)
        return row["value"] if row else None

    def set_meta(self, name: str, value: str) -> None:
        """Sets a fact."""
        self.run("set_meta", name=name, value=value)

    def history(self, box: str) -> History:
        """Where the history for a box stands; it begins with the first entry."""
        row = self.one("history", box=box)
        if row is None:
            epoch = secrets.token_hex(8)
            start = beginning(source=self.install_id, epoch=epoch)
            history = History(box, epoch, start, start)
            self._set(history)
            return history
        acked = Position(row["acked_seq"], row["acked_chain"])
        return History(box, row["epoch"], acked, Position(row["last_seq"], row["last_chain"]))

    def _set(self, history: History) -> None:
        self.run(
            "set_history",
            box=history.box,
            epoch=history.epoch,
            acked_seq=history.acked.seq,
            acked_chain=history.acked.chain,
            last_seq=history.last.seq,
            last_chain=history.last.chain,
        )

    def append(self, box: str, entry: Entry) -> None:
        """Keeps an entry for a box; its `seq` is given here. Inside a transaction."""
        self._append_line(self.history(box), entry.line())

    def _append_line(self, history: History, line: bytes) -> History:
        last = after(history.last, line)
        self.run("add_entry", box=history.box, seq=last.seq, line=line, chain=last.chain)
        moved = replace(history, last=last)
        self._set(moved)
        return moved

    def lines_after(self, box: str, seq: int, *, most: int) -> list[bytes]:
        """Up to `most` lines behind an entry, oldest first."""
        return [bytes(row["line"]) for row in self.run("entries_after", box=box, seq=seq, most=most)]

    def chain_at(self, box: str, seq: int) -> str | None:
        """The own chain after an entry, or None where it is forgotten."""
        history = self.history(box)
        for known in (history.acked, history.last):
            if known.seq == seq:
                return known.chain
        if seq == 0 and self.one("chain_at", box=box, seq=1) is not None:
            return beginning(source=self.install_id, epoch=history.epoch).chain
        row = self.one("chain_at", box=box, seq=seq)
        return row["chain"] if row else None

    def acked(self, box: str, position: Position) -> None:
        """The box has everything up to `position`; may be an older place after a rewind. Durable when it returns."""
        with self.transaction():
            self._set(replace(self.history(box), acked=position))
            self.run("forget_entries", box=box, seq=position.seq - KEPT_ACKED)

    def begin_epoch(self, box: str) -> History:
        """A new history with what the old one still had to deliver. Durable when it returns."""
        with self.transaction():
            old = self.history(box)
            waiting = self.lines_after(box, old.acked.seq, most=old.waiting)
            return self._restart(box, waiting)

    def adopt(self, box: str) -> None:
        """Gives a box the plays from before any box was chosen. Durable when it returns."""
        with self.transaction():
            history = self.history(box)
            nobody = self.history(NO_BOX)
            for line in self.lines_after(NO_BOX, nobody.acked.seq, most=nobody.waiting):
                history = self._append_line(history, line)
            self._restart(NO_BOX, [])

    def _restart(self, box: str, lines: list[bytes]) -> History:
        self.run("forget_entries", box=box, seq=2**62)
        epoch = secrets.token_hex(8)
        start = beginning(source=self.install_id, epoch=epoch)
        history = History(box, epoch, start, start)
        self._set(history)
        for line in lines:
            history = self._append_line(history, line)
        return history

    def known_boxes(self) -> list[KnownBox]:
        """The boxes that the DJ paired with, by name."""
        return [KnownBox(**dict(row)) for row in self.run("known_boxes")]

    def known_box(self, box: str) -> KnownBox | None:
        """The box with that id."""
        return next((known for known in self.known_boxes() if known.id == box), None)

    def keep_box(self, known: KnownBox) -> None:
        """Keeps a box, or what changed about it. Durable when it returns."""
        self.run("keep_box", **asdict(known))

    def move_box(self, box: str, *, host: str, port: int) -> None:
        """Notes where a box is now. Durable when it returns."""
        self.run("move_box", id=box, host=host, port=port)

    def forget_box(self, box: str) -> bool:
        """Forgets a box and its token, and chooses none if it was chosen; whether it was known. Its history stays."""
        with self.transaction():
            if self.meta("box") == box:
                self.set_meta("box", NO_BOX)
            return self.run("forget_box", id=box).rowcount == 1

    def choose(self, box: str) -> None:
        """Plays go to this box from now on, also those from before any was chosen. Durable when it returns."""
        self.adopt(box)
        self.set_meta("box", box)

    def cursor(self, source: str) -> str | None:
        """How far a source was read."""
        row = self.one("cursor", source=source)
        return row["cursor"] if row else None

    def set_cursor(self, source: str, cursor: str) -> None:
        """A source was read further. Inside the transaction that keeps what it said."""
        self.run("set_cursor", source=source, cursor=cursor)

    def add_play(self, play: KnownPlay) -> bool:
        """Remembers a play; whether it is new. Inside the transaction that keeps its entry."""
        added = self.run(
            "add_play",
            id=play.id,
            box=play.box,
            source=play.source,
            native_id=play.native_id,
            artist=play.artist,
            title=play.title,
            at_ms=play.at_ms,
            **_fact_values(play),
        )
        return added.rowcount == 1

    def set_known(self, play: KnownPlay) -> None:
        """More is known of a play. Inside the transaction that keeps its entry."""
        self.run("set_known", id=play.id, artist=play.artist, title=play.title, **_fact_values(play))

    def play_of(self, source: str, native_id: str) -> KnownPlay | None:
        """The play that a sighting led to."""
        row = self.one("play_of", source=source, native_id=native_id)
        return read_play(row) if row else None

    def last_plays(self, most: int) -> list[KnownPlay]:
        """What was announced last, the newest first."""
        return [read_play(row) for row in self.run("last_plays", most=most)]

    def retract_play(self, play_id: str) -> bool:
        """Notes that a play was taken back; whether it was not yet. Inside the transaction that keeps its entry."""
        return self.run("retract_play", id=play_id).rowcount == 1

    def keep_asides(self, found: Sequence[KeptAside]) -> None:
        """Notes what a box could not use; only the newest are kept. Durable when it returns."""
        with self.transaction():
            for one in found:
                self.run("add_aside", **asdict(one))
            self.run("forget_asides", most=ASIDES_MOST)

    def asides(self, *, since_ms: int) -> list[KeptAside]:
        """What boxes could not use, the newest first."""
        return [KeptAside(**dict(row)) for row in self.run("asides", since_ms=since_ms)]

    def words_of_play(self, play_id: str) -> str:
        """ "Artist - Title" of a play; empty when it is not known."""
        row = self.one("words_of_play", id=play_id)
        return " - ".join(filter(None, (row["artist"], row["title"]))) if row else ""


def _fact_values(play: KnownPlay) -> dict[str, object]:
    facts = play.facts
    return {
        "bpm": facts.bpm,
        "bpm_origin": facts.bpm_origin.value,
        "key": facts.key,
        "key_origin": facts.key_origin.value,
        "tempo": play.tempo.value if play.tempo else None,
    }


def read_play(row: sqlite3.Row) -> KnownPlay:
    """A play out of its row."""
    return KnownPlay(
        id=row["id"],
        box=row["box"],
        source=row["source"],
        native_id=row["native_id"],
        artist=row["artist"],
        title=row["title"],
        at_ms=row["at_ms"],
        retracted=bool(row["retracted"]),
        facts=Facts(row["bpm"], row["key"], origin_in(row["bpm_origin"]), origin_in(row["key_origin"])),
        tempo=Tempo(row["tempo"]) if row["tempo"] else None,
    )
