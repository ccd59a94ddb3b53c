"""A real PostgreSQL server for tests: its own files, a socket in them and a port of loopback, ended for sure.

The server refuses to run as root, so it runs as `nobody` then. It ends with the process that started it, however that
ends. Each test takes a database of its own, made from one that is at today's schema.
"""

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil
import pytest

from sync.cloud.store.engine import migrate, open_database
from tests.support.ports import free_port

USER = "pika"
TEMPLATE = "pika_template"
_READY_WITHIN_S = 30.0
_END_WITHIN_S = 15.0
#: nothing here has to survive a power cut
QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
_ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "jit": "off",
    "log_min_messages": "warning",
}


def programs() -> Path:
    """Where PostgreSQL's own programs are; fails where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    assert found, "PostgreSQL is missing: apt install postgresql"
    return found[-1].parent


def _as_nobody() -> list[str]:
    # The kernel's own word that the server ends with us; a signal to us may come when nobody can act on it.
    command = ["setpriv", "--pdeathsig", "KILL"]
    return [*command, "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.geteuid() == 0 else command


@dataclass
class Postgres:
    """A server, running or not."""

    folder: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=lambda: QUICK)
    _process: "subprocess.Popen[bytes] | None" = None

    def make(self) -> None:
        """Makes its files."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
        command = [*_as_nobody(), str(programs() / "initdb"), "--pgdata", str(self.folder / "data"), "--username", USER]
        command += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        assert self._process is None
        # By the kernel's rule it is the thread with which the server ends, and others end long before the tests.
        assert threading.current_thread() is threading.main_thread()
        settings = {**_ALWAYS, **self.settings, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        with (self.folder / "log").open("ab") as log:
            command = [*_as_nobody(), str(programs() / "postgres"), "-D", str(self.folder / "data"), *options]
            # In a session of its own: a Ctrl-C in the terminal is for the tests, which then end it.
            self._process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + _READY_WITHIN_S
        ready = [str(programs() / "pg_isready"), "-q", "-h", str(self.folder), "-p", str(self.port), "-U", USER]
        while subprocess.run(ready, check=False).returncode != 0:
            assert self._process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")
            assert time.monotonic() < until, "PostgreSQL does not start"
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        """Its first process, while it runs."""
        assert self._process is not None
        return self._process.pid

    def end(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ends it: SIGINT politely, SIGQUIT at once, SIGKILL as if it crashed. Its files stay."""
        if self._process is None:
            return
        process, self._process = self._process, None
        parts = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(how)
        try:
            process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_END_WITHIN_S)
        # Its parts have groups of their own, and hold its memory until they have noticed too.
        for part in psutil.wait_procs(parts, timeout=0 if how is signal.SIGKILL else _END_WITHIN_S)[1]:
            part.kill()
        psutil.wait_procs(parts, timeout=_END_WITHIN_S)

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    async def _say(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def say(self, *statements: str) -> None:
        """Statements to the server as its superuser."""
        asyncio.run(self._say(*statements))

    def new_database(self, *, template: str = "template0") -> str:
        """The address of a new database: an empty one, or a copy of `template`."""
        name = f"t_{secrets.token_hex(6)}"
        self.say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def make_template(self) -> None:
        """Makes the database at today's schema that others are copied from."""
        self.say(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")

        async def bring_up() -> None:
            async with open_database(self.url(TEMPLATE)) as database:
                await migrate(database)

        asyncio.run(bring_up())

    def drop(self, url: str) -> None:
        """Removes a database, whoever is still connected."""
        self.say(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests of this process."""
    # Not in pytest's own folder: a socket's path is short.
    with tempfile.TemporaryDirectory(prefix="pika-pg-", dir="/tmp") as name:
        server = Postgres(Path(name) / "server", free_port())
        Path(name).chmod(0o755)
        try:
            server.make()
            server.start()
            server.make_template()
            yield server
        finally:
            server.end(signal.SIGQUIT)


@pytest.fixture
def empty_postgres(postgres: Postgres) -> Iterator[str]:
    """The address of an empty database."""
    url = postgres.new_database()
    yield url
    postgres.drop(url)


@pytest.fixture
def cloud_postgres(postgres: Postgres) -> Iterator[str]:
    """The address of a database at today's schema, without a row."""
    url = postgres.new_database(template=TEMPLATE)
    yield url
    postgres.drop(url)
