"""`restart PART`: one part of the running box, as the button on the care page does."""

import argparse
from pathlib import Path

from appliance import config
from appliance.config import Settings
from appliance.errors import BoxError
from appliance.supervision.control import Control
from appliance.supervision.programs import socket_path

_MEANS = {
    "server": "phones wait a second and come back by themselves",
    "player": "the music went on",
    "broker": "lights and displays wait a second, phones go on",
}


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box restart", description="Restart one part of the running box.")
    parser.add_argument("part", nargs="?", help="such as server or broker; without it the parts are listed")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    given = parser.parse_args(arguments)
    control = Control(socket_path(Settings(data=config.data_folder(given.data))))
    if given.part is None:
        print("\n".join(control.parts()))
        return 0
    try:
        control.restart(given.part)
    except BoxError as error:
        if error.code != "part_unknown":
            raise
        error.advice = f"There are: {', '.join(control.parts())}."
        raise
    print(f"The {given.part} was restarted; {_MEANS.get(given.part, 'the rest of the box went on')}.")
    return 0
