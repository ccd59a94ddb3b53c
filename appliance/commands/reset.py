"""`reset`: the box forgets its guests and evenings, or everything; at its next start."""

import argparse
import sys
from pathlib import Path

from appliance import config
from appliance.care import reset
from appliance.care.reset import Keep
from appliance.config import Settings
from appliance.errors import BadConfig, Refused

_WORDS = {
    Keep.IDENTITY: "Guests, likes, sets, plays, DJ tokens, logs and backups go. The box's name, network, settings and "
    "certificates stay.",
    Keep.NOTHING: "Everything goes, the settings and the box's identity too. It starts as a new box.",
}
#: an SD card moves what is written about, so nobody can promise that every cell is empty
CARD = "A card may still hold traces that only a laboratory finds; to be sure of that, destroy the card."


def _settings(data: Path | None) -> Settings:
    """The settings, for the box's name; one whose settings are broken has the name it came with."""
    try:
        return config.load(data=data)
    except BadConfig as error:
        print(f"box: {error}", file=sys.stderr)
        return Settings(data=config.data_folder(data))


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box reset", description="Make the box forget, at its next start.")
    parser.add_argument("--everything", action="store_true", help="also its settings and its identity")
    parser.add_argument("--confirm", metavar="NAME", help="the box's name, instead of typing it when asked")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    given = parser.parse_args(arguments)
    settings = _settings(given.data)
    keep = Keep.NOTHING if given.everything else Keep.IDENTITY
    print(f"{_WORDS[keep]} This can't be undone.")
    typed = given.confirm
    if typed is None and sys.stdin.isatty():
        typed = input(f"Type the box's name ({settings.box.name}) to go on: ")
    if typed is None or typed.strip() != settings.box.name:
        raise Refused("reset_unconfirmed", "That is not the box's name; nothing was changed.", advice="--confirm NAME")
    reset.stage(settings, keep=keep)
    print(f"The reset happens at the box's next start: start or restart it now. {CARD}")
    return 0
