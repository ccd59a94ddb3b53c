"""What commands say when something was kept for the box."""

from sync.link import folder as folders
from sync.link.opening import AtHand
from sync.link.store.database import KnownPlay
from sync.link.telling import play_words
from sync.link.typed import typed


def said(at_hand: AtHand, deed: str, play: KnownPlay | None = None) -> None:
    """Says what was done, and that nobody carries it when that is so."""
    words = f"{deed} {play_words(play)}." if play else deed
    if not folders.is_taken(at_hand.settings.folder):
        words += f" The link does not run, so the box learns of it later: {typed('run')}"
    print(words)
