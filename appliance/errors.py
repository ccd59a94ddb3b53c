"""Everything that can go wrong, as one small tree.

    BoxError
    +-- Invalid            what was sent can't be used; the sender must change it
    |   +-- BadConfig      the configuration file or environment
    +-- Refused            understood, but the evening's rules say no
    |   +-- NotKnown       the thing named does not exist
    |   +-- NotAllowed     the thing exists, but not for you
    +-- Unavailable        not the sender's fault; the same call may work later

An error carries a stable `code` (for programs), `detail` (what happened, what it means) and `advice` (what to do).
The same words go to the log, the page and the command line. Tables elsewhere translate the classes: HTTP status
(`web/problems.py`) and MQTT reply (`bus/inbound.py`).
"""

from collections.abc import Mapping


class BoxError(Exception):
    """Base of every error that a person may be shown."""

    def __init__(self, code: str, detail: str, *, advice: str = "", **facts: str | int | bool) -> None:
        super().__init__(detail)
        #: stable name for programs: lower case with underscores
        self.code = code
        #: what happened and what it means, one or two sentences
        self.detail = detail
        #: what to do about it; empty when `detail` says it all
        self.advice = advice
        #: machine-readable particulars, such as the name of who is on stage
        self.facts: Mapping[str, str | int | bool] = facts

    def __str__(self) -> str:
        return f"{self.detail} {self.advice}".strip()


class Invalid(BoxError):
    """What was sent can't be used as it is."""


class BadConfig(Invalid):
    """A setting is unknown, has the wrong type or is out of range."""


class Refused(BoxError):
    """Understood, but the rules of the evening say no."""


class NotKnown(Refused):
    """The stage, session, play or token named does not exist."""


class NotAllowed(Refused):
    """The caller has not shown the right to do this."""


class Unavailable(BoxError):
    """A part of the box can't answer now; the same request may work later."""
