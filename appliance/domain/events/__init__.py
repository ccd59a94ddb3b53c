"""What happened: facts that are journaled in the transaction that made them true, and told only after it.

Each has a stable `kind` and a JSON-able `body()`; readers ignore unknown fields and keep unknown kinds. The library's
is told and not journaled. One module for each topic; `Happened` is any of them.
"""

from appliance.domain.events.announcements import AnnouncementEnded, AnnouncementMade, AnnouncementReached
from appliance.domain.events.base import BODY_VERSION, Body, track_body
from appliance.domain.events.box import (
    BoxShed,
    ClockSet,
    IntentMade,
    IntentRetracted,
    JournalRestored,
    PortalModeSet,
    TimeAnchored,
)
from appliance.domain.events.guests import (
    ClaimMade,
    GuestForgotten,
    HandoverMeasured,
    LikeGiven,
    LikeRemoved,
    PresenceCounted,
)
from appliance.domain.events.handover import (
    DjAway,
    DjBack,
    HandoverOffered,
    HandoverWithdrawn,
    NoteGone,
    NoteLeft,
)
from appliance.domain.events.house import BallotClosed, BallotCounted, BallotOpened, DislikesCounted
from appliance.domain.events.library import LibraryChanged
from appliance.domain.events.locks import SessionLocked, SessionUnlocked
from appliance.domain.events.people import TokenIssued, TokenRevoked
from appliance.domain.events.places import (
    DjAssigned,
    DjUnassigned,
    EventChanged,
    EventOpened,
    StageChanged,
    StageOpened,
    StagesOrdered,
)
from appliance.domain.events.players import PlayerChanged
from appliance.domain.events.schedule import (
    BookingAnswered,
    ClosingSaid,
    SlotChanged,
    SlotDropped,
    SlotPlanned,
    SlotStarred,
    SlotUnstarred,
)
from appliance.domain.events.sets import (
    Origin,
    PlayAnnounced,
    PlayEnriched,
    PlayIdentified,
    PlayRetracted,
    PlayStopped,
    SessionEnded,
    SessionStarted,
)
from appliance.domain.events.voices import PollClosed, PollOpened, PollVoted, ReactionSent, TempoVoted

__all__ = [
    "BODY_VERSION",
    "AnnouncementEnded",
    "AnnouncementMade",
    "AnnouncementReached",
    "BallotClosed",
    "BallotCounted",
    "BallotOpened",
    "Body",
    "BookingAnswered",
    "BoxShed",
    "ClaimMade",
    "ClockSet",
    "ClosingSaid",
    "DislikesCounted",
    "DjAssigned",
    "DjAway",
    "DjBack",
    "DjUnassigned",
    "EventChanged",
    "EventOpened",
    "GuestForgotten",
    "HandoverMeasured",
    "HandoverOffered",
    "HandoverWithdrawn",
    "Happened",
    "IntentMade",
    "IntentRetracted",
    "JournalRestored",
    "Journaled",
    "LibraryChanged",
    "LikeGiven",
    "LikeRemoved",
    "NoteGone",
    "NoteLeft",
    "Origin",
    "PlayAnnounced",
    "PlayEnriched",
    "PlayIdentified",
    "PlayRetracted",
    "PlayStopped",
    "PlayerChanged",
    "PollClosed",
    "PollOpened",
    "PollVoted",
    "PortalModeSet",
    "PresenceCounted",
    "ReactionSent",
    "SessionEnded",
    "SessionLocked",
    "SessionStarted",
    "SessionUnlocked",
    "SlotChanged",
    "SlotDropped",
    "SlotPlanned",
    "SlotStarred",
    "SlotUnstarred",
    "StageChanged",
    "StageOpened",
    "StagesOrdered",
    "TempoVoted",
    "TimeAnchored",
    "TokenIssued",
    "TokenRevoked",
    "track_body",
]

Journaled = (
    EventOpened
    | EventChanged
    | StageOpened
    | StageChanged
    | StagesOrdered
    | DjAssigned
    | DjUnassigned
    | TokenIssued
    | TokenRevoked
    | SessionStarted
    | SessionEnded
    | PlayAnnounced
    | PlayEnriched
    | PlayIdentified
    | PlayRetracted
    | PlayStopped
    | PlayerChanged
    | HandoverOffered
    | HandoverWithdrawn
    | NoteLeft
    | NoteGone
    | DjAway
    | DjBack
    | SessionLocked
    | SessionUnlocked
    | LikeGiven
    | LikeRemoved
    | TempoVoted
    | ReactionSent
    | PollOpened
    | PollVoted
    | PollClosed
    | BallotOpened
    | BallotCounted
    | BallotClosed
    | DislikesCounted
    | SlotPlanned
    | SlotChanged
    | SlotDropped
    | BookingAnswered
    | SlotStarred
    | SlotUnstarred
    | ClosingSaid
    | ClockSet
    | TimeAnchored
    | PresenceCounted
    | HandoverMeasured
    | GuestForgotten
    | ClaimMade
    | IntentMade
    | IntentRetracted
    | AnnouncementMade
    | AnnouncementEnded
    | AnnouncementReached
    | PortalModeSet
    | JournalRestored
    | BoxShed
)

Happened = Journaled | LibraryChanged
