"""The shape of the program: who may import whom, where each technology lives, and that nothing happens at import."""

import ast
import functools
import gc
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted([*(ROOT / "appliance").rglob("*.py"), *(ROOT / "sync").rglob("*.py")])

#: each library with outside effects lives under one place
HOMES: dict[str, str | tuple[str, ...]] = {
    "paho": "appliance.bus",
    "amqtt": "appliance.bus",
    "zeroconf": ("appliance.discovery", "sync.link"),
    "starlette": ("appliance.web", "sync.cloud.web"),
    "uvicorn": ("appliance.web", "sync.cloud.web"),
    "h11": ("sync.link.calls", "sync.link.sources.http_now"),
    "jinja2": ("appliance.web", "sync.cloud.web", "sync.cloud.report"),
    "babel": "appliance.web",
    "argon2": "appliance.passwords",
    "cryptography": ("appliance.tls", "appliance.update", "sync"),
    "prometheus_client": ("appliance.web", "sync.cloud.fleet"),
    # Also the link's own store, and a look into DJ programs' databases.
    "sqlite3": ("appliance.store", "sync.link.store", "sync.link.sources", "sync.agent.store", "sync.cloud.store"),
    "aiosqlite": ("appliance.store", "sync.cloud.store"),
    "asyncpg": "sync.cloud.store",
    "aiobotocore": "sync.cloud.songs.s3",
    "botocore": "sync.cloud.songs.s3",
    "qrcode": "appliance.qr",
    "png": "appliance.qr",
    "reportlab": "appliance.posters",
    "PIL": ("appliance.posters", "appliance.pictures"),
    "spake2": "appliance.pairing",
    "psutil": ("appliance.network", "appliance.supervision", "appliance.analysis.decoding", "sync.link.sparing"),
    "rapidfuzz": "appliance.matching",
    "numpy": ("appliance.analysis", "appliance.house"),
    # These serve the tests: each costs seconds to load.
    "librosa": "tests",
    "scipy": "tests",
    "tinytag": "appliance.tags",
    "platformdirs": "sync.link.folder",
    "rich": ("sync.link.booth", "sync.link.commands.run"),
}
#: the composition root and the commands tie things together, so they may name what they tie
ROOTS = (
    "appliance.bootstrap",
    "appliance.opening",
    "appliance.starting",
    "appliance.ways_in",
    "appliance.cloud_side",
    "appliance.commands",
    "appliance.demo",
    "appliance.cli",
)
ADAPTERS = (
    "appliance.web",
    "appliance.bus",
    "appliance.live",
    "appliance.discovery",
    "appliance.portal",
    "appliance.store",
    "appliance.tls",
    "appliance.analysis",
    "appliance.library",
)
#: what the sync side may know of the box
OPEN_TO_SYNC = (
    "appliance.domain",
    "appliance.store",
    "appliance.ports",
    "appliance.config",
    "appliance.errors",
    "appliance.clock",
    "appliance.files",
    # What a file says of itself.
    "appliance.tags",
    "appliance.library.labelling",
    # Where music is, and how a file gets its place there.
    "appliance.library.placing",
    "appliance.library.section",
    "appliance.tls",
    "appliance.pairing",
    # How tracks sound: it runs beside a DJ's program as well.
    "appliance.analysis",
    # What announcements mean and how they are heard, and nothing that announces.
    "appliance.discovery.heard",
    "appliance.discovery.service",
    # What pages say in six languages, and nothing that serves them.
    "appliance.web.words",
    # How long a connection may take to ask, and nothing that answers.
    "appliance.web.heads",
    # How songs are sent over the web, and nothing that takes them.
    "appliance.web.form_file",
    "appliance.web.tus",
)
#: an adapter that may know another: pages show what is live, and the library listens to what it finds
ALLOWED_BETWEEN = {("appliance.web", "appliance.live"), ("appliance.library", "appliance.analysis")}
HELPERS = ("appliance.domain", "appliance.errors", "appliance.clock", "appliance.ports", "appliance.wire")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path: Path) -> ast.Module:
    # What is collected meanwhile may have something to complain of, whose traceback is parsed, and Python 3.11 does not
    # bear that within parsing.
    gc.disable()
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    finally:
        gc.enable()


@functools.cache
def imports_of(path: Path) -> Sequence[str]:
    names: list[str] = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    return names


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_each_technology_lives_in_one_place(path: Path) -> None:
    for imported in imports_of(path):
        home = HOMES.get(imported.split(".")[0])
        # The doctor tells SQLite's version; it opens no database.
        if home and name_of(path) != "appliance.commands.doctor":
            homes = (home,) if isinstance(home, str) else home
            assert within(name_of(path), *homes), f"{imported} belongs under {home}"


@pytest.mark.parametrize("path", [path for path in MODULES if within(name_of(path), "appliance.domain")], ids=name_of)
def test_the_domain_is_pure(path: Path) -> None:
    for imported in imports_of(path):
        top = imported.split(".")[0]
        assert top in sys.stdlib_module_names or within(imported, "appliance.domain", "appliance.errors"), imported
        assert top not in {"asyncio", "time", "os", "socket", "pathlib", "logging", "sqlite3", "threading"}, imported
    assert not [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]


@pytest.mark.parametrize("path", [path for path in MODULES if within(name_of(path), "appliance.usecases")], ids=name_of)
def test_use_cases_know_ports_and_the_domain_only(path: Path) -> None:
    for imported in imports_of(path):
        if imported.startswith("appliance"):
            assert within(imported, "appliance.domain", "appliance.errors", "appliance.ports", "appliance.usecases")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_adapters_do_not_import_each_other(path: Path) -> None:
    own = next((adapter for adapter in ADAPTERS if within(name_of(path), adapter)), None)
    for imported in imports_of(path):
        other = next((adapter for adapter in ADAPTERS if within(imported, adapter)), None)
        if own and other and own != other:
            assert (own, other) in ALLOWED_BETWEEN, f"{name_of(path)} imports {imported}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_roots_import_the_roots_and_nothing_imports_sync(path: Path) -> None:
    for imported in imports_of(path):
        # How a journal travels is one protocol for both hops, and pure.
        known = within(name_of(path), "sync") or within(imported, "sync.journal")
        assert known or not within(imported, "sync")
        if within(imported, *ROOTS):
            assert within(name_of(path), *ROOTS, "appliance.__main__"), f"{name_of(path)} imports {imported}"


@pytest.mark.parametrize("path", [path for path in MODULES if within(name_of(path), "sync")], ids=name_of)
def test_the_sync_side_knows_a_few_doors_of_the_box_only(path: Path) -> None:
    for imported in imports_of(path):
        if within(imported, "appliance") and imported != "appliance":
            assert within(imported, *OPEN_TO_SYNC), imported


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_sql_stands_in_the_store_only(path: Path) -> None:
    statement = re.compile(r"\b(SELECT .+ FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|PRAGMA )\b")
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.search(node.value):
            homes = ("appliance.store", "sync.link.store", "sync.link.sources", "sync.agent.store", "sync.cloud.store")
            assert within(name_of(path), *homes), node.value


def test_there_is_no_import_cycle() -> None:
    names = {name_of(path) for path in MODULES}
    graph = {name_of(path): {found for found in imports_of(path) if found in names} for path in MODULES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail, name])
        if name not in done:
            for following in sorted(graph[name] - {name}):
                visit(following, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_nothing_happens_at_import() -> None:
    """Every module, imported in a fresh interpreter: no thread, no socket, no file opened for writing."""
    names = [name_of(path) for path in MODULES if path.name != "__main__.py"]
    script = f"""
import importlib, sys, threading
seen = []
def watch(event, arguments):
    # ctypes asks ldconfig for libraries: that is the standard library's own doing.
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "sqlite3.connect"):
        # urllib3 looks in this way whether there is IPv6; nobody is spoken to.
        if "ldconfig" not in str(arguments) and not (event == "socket.bind" and arguments[1] == ("::1", 0)):
            seen.append((event, arguments))
    writing = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writing and arguments[0] != "/dev/null":
        seen.append((event, arguments))
sys.dont_write_bytecode = True
sys.addaudithook(watch)
for name in {names!r}:
    importlib.import_module(name)
assert not seen, seen
assert threading.active_count() == 1, threading.enumerate()
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["appliance.cli", "appliance.bootstrap", "appliance.analysis", "sync.link.cli"])
def test_numbers_are_crunched_in_the_worker_only(name: str) -> None:
    """numpy costs a third of a second and 30 MB: who only asks the worker does not load it."""
    script = f"import sys, {name}; assert not {{'numpy', 'scipy', 'librosa', 'numba'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_the_worker_loads_nothing_that_compiles() -> None:
    """A compiler's cold cache is 19 seconds before the first track."""
    script = "import sys, appliance.analysis.pipeline; assert not {'scipy', 'librosa', 'numba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_no_wait_swallows_that_it_is_to_end() -> None:
    """Python 3.11's `wait_for` loses a cancellation that comes with what it waits for; `asyncio.timeout` does not."""
    found = [name_of(path) for path in MODULES if "asyncio.wait_for(" in path.read_text(encoding="utf-8")]
    assert not found


def test_modules_and_functions_stay_readable() -> None:
    """About 300 lines a module and 30 a function; these are the hard stops."""
    long = []
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py")]:
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > 400:
            long.append(f"{path.relative_to(ROOT)}: {lines} lines")
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 50:
                    long.append(f"{path.relative_to(ROOT)}: {node.name} has {length} lines")
    assert not long, "\n".join(long)


def test_no_committed_file_names_a_download_address() -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    address = re.compile(r'https?://[^ "]+(\.whl|\.tgz|\.tar\.gz|\.deb|/simple/)|index-' + "url")
    for name in filter(None, files.split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".ico", ".ttf"}:
            assert not address.search(path.read_text(encoding="utf-8")), name


def test_every_package_the_code_needs_is_pinned_to_one_version() -> None:
    pinned: list[str] = []
    # Each file is installed with those before it, so a package stands in one of them only.
    for name in ("run", "cloud", "test"):
        for line in (ROOT / ".pins" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith(("#", "-r ")):
                continue
            assert re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.]+", line), line
            pinned.append(re.sub("[-_.]+", "-", line.partition("==")[0]).lower())
    assert [name for name, times in Counter(pinned).items() if times > 1] == []
