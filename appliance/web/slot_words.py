"""A slot in words, for its organisers and its DJ."""

from appliance.domain.schedule.plan import night_of
from appliance.domain.schedule.slots import Booking, Placed

_BOOKED = {
    Booking.NOBODY: "",
    Booking.ASKED: "asked, no answer yet",
    Booking.CONFIRMED: "confirmed",
    Booking.DECLINED: "declined",
}


def _time(placed: Placed) -> str:
    begins, ends = placed.slot.begins, placed.slot.ends
    return f"{begins.shown[11:]}–{ends.shown[11:]}" + (" (second time)" if begins.again else "")


def slot_words(placed: Placed) -> dict[str, object]:
    """A slot for its organisers and its DJ."""
    slot = placed.slot
    return {
        "id": slot.id,
        "stage": slot.stage_id,
        "version": slot.version,
        "time": _time(placed),
        "night": night_of(slot.begins).isoformat(),
        "name": slot.dj.name if slot.dj else slot.title,
        "title": slot.title if slot.dj else "",
        "booking": slot.booking.value,
        "booked": _BOOKED[slot.booking],
        "word": slot.word,
    }
