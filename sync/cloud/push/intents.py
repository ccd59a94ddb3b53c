"""Intents: a notification that should be sent, for whom, and until when it is worth anything. Pure.

"DJ B is live" three hours late is a bug, so every intent has an expiry and a collapse key, and one whose age nobody
knows counts as expired. RFC 8030 has TTL, Topic and Urgency.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

#: what push services keep at most, seconds (autopush: 30 days)
TTL_MOST_S = 2_592_000
#: what an intent may promise at most; the report of a night is worth reading for three days
EXPIRES_MOST_S = 7 * 24 * 3600
TITLE_MOST, TEXT_MOST = 120, 500


class Urgency(StrEnum):
    """RFC 8030, 5.3."""

    VERY_LOW = "very-low"
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Intent:
    """What a box wants to tell."""

    id: str
    #: such as `dj_live`
    kind: str
    event: str
    #: None for everybody at the event
    stage: str | None
    #: a newer intent with the same key takes the place of an older one
    collapse: str
    expires_after_s: int
    urgency: Urgency
    title: str
    text: str
    #: where a tap leads, below the cloud's own address
    path: str
    #: when it was made, milliseconds of true Unix time; None where nobody knows
    made_ms: int | None


@dataclass(frozen=True, slots=True)
class Due:
    """To be sent now."""

    #: time left, seconds: at least one
    ttl_s: int


@dataclass(frozen=True, slots=True)
class Undated:
    """Nobody knows yet when it was made; whoever says what time it is may follow right behind."""


@dataclass(frozen=True, slots=True)
class Expired:
    """Recorded and not sent."""

    why: str


def timing(intent: Intent, *, read_ms: int, now_ms: int) -> Due | Undated | Expired:
    """Whether an intent that arrived at `read_ms` is still worth sending, and how long a push service may keep it."""
    # A box's clock may be ahead: it made nothing after we had it.
    made_ms = min(read_ms, intent.made_ms) if intent.made_ms is not None else read_ms
    left = int(min(intent.expires_after_s, EXPIRES_MOST_S) - max(0.0, (now_ms - made_ms) / 1000))
    if intent.made_ms is None:
        return Undated() if left >= 1 else Expired("time_unknown")
    return Due(min(left, TTL_MOST_S)) if left >= 1 else Expired("too_late")


def topic(intent: Intent) -> str:
    """The collapse key as a Topic: autopush takes letters and digits only, and 32 of them."""
    whole = "\0".join((intent.event, intent.stage or "", intent.collapse))
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def read(body: Mapping[str, object], *, made_ms: int | None) -> Intent | None:
    """The intent in a journal body, or None where it is none that could be sent."""
    words = {name: body.get(name) for name in ("intent", "kind", "event", "collapse", "title", "text", "path")}
    stage, expires = body.get("stage"), body.get("expires_after_s")
    if not all(isinstance(value, str) for value in words.values()) or not isinstance(stage, str | None):
        return None
    if not isinstance(expires, int) or isinstance(expires, bool) or expires < 1:
        return None
    said = {name: str(value) for name, value in words.items()}
    if not said["intent"] or not said["title"] or not _is_path(said["path"]):
        return None
    urgency = str(body.get("urgency"))
    return Intent(
        id=said["intent"],
        kind=said["kind"],
        event=said["event"],
        stage=stage,
        collapse=said["collapse"],
        expires_after_s=min(expires, EXPIRES_MOST_S),
        urgency=Urgency(urgency) if urgency in set(Urgency) else Urgency.NORMAL,
        title=said["title"][:TITLE_MOST],
        text=said["text"][:TEXT_MOST],
        path=said["path"],
        made_ms=made_ms,
    )


def _is_path(text: str) -> bool:
    """Whether a tap stays with us: `//host` and `/\\host` lead elsewhere."""
    return text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and len(text) <= 300
