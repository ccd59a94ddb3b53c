"""Whom a phone wants to speak to, from its first words (the ClientHello), before anything is said about the box.

A name that leads here without being the box's (every name does, in party mode) must never be shown the box's
certificate. The parser is OpenSSL's own, which stops at the name.
"""

import contextlib
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

#: more than any first words have; browsers' take two kilobytes
BYTES_MOST = 16 * 1024


class Verdict(Enum):
    """What first words amount to."""

    #: not all of it has come
    INCOMPLETE = "incomplete"
    #: it wants this box
    OURS = "ours"
    #: another name, none, no common version, or no TLS at all
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Hello:
    """What is to be done about it."""

    verdict: Verdict
    #: what to answer before closing: an alert that says why
    answer: bytes = b""


@contextlib.contextmanager
def _without_a_word() -> Iterator[None]:
    """Python prints a whole traceback for a name that is not ASCII, so anybody could fill the log."""
    usual, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        yield
    finally:
        sys.unraisablehook = usual


class Listener:
    """Reads first words."""

    def __init__(self, host_name: str) -> None:
        """`host_name` is the one that means the box; empty where every name does, and none too."""
        self._host_name = host_name
        self._asked, self._heard = "", False
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        # It holds no certificate, and refuses every name: all it is for is to hear it.
        self._context.sni_callback = self._hear

    def _hear(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int:
        del connection, context
        self._asked, self._heard = name or "", True
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    def understand(self, words: bytes) -> Hello:
        """Takes first words, from their beginning; about 50 microseconds."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        incoming.write(words)
        self._asked, self._heard = "", False
        try:
            with _without_a_word():
                self._context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
        except ssl.SSLWantReadError:
            return Hello(Verdict.INCOMPLETE if len(words) < BYTES_MOST else Verdict.FOREIGN)
        except ssl.SSLError:
            pass
        if self._asked.lower() == self._host_name or (self._heard and not self._host_name):
            return Hello(Verdict.OURS)
        return Hello(Verdict.FOREIGN, outgoing.read())
