"""`bundle [FILE]`: one zip for whoever helps from afar, while the box runs or not, without secrets and guests."""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from appliance import config
from appliance.care import gather
from appliance.care.bundle import Page, log_pages, write_bundle
from appliance.care.redact import redactor
from appliance.clock import SystemClock
from appliance.commands.doctor import findings
from appliance.config import Settings
from appliance.errors import BadConfig, BoxError, Unavailable
from appliance.secret import Secret
from appliance.store.figures import Figures, figures
from appliance.supervision.programs import mosquitto_path

_BAR = 30


def _settings(data: Path | None) -> tuple[Settings, str]:
    """The settings, and what is wrong with them: a bundle is wanted most when they are broken."""
    try:
        return config.load(data=data), ""
    except BadConfig as error:
        return Settings(data=config.data_folder(data)), str(error)


def _secrets(settings: Settings) -> Iterator[str]:
    for name, kind in config.sections().items():
        for item in fields(kind):
            value = getattr(getattr(settings, name), item.name)
            if isinstance(value, Secret):
                yield value.reveal()
    key = settings.run_folder / "broker.key"
    if key.is_file():
        yield key.read_text(encoding="ascii", errors="replace")


def _doctor(settings: Settings) -> Iterator[str]:
    marks = {True: "ok  ", None: "note", False: "BAD "}
    for finding in findings(settings):
        yield f"{marks[finding.fine]}  {finding.words}"


def _own_ids(settings: Settings) -> set[str]:
    try:
        found: Figures = figures(settings.database)
    except BoxError:
        return set()
    return {found.box_id, found.epoch}


def _pages(settings: Settings, problem: str) -> list[Page]:
    return [
        Page("doctor.txt", lambda: _doctor(settings)),
        Page("health.json", lambda: gather.health(settings)),
        Page("notices.txt", lambda: gather.state(settings)),
        Page("config.toml", lambda: gather.settings_lines(settings, problem)),
        Page("versions.txt", lambda: gather.versions(mosquitto_path())),
        Page("store.txt", lambda: gather.holdings(lambda: figures(settings.database))),
        Page("network.txt", lambda: gather.networks(settings)),
        Page("units.txt", gather.units),
        *log_pages(settings.log_folder),
    ]


def _bar(done: int, of: int) -> None:
    """How far it is, on one line that is written over."""
    filled = _BAR * done // of
    end = "\n" if done == of else ""
    print(f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{of}", end=end, file=sys.stderr, flush=True)


def _write(path: Path, settings: Settings, problem: str) -> None:
    redact = redactor(own=gather.own_addresses(settings) | _own_ids(settings), secrets=_secrets(settings))
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            told = _bar if sys.stderr.isatty() else lambda _done, _of: None
            write_bundle(file, _pages(settings, problem), redact=redact, told=told)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Unavailable(
            "bundle_failed", f"The bundle {path} could not be written: {error}.", advice="Name a file on another disk."
        ) from error


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./box bundle", description="Everything a helper needs to know, as one zip.")
    parser.add_argument("file", nargs="?", type=Path, help="the file to write (default pika-box-support-<time>.zip)")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    given = parser.parse_args(arguments)
    # Whoever dances comes first: a box may be asked for this in the middle of its busiest night.
    os.nice(10)
    settings, problem = _settings(given.data)
    minute = gather.file_time(SystemClock().now().wall_ms)
    path = given.file or Path(f"pika-box-support-{minute}.zip")
    _write(path, settings, problem)
    print(
        f"{path} is ready. It holds no password, no token and nothing of any guest; README.txt in it says what it does."
    )
    return 0
