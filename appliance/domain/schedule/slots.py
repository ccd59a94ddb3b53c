"""A slot: who is to play where and when, as the hall's clock will show it. What may stand in a plan, and beside what.

Pure. A plan is what was meant; what is played is sessions' business.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from appliance.domain.models import Dj
from appliance.domain.rules import clean_text, is_blank
from appliance.domain.wall_time import MINUTE_MS, WallTime, moment_of, settled
from appliance.errors import Invalid, Refused

TITLE_MAX = 100
WORD_MAX = 200
SHORTEST_MS = 5 * MINUTE_MS
LONGEST_MS = 24 * 60 * MINUTE_MS
#: slots of one event: a festival of ten stages and ten days has half of them
SLOTS_MOST = 2000
#: starred slots of one guest at one event
STARS_MOST = 200


class Booking(StrEnum):
    """What a slot's DJ says to it. The names are stored."""

    #: nobody is named for it
    NOBODY = "nobody"
    #: the DJ has not answered
    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of a stage's plan."""

    #: short random id
    id: str
    event_id: str
    stage_id: str
    begins: WallTime
    ends: WallTime
    #: who is to play; None for what has no DJ, or not yet
    dj: Dj | None = None
    #: what it is called beside the DJ's name, such as "Warm-up"; may be empty when there is a DJ
    title: str = ""
    booking: Booking = Booking.NOBODY
    #: what the DJ said with the answer; for organisers only
    word: str = ""
    #: counts up with every change, so that nobody changes what they have not seen
    version: int = 1

    @property
    def dj_id(self) -> str | None:
        """Whose it is, if anybody's."""
        return self.dj.id if self.dj else None


@dataclass(frozen=True, slots=True)
class Placed:
    """A slot with the moments that its times mean in the event's zone."""

    slot: Slot
    #: milliseconds since 1970 UTC
    begins_ms: int
    ends_ms: int

    def overlaps(self, other: "Placed") -> bool:
        """Whether both run at some moment. One that ends when the other begins does not."""
        return self.begins_ms < other.ends_ms and other.begins_ms < self.ends_ms


def place(slot: Slot, zone: tzinfo) -> Placed:
    """The slot in time, whatever became of its zone since it was planned."""
    return Placed(slot, settled(slot.begins, zone), settled(slot.ends, zone))


def checked_length(slot: Slot, zone: tzinfo) -> Placed:
    """The slot in time, if its times make a slot.

    Raises: Invalid with the code `begins_skipped`, `ends_skipped`, `slot_backwards`, `slot_too_short` or
    `slot_too_long`.
    """
    begins, ends = moment_of(slot.begins, zone, field="begins"), moment_of(slot.ends, zone, field="ends")
    if ends < begins:
        raise Invalid("slot_backwards", "The slot ends before it begins.", advice="Look at the date of its end.")
    if ends - begins < SHORTEST_MS:
        raise Invalid("slot_too_short", "A slot takes five minutes at least.", advice="Let it end later.")
    if ends - begins > LONGEST_MS:
        raise Invalid("slot_too_long", "A slot takes 24 hours at most.", advice="Look at the date of its end.")
    return Placed(slot, begins, ends)


def checked_words(title: str, *, dj: Dj | None) -> str:
    """What a slot is called, cleaned.

    Raises: Invalid with the code `title_too_long`, or `slot_nameless` when it would be called nothing.
    """
    cleaned = clean_text(title)
    if len(cleaned) > TITLE_MAX:
        words = f"The title has {len(cleaned)} characters; {TITLE_MAX} is the most."
        raise Invalid("title_too_long", words, advice="Shorten the title.")
    cleaned = "" if is_blank(cleaned) else cleaned
    if not cleaned and dj is None:
        raise Invalid("slot_nameless", "A slot needs a DJ or a title.", advice="Choose a DJ, or say what it is.")
    return cleaned


def checked_word(word: str) -> str:
    """What a DJ says with an answer, cleaned. Raises: Invalid with the code `word_too_long`."""
    cleaned = clean_text(word)
    if len(cleaned) > WORD_MAX:
        raise Invalid("word_too_long", f"The word has {len(cleaned)} characters; {WORD_MAX} is the most.")
    return cleaned


def check_within(placed: Placed, *, starts_ms: int | None, ends_ms: int | None) -> None:
    """Sees that a slot lies in the event's own dates, as far as it has any.

    Raises: Invalid with the code `slot_outside_event`.
    """
    if (starts_ms is not None and placed.begins_ms < starts_ms) or (ends_ms is not None and placed.ends_ms > ends_ms):
        raise Invalid(
            "slot_outside_event",
            "The slot is not within the event's dates.",
            advice="Choose another time, or change the event's dates first.",
        )


def _told(placed: Placed) -> str:
    name = placed.slot.dj.name if placed.slot.dj else placed.slot.title
    begins, ends = (wall.shown.replace("T", " ") for wall in (placed.slot.begins, placed.slot.ends))
    return f"{name}, {begins} to {ends}"


def check_free(placed: Placed, others: Iterable[Placed]) -> None:
    """Sees that a slot takes nobody's place: not its stage's, and not its DJ's elsewhere.

    `others` may hold slots of other stages and events, and the slot itself as it was.
    Raises: Refused with the code `slot_overlaps` or `dj_elsewhere`, naming the slot in the way.
    """
    slot = placed.slot
    meanwhile = [other for other in others if other.slot.id != slot.id and placed.overlaps(other)]
    for other in meanwhile:
        if other.slot.stage_id == slot.stage_id:
            words = f"Another slot is on this stage then: {_told(other)}."
            raise Refused("slot_overlaps", words, advice="Choose another time or stage.", slot=other.slot.id)
    if slot.dj is None or slot.booking is Booking.DECLINED:
        return
    for other in meanwhile:
        if other.slot.dj_id == slot.dj_id and other.slot.booking is not Booking.DECLINED:
            # What is planned at another event is that event's business.
            same = other.slot.event_id == slot.event_id
            words = f"{slot.dj.name} is on another stage then" + (
                f": {_told(other)}." if same else ", at another event."
            )
            facts = {"stage": other.slot.stage_id, "slot": other.slot.id} if same else {}
            raise Refused("dj_elsewhere", words, advice="Choose another time or DJ.", **facts)


def check_version(slot: Slot, version: int) -> None:
    """Sees that whoever changes a slot knows how it stands.

    Raises: Refused with the code `slot_changed`.
    """
    if version != slot.version:
        raise Refused(
            "slot_changed",
            "Somebody else changed this slot meanwhile.",
            advice="Look at it as it is now, and change it again.",
            version=slot.version,
        )


def answer_after(before: Slot, after: Slot) -> Booking:
    """What the DJ's answer is worth after a change: it was given for that time and place, and by that DJ."""
    if after.dj is None:
        return Booking.NOBODY
    asked, asks = ((slot.dj_id, slot.stage_id, slot.begins, slot.ends) for slot in (before, after))
    return before.booking if asked == asks else Booking.ASKED
