"""`config check`: reads the settings as the box would, and shows the ones in force with secrets masked."""

import argparse
from pathlib import Path

from appliance import config, config_text
from appliance.domain.portal import Mode
from appliance.firmware.plan import CURRENT, make_plan


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box config", description="Check the settings.")
    parser.add_argument("act", choices=["check"], help="check, and show the settings in force")
    parser.add_argument("file", nargs="?", type=Path, help="settings file (default box.toml in the data folder)")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    given = parser.parse_args(arguments)
    settings = config.load(data=given.data, file=given.file)
    # What only the network's part can see; a box that is asked about elsewhere stands where boxes stand.
    make_plan(settings, checkout=CURRENT, mode=Mode.QUIET)
    print(config_text.as_toml(settings))
    print("\n# All settings are fine.")
    return 0
