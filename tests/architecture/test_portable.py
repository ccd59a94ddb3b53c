"""The link runs on the systems that DJs have, and never on the one that the tests run on alone."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_SYSTEMS = ("win32", "darwin")
_LINK = ("sync/link", "sync/journal")

#: what Windows has none of; `uvloop` is there for Linux and macOS only
_POSIX_ONLY = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty", "uvloop")
_WITHOUT = f"""
import importlib, pkgutil, sys, types
for name in {_POSIX_ONLY!r}:
    assert name not in sys.modules, name
    sys.modules[name] = None
import sync.link
for found in pkgutil.walk_packages(sync.link.__path__, "sync.link."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
from sync.link import cli
for command in cli.COMMANDS:
    try:
        cli.main([command, "--help"])
    except SystemExit as ended:
        assert ended.code == 0, command
# From here on it goes as on Windows; the one module that is there only is played.
sys.platform, locked = "win32", []
sys.modules["msvcrt"] = types.SimpleNamespace(LK_NBLCK=2, locking=lambda *said: locked.append(said[1:]))
assert cli.main(["now", "Artist - Title", "--folder", sys.argv[1]]) == 0
assert cli.main(["undo", "--folder", sys.argv[1]]) == 0
assert cli.main(["status", "--folder", sys.argv[1]]) == 1
assert set(locked) == {{(2, 1)}}, locked
"""


def test_the_link_and_all_it_imports_use_only_what_windows_and_macos_have() -> None:
    """The type checker knows what Python has on each system; it follows every import into the box's parts too."""
    checks = {
        system: subprocess.Popen(
            [sys.executable, "-m", "mypy", "--platform", system, "--cache-dir", f".mypy_cache/{system}", *_LINK],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for system in _SYSTEMS
    }
    for system, check in checks.items():
        said, _ = check.communicate(timeout=100)
        assert check.returncode == 0, f"{system}: {said}"


def test_the_link_and_its_commands_need_no_module_that_windows_lacks(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, str(tmp_path / "link")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
