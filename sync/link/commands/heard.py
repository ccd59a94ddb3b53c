"""`heard`: what was loaded last is heard. Only the running link knows what that is, so it is asked."""

import time

from appliance.errors import Refused, Unavailable
from sync.link import folder as folders
from sync.link import opening
from sync.link.live import Live
from sync.link.typed import SAY_NOW, typed

_ANSWER_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.05


def _answer(live: Live) -> str:
    question = live.ask()
    until = time.monotonic() + _ANSWER_WITHIN_S
    while time.monotonic() < until:
        answer = live.answer_to(question)
        if answer is not None:
            return answer
        time.sleep(_LOOK_EVERY_S)
    live.answer(question, "")
    raise Unavailable("link_silent", "The link did not answer, so nothing was told.", advice=f"Look: {typed('status')}")


def main(arguments: list[str]) -> int:
    """The command."""
    given = opening.parser("heard", "What was loaded last is heard now: tell it.").parse_args(arguments)
    with opening.at_hand(given.folder) as at_hand:
        if not folders.is_taken(at_hand.settings.folder):
            raise Refused(
                "link_not_running",
                "The link does not run, so nobody knows what was loaded.",
                advice=f"Start it ({typed('run')}), or say it by hand: {typed(SAY_NOW)}",
            )
        words = _answer(Live(at_hand.store))
    if not words:
        raise Refused(
            "nothing_loaded",
            "No program has said that something was loaded.",
            advice=f"Say it by hand: {typed(SAY_NOW)}",
        )
    print(f"Told: {words}.")
    return 0
