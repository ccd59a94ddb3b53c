"""The menu: finds the command's module, runs it, and says in plain words what went wrong.

Modules are imported when their command is called, so that `./box find` does not load a web server.
"""

import importlib
import os
import sys

from appliance.errors import BoxError

#: command -> what it is for; the ones without words are called by the box itself
COMMANDS: dict[str, str] = {
    "run": "start the box: broker and server, until Ctrl-C",
    "demo": "the same box living through a fictional evening",
    "admin": "who runs the box, and a code for whoever lost the password",
    "dj": "make, list and take back DJs' tokens",
    "link": "the DJ's link as one file, for laptops without internet",
    "find": "list the boxes on this network",
    "qr": "a stage's QR code in the terminal or as a file",
    "poster": "a stage's poster as a PDF",
    "library": "the box's own music: list, search, look again, and what can't be heard",
    "player": "play what the box chooses, or a folder's songs, on this machine: one into the next",
    "config": "check the settings and show the ones in force",
    "doctor": "what this machine has, and what is missing",
    "firmware": "the operating system's files: render, check, diff, install, uninstall",
    "install": "make this Debian system a box (as root), or a folder for an image",
    "uninstall": "take the box off again; what it kept stays",
    "backup": "copy the database, whole, while the box runs",
    "evening": "tonight as a SQLite file, or its set list as CSV, without anything of a guest",
    "bundle": "everything a helper needs to know when something is wrong, without secrets, as one zip",
    "restart": "restart one part of the running box",
    "reset": "make the box forget its guests and evenings, or everything",
    "pack": "a backup of this box as one file, for another box or another card",
    "restore": "take over the evenings of another box, or an earlier state of this one",
    "update": "take a newer version from a file or a stick, and go back by itself if it is bad",
    "release": "for makers of versions: build, sign, and make keys",
    "serve": "",
    "broker": "",
    "safe": "",
}


def usage() -> str:
    """The menu as text."""
    lines = [f"  {name:<9} {words}" for name, words in COMMANDS.items() if words]
    extra = [
        "  cloud     the receiver of what boxes send, for organisers",
        "  test      install what the tests need and run all of them",
        "  bench     measure, and print a table",
        "  chaos     kill, copy and damage a box, and see what is left",
    ]
    return "\n".join(["usage: ./box COMMAND [OPTIONS]", "", *lines, *extra, "", "  ./box COMMAND --help tells more"])


def main(arguments: list[str]) -> int:
    """Runs one command and gives its exit status."""
    if not arguments or arguments[0] in {"help", "--help", "-h"}:
        print(usage())
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        print(f"./box has no command {name!r}.\n\n{usage()}", file=sys.stderr)
        return 2
    module = importlib.import_module(f"appliance.commands.{name}")
    try:
        status: int = module.main(rest)
    except BoxError as error:
        print(f"box: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the words has gone, as `head` does; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status
