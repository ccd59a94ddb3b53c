"""The link's menu: finds the command's module, runs it, and says in plain words what went wrong.

Exit status: 0 done, 1 it could not be done, 2 the words were not understood, 130 stopped by Ctrl-C.
"""

import importlib
import io
import os
import sys
from collections.abc import Sequence

from appliance.errors import BoxError
from sync.link.typed import PROGRAM, program, typed

#: command -> what it is for
COMMANDS: dict[str, str] = {
    "run": "watch all DJ programs and carry what they play to the box, until Ctrl-C",
    "status": "the box, what waits, the DJ programs, the last plays",
    "doctor": "everything that was looked for, found or not, and what to do",
    "now": 'say what is heard: now "Artist - Title"',
    "heard": "what was loaded last is heard",
    "undo": "take the last play back, everywhere",
    "resend": "say the last play once more, as heard now",
    "tempo": "the last play's tempo is half or double of what is known: tempo half|double|as-is",
    "private": "the next play is nobody's business",
    "pause": "tell nothing until go-on",
    "go-on": "tell again what is played",
    "end": "the set is over",
    "boxes": "list the boxes on this network",
    "pair": "choose the box that plays go to",
    "forget": "send nothing to the chosen box any more",
}


def usage() -> str:
    """The menu as text."""
    lines = [f"  {name:<9} {words}" for name, words in COMMANDS.items()]
    return "\n".join(
        [f"usage: {program()} COMMAND [OPTIONS]", "", *lines, "", f"  {typed('COMMAND')} --help tells more"]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Songs have names in every script, and a terminal may know only one.
            stream.reconfigure(errors="replace")
    if not given or given[0] in {"help", "--help", "-h"}:
        print(usage())
        return 0
    name, *rest = given
    if name not in COMMANDS:
        print(f"{PROGRAM} has no command {name!r}.\n\n{usage()}", file=sys.stderr)
        return 2
    module = importlib.import_module(f"sync.link.commands.{name.replace('-', '_')}")
    try:
        status: int = module.main(rest)
    except BoxError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the words has gone, as `head` does; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status
