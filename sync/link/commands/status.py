"""`status`: how it goes, for people or as JSON. 0 when the link runs, 1 when it does not."""

import json
from typing import Any

import msgspec

from sync.link import folder as folders
from sync.link import opening
from sync.link.live import LinkNow, Live
from sync.link.opening import AtHand
from sync.link.store.database import NO_BOX
from sync.link.telling import box_words, clock_time, entries_words, play_words, source_words

_PLAYS_MOST = 5


def facts(at_hand: AtHand) -> dict[str, Any]:
    """Everything that `--json` prints."""
    store, box = at_hand.store, at_hand.desk.box
    runs = folders.is_taken(at_hand.settings.folder)
    told = Live(store).told() if runs else None
    return {
        "running": runs,
        "folder": str(at_hand.settings.folder),
        "box_id": box or None,
        "waiting": store.history(box).waiting,
        "waiting_for_any_box": store.history(NO_BOX).waiting,
        "paused": store.meta("paused") == "yes",
        "private_next": store.meta("private_next") == "yes",
        "link": msgspec.to_builtins(told) if told else None,
        "plays": [
            {
                "artist": play.artist,
                "title": play.title,
                "source": play.source,
                "at_ms": play.at_ms,
                "taken_back": play.retracted,
            }
            for play in store.last_plays(_PLAYS_MOST)
        ],
    }


def _running_lines(found: dict[str, Any], told: LinkNow | None) -> list[str]:
    if told is None:
        words = "Running, and just begun." if found["running"] else "Not running. Start it: pikabox-link run"
        return [
            words,
            f"Box      {entries_words(found['waiting'])} here." if found["waiting"] else "Box      all sent.",
        ]
    sources = sorted(told.sources, key=lambda one: (not one.usable, one.name))
    return [
        f"Running since {clock_time(told.started_ms)} (process {told.pid}).",
        f"Box      {told.box}  {box_words(told, waiting=found['waiting'])}".replace("  No box", "No box"),
        *(
            f"{'Sources' if not number else '':<9}{one.name:<11} {source_words(one)}"
            for number, one in enumerate(sources)
        ),
    ]


def _words(at_hand: AtHand, found: dict[str, Any]) -> list[str]:
    lines = _running_lines(found, Live(at_hand.store).told() if found["running"] else None)
    if found["paused"]:
        lines.append("Paused   nothing that programs play is told. Again: pikabox-link go-on")
    if found["private_next"]:
        lines.append("Private  the next play is not told.")
    plays = at_hand.store.last_plays(_PLAYS_MOST)
    return lines + [
        f"{'Plays' if not number else '':<9}{clock_time(play.at_ms)}  {play_words(play)}  [{play.source}]"
        for number, play in enumerate(plays)
    ]


def main(arguments: list[str]) -> int:
    """The command."""
    options = opening.parser("status", "How it goes. The exit status is 0 when the link runs and 1 when it does not.")
    options.add_argument("--json", action="store_true", help="as JSON, for programs")
    given = options.parse_args(arguments)
    with opening.at_hand(given.folder) as at_hand:
        found = facts(at_hand)
        print(json.dumps(found, ensure_ascii=False, indent=2) if given.json else "\n".join(_words(at_hand, found)))
    return 0 if found["running"] else 1
