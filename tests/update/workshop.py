"""Where test releases are made: small ones that hold no packages, and a box to put them on."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from appliance.clock import SystemClock
from appliance.domain.models import Stamp
from appliance.notices import FILE_NAME as NOTICES_FILE
from appliance.notices import Notices
from appliance.store.migrate import connect, migrate, steps
from appliance.update import building, keys, staging
from appliance.update.layout import Layout
from appliance.update.record import FILE_NAME, RecordFile
from appliance.update.trial import Box, Patience

FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL DEFAULT 'heard', v INTEGER, boot TEXT, boot_ms INTEGER,
    wall_ms INTEGER, trust TEXT, body TEXT NOT NULL
) STRICT;
CREATE TABLE sessions (id TEXT PRIMARY KEY, current_play_id TEXT) STRICT;
"""
ADDS = "CREATE TABLE more (id TEXT) STRICT;\n"
BREAKS = "-- breaks older programs: the journal has another name\nALTER TABLE journal RENAME TO log;\n"


def _nothing(words: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Maker:
    """Whoever makes releases."""

    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "key"

    @property
    def public(self) -> Path:
        return self.folder / "key.pem"

    def release(
        self, version: str, *, schema: tuple[str, ...] = (FIRST,), program: str = "", signed: bool = True
    ) -> Path:
        """A release file of a very small program."""
        checkout = self.folder / f"checkout-{version}-{len(list(self.folder.iterdir()))}"
        files = {
            "appliance/__init__.py": f'__version__ = "{version}"\n',
            "appliance/cli.py": "",
            "appliance/bootstrap.py": program,
            ".pins/run.txt": "# none\n",
            "box": "#!/bin/sh\n",
        }
        for number, sql in enumerate(schema, start=1):
            files[f"appliance/store/migrations/{number:04d}_step.sql"] = sql
        for name, text in files.items():
            path = checkout / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (checkout / "box").chmod(0o755)
        made = building.build(checkout, out=checkout, wheels=[], environments=[staging.this_environment()])
        if signed:
            building.sign(made, key=self.key)
        return made


def new_maker(folder: Path) -> Maker:
    """Somebody with a key."""
    folder.mkdir(parents=True)
    maker = Maker(folder)
    keys.make_pair(maker.key, maker.public)
    return maker


@dataclass
class Service:
    """Starts releases in name only: `running` is a file, so that processes of a test share it."""

    layout: Layout
    running: Path

    def restart(self) -> None:
        self.running.write_text(self.layout.version_at(self.layout.current) or "nothing", encoding="utf-8")

    def stop(self) -> None:
        self.running.unlink(missing_ok=True)

    def refresh(self) -> None:
        """A release in name only has no files of the system's."""

    def hand_over(self) -> bool:
        return False


@dataclass
class OtherBoot:
    """The kernel's clocks, in a boot that the test chooses."""

    boot: str = "first"
    _clock: SystemClock = field(default_factory=SystemClock)

    def now(self) -> Stamp:
        return replace(self._clock.now(), boot=self.boot)


@dataclass
class Bench:
    """A box on which releases are tried: its folders are real, what it serves is decided here."""

    root: Path
    port: int
    maker: Maker
    boot: str = "first"
    #: how long a new version has: long where it is well, short where it is not
    within_s: float = 10.0

    @property
    def layout(self) -> Layout:
        return Layout(root=self.root, data=self.root / "var/lib/pika-box")

    @property
    def running(self) -> Path:
        return self.root / "running"

    def box(self) -> Box:
        clock = OtherBoot(self.boot)
        data = self.layout.data
        return Box(
            layout=self.layout,
            database=data / "box.db",
            host="127.0.0.1",
            port=self.port,
            service=Service(self.layout, self.running),
            record=RecordFile(data / FILE_NAME),
            notices=Notices(data / NOTICES_FILE, clock=clock),
            clock=clock,
            patience=Patience(within_s=self.within_s, steady_s=0.05, every_s=0.01),
            tell=_nothing,
        )

    def notices(self) -> str:
        """Everything that staff are told."""
        return "\n".join(one.words for one in self.box().notices.all())

    def install(self, file: Path) -> None:
        """The box's first release, as an installation puts it there."""
        layout = self.layout
        for folder in (layout.releases, layout.data, layout.keys):
            folder.mkdir(parents=True, exist_ok=True)
        (layout.keys / "maker.pem").write_bytes(self.maker.public.read_bytes())
        with staging.opened(file, layout=layout) as (manifest, reader):
            staging.stage(manifest, reader, layout=layout, tell=_nothing)
        layout.point(layout.current, manifest.version)
        layout.point(layout.confirmed, manifest.version)
        self.box().service.restart()
        self.start()

    def start(self) -> None:
        """What a release does to the database when it starts."""
        version = self.layout.version_at(self.layout.current)
        assert version is not None
        known = steps(self.layout.release(version) / "appliance/store/migrations")
        path = self.layout.data / "box.db"
        with closing(connect(path)) as connection:
            migrate(connection, path, known)

    def heard(self, words: str) -> None:
        """Something happens that must not be lost."""
        with closing(connect(self.layout.data / "box.db")) as connection:
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
            into_new, into_old = "INSERT INTO log (body) VALUES (?)", "INSERT INTO journal (body) VALUES (?)"
            connection.execute(into_old if "journal" in names else into_new, (words,))

    def remembers(self) -> list[str]:
        """What happened, as the program of schema 1 reads it."""
        with closing(connect(self.layout.data / "box.db")) as connection:
            return [row[0] for row in connection.execute("SELECT body FROM journal WHERE kind = 'heard' ORDER BY seq")]


@contextmanager
def serving(bench_root: Path, well: dict[str, str]) -> Iterator[int]:
    """A port at which the release named in the file `running` says how it is: `well` by version, else it is down."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                version = (bench_root / "running").read_text(encoding="utf-8")
            except OSError:
                self.close_connection = True
                return
            status = well.get(version, "down")
            parts = {"store": {"state": "ok"}, "broker": {"state": "problem" if status == "worse" else "ok"}}
            said = {"status": "degraded" if status == "worse" else status, "version": version, "parts": parts}
            body = json.dumps(said).encode()
            self.send_response(503 if status == "down" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing to say."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
