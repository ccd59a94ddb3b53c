"""What a push service's answer means for the subscription, for its service, and for us. Pure.

A refusal of our key is our mistake: whoever deletes subscriptions then has lost every phone by one wrong setting.
"""

from dataclasses import dataclass
from enum import StrEnum

#: waits that services ask for are believed up to this, seconds
WAIT_MOST_S = 3600.0
#: when a service says "later" and not when (autopush's own default)
WAIT_USUAL_S = 120.0


class Fate(StrEnum):
    """What becomes of one message."""

    SENT = "sent"
    #: the subscription is over: it is deleted
    GONE = "gone"
    #: our key or our message is wrong: an alarm, and nothing more to this service for a while
    REFUSED = "refused"
    #: too long for this service
    TOO_LARGE = "too_large"
    #: nothing to this service until a time
    PAUSED = "paused"
    #: the service is in trouble and says so: again while it is worth it
    FAILED = "failed"
    #: nobody answered: it may have arrived, so it is never sent again
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer, understood."""

    fate: Fate
    #: how long nothing is sent to this service, seconds
    wait_s: float = 0.0


def _seconds(retry_after: str) -> float:
    text = retry_after.strip()
    return min(float(text), WAIT_MOST_S) if text.isascii() and text.isdigit() and len(text) < 10 else WAIT_USUAL_S


def verdict(status: int, *, retry_after: str = "") -> Verdict:
    """What a status means (RFC 8030 and 8292; autopush's table of errors). Redirects are never followed."""
    if 200 <= status < 300:
        return Verdict(Fate.SENT)
    if status in {404, 410}:
        return Verdict(Fate.GONE)
    if status in {429, 503}:
        return Verdict(Fate.PAUSED, _seconds(retry_after))
    if status == 413:
        return Verdict(Fate.TOO_LARGE)
    if 400 <= status < 500:
        return Verdict(Fate.REFUSED, WAIT_MOST_S)
    return Verdict(Fate.FAILED)
