"""What the running link and the commands beside it tell each other, through the store's file alone.

The running link writes how it goes; a command may ask it for the one thing that only it knows: which load is the
newest. Nothing here is a play, so all of it may be lost.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from sync.link.store.database import LinkStore

_LIVE, _ASKED, _ANSWERED = "live", "heard_asked", "heard_answered"


class SourceNow(msgspec.Struct, frozen=True, kw_only=True):
    """One source, as the running link sees it."""

    name: str
    #: whether its program or port is there
    usable: bool
    #: what is wrong, in one line; empty when nothing is
    trouble: str = ""
    #: what makes it late or less, in one line; empty when nothing does
    hint: str = ""
    #: "Artist - Title" of what it said last
    last: str = ""
    #: how sure that was: heard, played or loaded
    confidence: str = ""


class LinkNow(msgspec.Struct, frozen=True, kw_only=True):
    """The running link."""

    #: the process
    pid: int
    #: milliseconds of Unix time by the laptop's clock
    started_ms: int
    #: the box's name and address, for people; empty without one
    box: str = ""
    #: done, sending, waiting or refused
    mood: str = "waiting"
    #: why, in words; empty when all is well
    reason: str = ""
    sources: Sequence[SourceNow] = ()
    #: how it goes with listening to files, in one line; empty when there is nothing to say
    hearing: str = ""


@dataclass(slots=True)
class Live:
    """Both sides' way to the store."""

    store: LinkStore
    _written: str = ""

    def tell(self, now: LinkNow) -> None:
        """Writes how it goes, when that has changed."""
        text = msgspec.json.encode(now).decode()
        if text != self._written:
            self.store.set_meta(_LIVE, text)
            self._written = text

    def told(self) -> LinkNow | None:
        """What the link that ran last wrote; whether it still runs is the lock's to say."""
        try:
            return msgspec.json.decode(self.store.meta(_LIVE) or "", type=LinkNow)
        except msgspec.MsgspecError:
            return None

    def ask(self) -> str:
        """Asks the running link to count the newest load as heard; the question's name."""
        question = secrets.token_hex(8)
        self.store.set_meta(_ASKED, question)
        return question

    def open_question(self) -> str | None:
        """What a command asked and nobody answered."""
        asked = self.store.meta(_ASKED)
        answered = (self.store.meta(_ANSWERED) or "").partition(" ")[0]
        return asked if asked and asked != answered else None

    def answer(self, question: str, words: str) -> None:
        """Answers; `words` are what is heard now, empty when nothing was loaded."""
        self.store.set_meta(_ANSWERED, f"{question} {words}")

    def answer_to(self, question: str) -> str | None:
        """The answer, or None while there is none."""
        answered, _, words = (self.store.meta(_ANSWERED) or "").partition(" ")
        return words if answered == question else None
