"""`status`: how it goes, for people or as JSON. 0 when the link runs, 1 when it does not."""

import json
from typing import Any

import msgspec

from sync.link import folder as folders
from sync.link import opening
from sync.link.asides import lately
from sync.link.live import LinkNow, Live
from sync.link.opening import AtHand
from sync.link.store.database import NO_BOX
from sync.link.telling import (
    aside_words,
    box_words,
    clock_time,
    entries_words,
    facts_words,
    offer_words,
    play_words,
    source_words,
)
from sync.link.typed import typed

_PLAYS_MOST = 5
_ASIDES_MOST = 5


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
        "could_not_use": [
            {"words": one.words, "kind": one.kind, "code": one.code, "at_ms": one.at_ms}
            for one in lately(store, now_ms=at_hand.clock.now().wall_ms)
        ],
        "tempo_offer": _offer(at_hand),
        "plays": [
            {
                "artist": play.artist,
                "title": play.title,
                "source": play.source,
                "at_ms": play.at_ms,
                "taken_back": play.retracted,
                **play.told.on_the_wire(),
            }
            for play in store.last_plays(_PLAYS_MOST)
        ],
    }


def _offer(at_hand: AtHand) -> dict[str, Any] | None:
    found = at_hand.desk.offer()
    return {"bpm": found[0].facts.bpm, "instead": found[1].value} if found else None


def _words_of_facts(at_hand: AtHand) -> list[str]:
    """The last play's tempo and key, what may be meant instead, and what the box could not use."""
    last, offer = at_hand.desk.last(), at_hand.desk.offer()
    lines = [f"Tempo    {facts_words(last)}"] if last and facts_words(last) else []
    if offer:
        words = f"{offer_words(*offer)} Then: {typed(f'tempo {offer[1].value}')}, else: {typed('tempo as-is')}"
        lines.append(f"{'' if lines else 'Tempo':<9}{words}")
    asides = lately(at_hand.store, now_ms=at_hand.clock.now().wall_ms)
    more = [f"         and {len(asides) - _ASIDES_MOST} more"] if len(asides) > _ASIDES_MOST else []
    shown = [f"{'' if number else 'Not used':<9}{aside_words(one)}" for number, one in enumerate(asides[:_ASIDES_MOST])]
    return [*lines, *shown, *more]


def _running_lines(found: dict[str, Any], told: LinkNow | None) -> list[str]:
    if told is None:
        words = "Running, and just begun." if found["running"] else f"Not running. Start it: {typed('run')}"
        rest = f"{entries_words(found['waiting'])} here." if found["waiting"] else "all sent."
        if not found["box_id"]:
            rest = f"none was chosen yet; {entries_words(found['waiting'])} here."
        return [words, f"Box      {rest}"]
    sources = sorted(told.sources, key=lambda one: (not one.usable, one.name))
    width = max([11, *(len(one.name) for one in sources)])
    return [
        f"Running since {clock_time(told.started_ms)} (process {told.pid}).",
        f"Box      {told.box}  {box_words(told, waiting=found['waiting'])}".replace("  No box", "No box"),
        *(
            f"{'Sources' if not number else '':<9}{one.name:<{width}} {source_words(one)}"
            for number, one in enumerate(sources)
        ),
        *([f"Files    {told.hearing}"] if told.hearing else []),
    ]


def _words(at_hand: AtHand, found: dict[str, Any]) -> list[str]:
    lines = _running_lines(found, Live(at_hand.store).told() if found["running"] else None)
    if found["paused"]:
        lines.append(f"Paused   nothing that programs play is told. Again: {typed('go-on')}")
    if found["private_next"]:
        lines.append("Private  the next play is not told.")
    plays = at_hand.store.last_plays(_PLAYS_MOST)
    lines += _words_of_facts(at_hand)
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
