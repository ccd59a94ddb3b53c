"""How a DJ lets the next one go on: offers and notes, for programs."""

import msgspec

from appliance import wire
from appliance.usecases import handover
from appliance.usecases.handover import Handing
from appliance.web import desk
from appliance.web.operations import Auth, Call, Operation


class NotesOut(msgspec.Struct, frozen=True, kw_only=True):
    notes: list[wire.NoteOut]


async def _offer(call: Call) -> wire.OfferOut:
    sent: wire.HandoverIn = call.body
    handing = Handing(to=sent.to, note=sent.note, session_id=call.path("session"))
    return wire.offer_out(await handover.offer(call.site.ports, dj=call.who(), handing=handing))


async def _withdraw(call: Call) -> None:
    await handover.withdraw(call.site.ports, dj=call.who(), session_id=call.path("session"))


async def _leave(call: Call) -> wire.NoteOut:
    note = await handover.leave_note(
        call.site.ports, dj=call.who(), session_id=call.path("session"), text=call.body.text
    )
    return wire.note_out(note)


async def _drop(call: Call) -> None:
    await handover.drop_note(call.site.ports, dj=call.who(), session_id=call.path("session"))


async def _notes(call: Call) -> NotesOut:
    found = await handover.notes_for(call.site.ports, dj=call.who(), session_id=call.path("session"))
    return NotesOut(notes=[wire.note_out(note) for note in found])


class PlaceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A stage before a set."""

    id: str
    name: str
    #: who is on; empty while nobody is
    dj: str
    #: what this DJ can do there: free, mine, offered, away, taken, closed, barred
    kind: str
    #: the event's name
    event: str


class DeskOut(msgspec.Struct, frozen=True, kw_only=True):
    stages: list[PlaceOut]
    #: changes whenever the rest does
    version: str


async def _desk(call: Call) -> DeskOut:
    found = await desk.places(call.site, call.who())
    return DeskOut(stages=[PlaceOut(**place) for place in found], version=desk.version_of(found))


_YOURS = (403, "Another DJ's session.")

# fmt: off
OPERATIONS = (
    Operation("GET", "/desk", "desk", "Every stage, and what this DJ can do there.", _desk, Auth.DJ, gives=DeskOut),
    Operation("PUT", "/sessions/{session}/handover", "offerHandover",
        "Let another DJ start on this stage at any moment; what is on stays on until their first track.",
        _offer, Auth.DJ, takes=wire.HandoverIn, gives=wire.OfferOut,
        also=(_YOURS, (404, "No such DJ."), (409, "The session is over."))),
    Operation("DELETE", "/sessions/{session}/handover", "withdrawHandover", "Play on after all.",
        _withdraw, Auth.DJ, status=204, also=(_YOURS, (409, "The session is over."))),
    Operation("PUT", "/sessions/{session}/note", "leaveNote", "Leave a note for the next DJ on the stage.",
        _leave, Auth.DJ, takes=wire.NoteIn, gives=wire.NoteOut, also=(_YOURS,)),
    Operation("DELETE", "/sessions/{session}/note", "dropNote",
        "The note of this session was read, or is taken back.", _drop, Auth.DJ, status=204,
        also=((404, "No such note for you."),)),
    Operation("GET", "/sessions/{session}/received-notes", "receivedNotes", "What was left for the DJ of this session.",
        _notes, Auth.DJ, gives=NotesOut, also=(_YOURS,)),
)
# fmt: on
