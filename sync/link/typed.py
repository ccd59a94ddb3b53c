"""How the link was started here, so that what it advises can be typed as it stands. Reads, and decides nothing."""

import shlex
import sys
from collections.abc import Sequence

PROGRAM = "pikabox-link"
#: the command by which a DJ says what is heard
SAY_NOW = 'now "Artist - Title"'


def program(*, arguments: Sequence[str] | None = None, python: str | None = None, platform: str = sys.platform) -> str:
    """The words before a command: the program's name where it is installed, else Python and the one file."""
    file = (sys.argv if arguments is None else arguments)[0]
    if not file.endswith(".pyz"):
        return PROGRAM
    if platform == "win32":
        # Its launcher is there for every user; Python itself often is on no path.
        return f'py "{file}"' if " " in file else f"py {file}"
    return shlex.join([python or sys.orig_argv[0], file])


def typed(command: str) -> str:
    """A command of the link as it is typed on this laptop, such as `typed("status")`."""
    return f"{program()} {command}"
