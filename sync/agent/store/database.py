"""The carrier's memory in one SQLite file. Every method that changes something returns when that is on the disk."""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import Unavailable
from appliance.files import move_aside
from appliance.store.named import statements
from sync.journal.entries import Position, beginning

FOLDER = Path(__file__).parent
_QUERIES = FOLDER / "queries.sql"
#: the file's versions in their order
_SCHEMAS = ("schema.sql", "songs.sql")
#: up to which row what forgotten guests said was taken out of the journal
ERASED = "erased_to"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place that the cloud has proven to hold."""

    position: Position
    #: the row of the box's journal there
    journal_seq: int
    #: four bytes of the chain after each row since the mark before
    crumbs: bytes = b""


@dataclass(frozen=True, slots=True)
class Told:
    """Which history is told."""

    #: under which the cloud knows it
    epoch: str
    #: the epoch of the box's journal in which it began
    journal: str
    #: the box's id
    source: str


class Memory:
    """One open file. Used from one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Opens it, or makes it. One that is damaged is moved aside: what it said is found again with the cloud's help.

        Raises: Unavailable with the code `sync_store_unavailable`.
        """
        try:
            try:
                self._open(path)
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
                    raise
                self._connection.close()
                for suffix in ("-wal", "-shm"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
                move_aside(path)
                self._open(path)
        except (sqlite3.Error, OSError) as error:
            raise Unavailable("sync_store_unavailable", f"{path} can't be used: {error}.") from error

    def _open(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "auto_vacuum = INCREMENTAL", "cache_size = -1000"):
            self._connection.execute(f"PRAGMA {pragma}")
        has = self._connection.execute("PRAGMA user_version").fetchone()[0]
        for version, name in enumerate(_SCHEMAS, start=1):
            if version > has:
                schema = (FOLDER / name).read_text(encoding="utf-8")
                self._connection.executescript(f"BEGIN IMMEDIATE;\n{schema}\nPRAGMA user_version = {version};\nCOMMIT;")
        self._connection.execute("PRAGMA quick_check(1)").fetchone()

    def close(self) -> None:
        """Gives the file back."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable at the end. Raises: Unavailable with the code `sync_store_unavailable`."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise Unavailable(
                "sync_store_unavailable", f"The carrier can't write down how far it is: {error}"
            ) from error

    def run(self, statement: str, /, **values: object) -> sqlite3.Cursor:
        """One statement by its name; within `transaction` when it changes something."""
        return self._connection.execute(statements(_QUERIES)[statement], values)

    def facts(self) -> dict[str, str]:
        """Everything that is remembered by name."""
        return {row["name"]: row["value"] for row in self.run("facts")}

    def set_fact(self, name: str, value: str | None) -> None:
        """Remembers something, or forgets it."""
        with self.transaction():
            if value is None:
                self.run("forget_fact", name=name)
            else:
                self.run("set_fact", name=name, value=value)

    def told(self) -> Told | None:
        """Which history is told; None before the first."""
        facts = self.facts()
        if "epoch" not in facts:
            return None
        return Told(facts["epoch"], facts["journal"], facts["source"])

    def begin(self, told: Told, *, base: Mark | int) -> Mark:
        """Begins to tell a history: behind a row of the journal, or at a place that is known. Gives that place."""
        mark = base if isinstance(base, Mark) else Mark(beginning(source=told.source, epoch=told.epoch), base)
        with self.transaction():
            for name, value in (("epoch", told.epoch), ("journal", told.journal), ("source", told.source)):
                self.run("set_fact", name=name, value=value)
            self.run("drop_marks_after", seq=-1)
            self._add(mark)
            # In another database other rows have these numbers.
            erased = min(int(self.facts().get(ERASED, 0)), mark.journal_seq)
            self.run("set_fact", name=ERASED, value=str(erased))
        return mark

    def _add(self, mark: Mark) -> None:
        self.run(
            "add_mark",
            seq=mark.position.seq,
            journal_seq=mark.journal_seq,
            chain=mark.position.chain,
            crumbs=mark.crumbs,
        )

    def add(self, mark: Mark) -> None:
        """The cloud holds everything up to there."""
        with self.transaction():
            self._add(mark)

    def go_back(self, seq: int) -> None:
        """The cloud holds nothing after the mark with this number any more."""
        with self.transaction():
            self.run("drop_marks_after", seq=seq)

    def forget_before(self, seq: int) -> None:
        """The rows before the mark with this number are gone."""
        with self.transaction():
            self.run("drop_marks_before", seq=seq)
        # What they took becomes room again.
        self._connection.execute("PRAGMA incremental_vacuum(200)").fetchall()

    def below(self, seq: int) -> Mark | None:
        """The newest mark at or before a number of the history."""
        return _mark(self.run("mark_below", seq=seq).fetchone())

    def at_row(self, journal_seq: int) -> Mark | None:
        """The newest mark at or before a row of the journal."""
        return _mark(self.run("mark_at_row", journal_seq=journal_seq).fetchone())

    def newest(self) -> Mark:
        """How far the cloud has proven to hold the history."""
        found = self.below(2**62)
        assert found is not None  # a history has its beginning
        return found

    def marks_down(self) -> Generator[Mark, None, None]:
        """All marks, the newest first."""
        with closing(self.run("marks_down")) as rows:
            for row in rows:
                found = _mark(row)
                assert found is not None
                yield found

    def stand_in(self, journal_seq: int, line: bytes) -> None:
        """From now on a line is sent in the place of a row."""
        with self.transaction():
            self.run("add_stand_in", journal_seq=journal_seq, line=line)

    def stand_ins(self) -> dict[int, bytes]:
        """What is sent in the place of which rows."""
        return {row["journal_seq"]: bytes(row["line"]) for row in self.run("stand_ins")}


def _mark(row: sqlite3.Row | None) -> Mark | None:
    if row is None:
        return None
    return Mark(Position(row["seq"], row["chain"]), row["journal_seq"], bytes(row["crumbs"]))
