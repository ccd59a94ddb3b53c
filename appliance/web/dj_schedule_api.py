"""`/api/v1`: what DJs ask and say of plans: bookings, how sets end, and what was heard at an event before."""

import msgspec
from msgspec import UNSET, UnsetType

from appliance import wire, wire_schedule
from appliance.domain import rules
from appliance.domain.models import TrackInfo
from appliance.errors import Invalid, NotKnown
from appliance.ports import HeardBefore
from appliance.usecases.schedule import bookings, closing, repeats
from appliance.usecases.schedule.slots import placed_of
from appliance.web.operations import Auth, Call, Operation
from appliance.web.schedule_api import is_own, known_event
from appliance.wire_schedule import OwnSlotOut

#: bookings of a DJ, and tracks of an event, that are listed
BOOKINGS_MOST, HEARD_MOST = 200, 500
#: tracks that a search finds
FOUND_MOST = 50
_TEXT: dict[str, object] = {"type": "string", "maxLength": rules.TEXT_MAX}
_SEARCH: dict[str, object] = {"type": "string", "maxLength": repeats.SEARCH_MOST}


class BookingsOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a DJ was asked for, the latest first."""

    bookings: list[OwnSlotOut]


class HeardOut(msgspec.Struct, frozen=True, kw_only=True):
    """Each track that was heard at an event, as it was played last, the newest first."""

    heard: list[wire.BeforeOut]


class RepeatOut(msgspec.Struct, frozen=True, kw_only=True):
    """The play that is repeated; without it when nothing is."""

    before: wire.BeforeOut | UnsetType = UNSET


async def my_bookings(call: Call) -> BookingsOut:
    found = await call.site.ports.reader.bookings_of(call.who().id, limit=BOOKINGS_MOST)
    placed = [placed_of(slot, state.event) for slot in found if (state := call.site.board.event(slot.event_id))]
    return BookingsOut(bookings=[wire_schedule.own_slot_out(one) for one in placed])


async def answer_booking(call: Call) -> OwnSlotOut:
    sent: wire_schedule.AnswerIn = call.body
    answered = await bookings.answer(
        call.site.ports,
        dj=call.who(),
        slot_id=call.path("slot"),
        version=sent.version,
        confirmed=sent.confirmed,
        word=sent.word,
    )
    return wire_schedule.own_slot_out(answered)


async def upcoming_of_dj(call: Call) -> wire_schedule.UpcomingOut:
    dj = await call.site.ports.reader.dj(call.path("dj"))
    if dj is None:
        raise NotKnown("dj_unknown", "The box knows no such DJ.")
    return wire_schedule.upcoming_out(call.site.timetable.upcoming_of(dj.id))


async def say_closing(call: Call) -> wire_schedule.ClosingOut:
    sent: wire_schedule.ClosingIn = call.body
    said = await closing.say(
        call.site.ports,
        dj=call.who(),
        session_id=call.path("session"),
        songs=sent.songs,
        within_ms=sent.within_ms,
        ends_at=sent.ends_at,
    )
    return wire_schedule.closing_out(said.stage_id, said, call.site.ports.clock.now())


async def unsay_closing(call: Call) -> None:
    await closing.unsay(call.site.ports, dj=call.who(), session_id=call.path("session"))


def _repeat(call: Call, before: HeardBefore | None) -> RepeatOut:
    now = call.site.ports.clock.now()
    return RepeatOut(before=wire.before_out(before, now) if before else UNSET)


async def look_up_track(call: Call) -> RepeatOut:
    state = call.site.board.event_of(call.path("stage"))
    if state is None:
        raise NotKnown("stage_unknown", "There is no such stage here.", advice="Choose one from the list of stages.")
    typed = {name: call.request.query_params.get(name, "") for name in ("artist", "title")}
    for name, text in typed.items():
        if len(text) > rules.TEXT_MAX:
            words = f"The {name} has {len(text)} characters; {rules.TEXT_MAX} is the most."
            raise Invalid(f"{name}_too_long", words, advice=f"Shorten the {name}.")
    track = TrackInfo(artist=typed["artist"], title=typed["title"])
    return _repeat(call, await repeats.before_playing(call.site.ports, event=state.event, track=track))


async def play_before(call: Call) -> RepeatOut:
    play = await call.site.ports.reader.play(call.path("play"))
    state = call.site.board.event_of(play.stage_id) if play else None
    session = await call.site.ports.reader.session(play.session_id) if play else None
    is_hidden = session is not None and session.lock is not None and session.dj_id != call.who().id
    if play is None or state is None or is_hidden:
        raise NotKnown("play_unknown", "The box does not know this play.")
    return _repeat(call, await repeats.before_play(call.site.ports, play=play, event=state.event))


async def heard_at_event(call: Call) -> HeardOut:
    event, now = (await known_event(call.request, call.path("event"))).event, call.site.ports.clock.now()
    text, runs = call.request.query_params.get("q", ""), await is_own(call.request, event.id)
    if text.strip():
        heard = await repeats.find(call.site.ports, event=event, text=text, limit=FOUND_MOST, hidden=runs)
    else:
        heard = await repeats.heard_at_event(call.site.ports, event=event, limit=HEARD_MOST, hidden=runs)
    return HeardOut(heard=[wire.before_out(one, now) for one in heard])


_TAKEN = (409, "The time is taken, or somebody changed the slot meanwhile: see `code`.")
_NOT_YOURS = (403, "Another DJ's session.")

# fmt: off
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/me/bookings", "myBookings", "The slots that a DJ is named for.", my_bookings, Auth.DJ,
        gives=BookingsOut),
    Operation("POST", "/me/bookings/{slot}", "answerBooking", "Say yes or no to a slot.", answer_booking, Auth.DJ,
        takes=wire_schedule.AnswerIn, gives=OwnSlotOut, also=((404, "No such booking."), _TAKEN)),
    Operation("GET", "/djs/{dj}/upcoming", "upcomingOfDj", "Where a DJ will play, at events that are public.",
        upcoming_of_dj, gives=wire_schedule.UpcomingOut, also=((404, "No such DJ."),)),
    Operation("PUT", "/sessions/{session}/closing", "sayClosing", "Say how a set ends, to everybody.", say_closing,
        Auth.DJ, takes=wire_schedule.ClosingIn, gives=wire_schedule.ClosingOut,
        also=(_NOT_YOURS, (404, "No such session."), (409, "The session is over, or nobody set the clock."))),
    Operation("DELETE", "/sessions/{session}/closing", "unsayClosing", "Take back what was said of a set's end.",
        unsay_closing, Auth.DJ, status=204, also=(_NOT_YOURS, (404, "No such session."))),
    Operation("GET", "/stages/{stage}/heard", "lookUpTrack", "Whether a track was heard at the stage's event.",
        look_up_track, Auth.DJ, gives=RepeatOut, also=((404, "No such stage."),),
        query=(("artist", _TEXT, "As it is typed."), ("title", _TEXT, "As it is typed."))),
    Operation("GET", "/plays/{play}/before", "playBefore", "The earlier play that a play repeats, if it does.",
        play_before, Auth.DJ, gives=RepeatOut, also=((404, "No such play."),)),
    Operation("GET", "/events/{event}/heard", "heardAtEvent", "What was heard at an event, each track once.",
        heard_at_event, Auth.CREW, gives=HeardOut, also=((404, "No such event."),),
        query=(("q", _SEARCH, "Only tracks with all of these words in artist or title, however long ago."),)),
)
# fmt: on
