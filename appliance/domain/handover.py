"""How a stage passes from DJ to DJ: by hand, after a silence, or not at all; and what one leaves for the next. Pure.

A DJ's connection may break without ending anything. Within the grace period nobody else gets the stage unless the DJ
has offered it; after it the set still runs, and whoever plays next must say so on purpose.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.domain.models import Play, Session, Stamp
from appliance.domain.nights import left_of_night_ms
from appliance.domain.rules import required_text, silent_ms
from appliance.errors import Refused

#: a silence that is a bad connection and nothing more
GRACE_MS = 5 * 60 * 1000
#: a DJ who was silent for longer begins a new set; before, the old one goes on
RESUME_WITHIN_MS = 8 * 3600 * 1000
#: a laptop that is merely on is no sign that somebody plays: its word counts for so long after a track began
LINK_SPEAKS_FOR_MS = 20 * 60 * 1000
NOTE_MAX = 280


class Start(StrEnum):
    """What a DJ's start on a stage with a running set means."""

    #: it is the DJ's own: it goes on
    RESUME = "resume"
    #: it is the DJ's own, of long ago: it ends, and a new one begins
    ANEW = "anew"
    #: its DJ offered the stage
    HAND_OVER = "hand_over"
    #: its DJ has been silent for long, and the other one insists
    TAKE_OVER = "take_over"


@dataclass(frozen=True, slots=True)
class Offer:
    """A DJ lets another one go on, whenever that one is ready."""

    #: the running set
    session_id: str
    stage_id: str
    #: who may, or None for whoever comes next
    to_dj_id: str | None
    #: the name of who may, empty for whoever comes next
    to_name: str
    made: Stamp

    def is_for(self, dj_id: str) -> bool:
        """Whether this DJ may go on."""
        return self.to_dj_id is None or self.to_dj_id == dj_id


@dataclass(frozen=True, slots=True)
class Note:
    """What a DJ leaves for the next one on the stage."""

    #: the set in which it was written: there is one note for each
    session_id: str
    stage_id: str
    dj_id: str
    dj_name: str
    text: str
    left: Stamp

    def is_for(self, dj_id: str, *, now: Stamp) -> bool:
        """Whether this DJ should see it: somebody else's, of this night."""
        return self.dj_id != dj_id and is_of_tonight(self, now)


def is_of_tonight(note: Note, now: Stamp) -> bool:
    """Whether a note still counts."""
    return left_of_night_ms(note.left, now) > 0


def is_away(session: Session, now: Stamp) -> bool:
    """Whether a set's DJ has been silent for longer than the grace period."""
    return silent_ms(session, now) > GRACE_MS


def link_speaks(current: Play | None, now: Stamp) -> bool:
    """Whether a link that is only connected says that its DJ is there: while a track may still be on."""
    if current is None or current.heard.boot != now.boot:
        return False
    return now.boot_ms - current.heard.boot_ms + current.age_ms <= LINK_SPEAKS_FOR_MS


def how_to_start(active: Session, *, dj_id: str, offer: Offer | None, take_over: bool, now: Stamp) -> Start:
    """What a DJ's start means while `active` runs on the stage.

    Raises: Refused with the code `stage_taken` while somebody else is on and has not offered the stage.
    """
    if active.dj_id == dj_id:
        return Start.RESUME if silent_ms(active, now) <= RESUME_WITHIN_MS else Start.ANEW
    if offer is not None and offer.is_for(dj_id):
        return Start.HAND_OVER
    away = is_away(active, now)
    if away and take_over:
        return Start.TAKE_OVER
    if away:
        advice = "Take the stage over if they have left."
    elif offer is not None:
        advice = f"They hand over to {offer.to_name}."
    else:
        advice = "Ask them to hand over, or to end their session; dancers follow by themselves."
    raise Refused(
        "stage_taken",
        f"{active.dj_name} is playing on this stage.",
        advice=advice,
        dj=active.dj_name,
        silent_s=silent_ms(active, now) // 1000,
        can_take_over=away,
    )


def clean_note(text: str) -> str:
    """A note as it may be kept and shown: one line of text.

    Raises: Invalid with the code `note_empty` or `note_too_long`.
    """
    return required_text(text, field="note", longest=NOTE_MAX)


def following(before: Session, after: Session) -> Session:
    """The set that takes a stage over from `before`: what is on stays on, unless nobody knows whether it still is.

    A set behind a PIN stays behind it; behind another PIN nobody sees what those with the first one saw.
    """
    lock = after.lock or before.lock
    is_shown = not before.away and before.lock in {None, lock}
    return replace(after, lock=lock, current_play_id=before.current_play_id if is_shown else None)
