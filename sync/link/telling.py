"""The link's words for the DJ: the same on lines, in the booth and in `status`."""

import time

from appliance.domain.origins import FactOrigin
from sync.link.asides import KeptAside, meaning
from sync.link.carrier import Mood
from sync.link.facts import Tempo
from sync.link.live import LinkNow, SourceNow
from sync.link.store.database import KnownPlay
from sync.link.typed import typed

#: the reason while somebody with another key is where the box should be
OTHER_KEY = "another key"
_WORDS_MOST = 80


def clock_time(at_ms: int) -> str:
    """HH:MM of the laptop's own clock."""
    return time.strftime("%H:%M", time.localtime(at_ms / 1000))


def plain(text: str) -> str:
    """Text from elsewhere on one line of a terminal: a song's name is no command to it."""
    return "".join(char if char.isprintable() else " " for char in text)


def shortened(text: str) -> str:
    """Words that may be of any length, as far as anybody reads."""
    return text if len(text) <= _WORDS_MOST else f"{text[: _WORDS_MOST - 1]}…"


def play_words(play: KnownPlay) -> str:
    """ "Artist - Title", and what became of it."""
    words = plain(f"{play.artist} - {play.title}" if play.artist else play.title)
    return f"{words} (taken back)" if play.retracted else words


def entries_words(waiting: int) -> str:
    """How much is not at the box yet."""
    return "1 entry waits" if waiting == 1 else f"{waiting} entries wait"


def other_key_words(box: str) -> str:
    """What stands where the box was is not the box that this laptop was paired with."""
    return (
        f"What answers in the place of {plain(box)} has a new key: this box was reset or exchanged, or somebody "
        "pretends to be it. Nothing is sent there. If staff say that it is theirs, pair again with a new code."
    )


def box_words(now: LinkNow, *, waiting: int) -> str:
    """How it goes with the box, and what to do when it does not."""
    if not now.box:
        return f"No box was chosen yet; {entries_words(waiting)} here. Choose one: {typed('pair CODE')}"
    if now.reason == OTHER_KEY:
        return f"{other_key_words(now.box)} {entries_words(waiting)} here."
    match Mood(now.mood):
        case Mood.REFUSED:
            return f"The box refuses: {refusal_words(now.reason)} {entries_words(waiting)}; nothing is lost."
        case _ if not waiting:
            return "Everything is at the box."
        case Mood.WAITING:
            return (
                f"The box does not answer; {entries_words(waiting)} here until it does. Is it on, and this Wi-Fi its?"
            )
        case _:
            return f"Carrying: {entries_words(waiting)}."


def refusal_words(reason: str) -> str:
    """What the box means, and what to do."""
    if reason.startswith(("token_wrong", "token_missing", "not_allowed")):
        return "it does not know this DJ any more. Ask the staff, and pair again."
    return f"{reason.rstrip('.')}."


def source_words(source: SourceNow) -> str:
    """One source."""
    if source.trouble:
        return plain(source.trouble)
    if not source.usable:
        return "not here"
    words = f"here, last: {plain(source.last)} ({source.confidence})" if source.last else "here"
    return f"{words}. {plain(source.hint)}" if source.hint else words


_ORIGINS = {
    FactOrigin.DJ: "your word",
    FactOrigin.SOURCE: "the DJ program",
    FactOrigin.DATABASE: "its database",
    FactOrigin.TAGS: "the file's tags",
    FactOrigin.LIBRARY: "the box",
}


def tempo_words(play: KnownPlay) -> str:
    """The tempo of a play, and whose word it is; empty when nobody knows."""
    told = play.told
    return f"{told.bpm:g} BPM ({_ORIGINS[told.bpm_origin]})" if told.bpm is not None else ""


def facts_words(play: KnownPlay) -> str:
    """Tempo and key of a play, each with whose word it is; empty when nobody knows."""
    key = f"{plain(play.facts.key)} ({_ORIGINS[play.facts.key_origin]})" if play.facts.key else ""
    return "   ".join(filter(None, (tempo_words(play), key)))


def offer_words(play: KnownPlay, other: Tempo) -> str:
    """What may be meant instead of a tempo that is unlikely."""
    bpm = play.facts.bpm or 0.0
    return f"{bpm:g} BPM is {'slow' if other is Tempo.DOUBLE else 'fast'}: is it {bpm * other.factor:g}?"


def aside_words(one: KeptAside) -> str:
    """An entry that the box could not use: which, why, and what to do."""
    why, advice = meaning(one.code)
    what = shortened(one.words) or "an entry that can't be read"
    return plain(f"{clock_time(one.at_ms)}  {what}: {why}. {advice[:1].upper()}{advice[1:]}.")
