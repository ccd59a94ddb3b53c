"""What each kind of entry says, read strictly. Pure.

An entry that is not as it should be is told from one of a kind that nobody here knows; neither stops those behind it.
"""

from typing import Annotated

import msgspec

#: versions of bodies that are known here
BODY_VERSIONS = frozenset({1})

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Text = Annotated[str, msgspec.Meta(max_length=2000)]
_Ms = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
#: milliseconds from a boot on: more than a century is no boot, and no calendar has room for it
BOOT_MS_MOST = 2**42
_BootMs = Annotated[int, msgspec.Meta(ge=-BOOT_MS_MOST, le=BOOT_MS_MOST)]
_Age = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
_Number = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]


class EventOpened(msgspec.Struct, frozen=True):
    event: _Id
    name: _Text


class StageOpened(msgspec.Struct, frozen=True):
    stage: _Id
    event: _Id
    name: _Text


class SetStarted(msgspec.Struct, frozen=True):
    session: _Id
    stage: _Id
    dj: _Id
    dj_name: _Text


class SetEnded(msgspec.Struct, frozen=True):
    session: _Id
    reason: _Text = ""


class Track(msgspec.Struct, frozen=True, kw_only=True):
    artist: _Text = ""
    title: _Text = ""
    bpm: _Number | None = None
    key: _Text | None = None


class PlayAnnounced(Track, frozen=True, kw_only=True):
    play: _Id
    session: _Id
    stage: _Id
    age_ms: _Age = 0
    source: _Text | None = None
    confidence: _Text | None = None


class PlayEnriched(Track, frozen=True, kw_only=True):
    play: _Id


class PlayRetracted(msgspec.Struct, frozen=True):
    play: _Id


class PlayStopped(msgspec.Struct, frozen=True):
    play: _Id


class LikeGiven(msgspec.Struct, frozen=True):
    play: _Id
    guest: _Id


class LikeRemoved(msgspec.Struct, frozen=True):
    play: _Id
    guest: _Id


class DislikesCounted(msgspec.Struct, frozen=True):
    play: _Id
    dislikes: _Count


class PlayerChanged(msgspec.Struct, frozen=True):
    player: _Id
    dj: _Id
    name: _Text = ""


class ClockSet(msgspec.Struct, frozen=True):
    boot: _Id
    boot_ms: _BootMs
    wall_ms: _Ms
    source: _Text = "staff"


class TimeAnchored(msgspec.Struct, frozen=True):
    boot: _Id
    boot_ms: _BootMs
    wall_ms: _Ms
    error_ms: _Count
    source: _Text


class PresenceCounted(msgspec.Struct, frozen=True, kw_only=True):
    event: _Id
    stage: _Id
    span_ms: Annotated[int, msgspec.Meta(ge=1, le=86_400_000)]
    guests: _Count
    active: _Count = 0
    arrived: _Count = 0
    left: _Count = 0
    #: a box whose disk was nearly full gives these up first
    minutes: Annotated[list[_Count], msgspec.Meta(max_length=1440)] = []
    came_from: Annotated[dict[_Id, _Count], msgspec.Meta(max_length=100)] = {}


class HandoverMeasured(msgspec.Struct, frozen=True):
    stage: _Id
    from_session: _Id
    to_session: _Id
    before: _Count
    stayed: _Count


class TempoVoted(msgspec.Struct, frozen=True):
    play: _Id
    guest: _Id
    vote: Annotated[str, msgspec.Meta(pattern="^(slower|perfect|faster|none)$")]


class ReactionSent(msgspec.Struct, frozen=True, kw_only=True):
    stage: _Id
    guest: _Id
    kind: _Id
    play: _Id | None = None
    n: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1


class PollOpened(msgspec.Struct, frozen=True, kw_only=True):
    poll: _Id
    stage: _Id
    question: _Text
    options: Annotated[list[_Text], msgspec.Meta(max_length=50)]


class PollVoted(msgspec.Struct, frozen=True):
    poll: _Id
    guest: _Id
    option: Annotated[int, msgspec.Meta(ge=0, le=50)] | None = None


class PollClosed(msgspec.Struct, frozen=True):
    poll: _Id
    counts: Annotated[list[_Count], msgspec.Meta(max_length=50)]


class GuestForgotten(msgspec.Struct, frozen=True):
    guest: _Id


#: a body by its entry's kind
_KINDS: dict[str, type[msgspec.Struct]] = {
    "event.opened": EventOpened,
    "event.changed": EventOpened,
    "stage.opened": StageOpened,
    "stage.changed": StageOpened,
    "session.started": SetStarted,
    "session.ended": SetEnded,
    "play.announced": PlayAnnounced,
    "play.enriched": PlayEnriched,
    "play.retracted": PlayRetracted,
    "play.stopped": PlayStopped,
    "like.given": LikeGiven,
    "like.removed": LikeRemoved,
    "dislikes.counted": DislikesCounted,
    "player.changed": PlayerChanged,
    "clock.set": ClockSet,
    "time.anchored": TimeAnchored,
    "presence.counted": PresenceCounted,
    "handover.measured": HandoverMeasured,
    "tempo.voted": TempoVoted,
    "reaction.sent": ReactionSent,
    "poll.opened": PollOpened,
    "poll.voted": PollVoted,
    "poll.closed": PollClosed,
    "guest.forgotten": GuestForgotten,
}
#: kinds that are known and say nothing about a night
_OTHER = frozenset(
    {
        "announcement.ended",
        "announcement.made",
        "announcement.reached",
        # What the house asked; what it played is plays.
        "ballot.closed",
        "ballot.counted",
        "ballot.opened",
        "box.shed",
        "claim.made",
        "dj.assigned",
        "dj.unassigned",
        "dj.away",
        "dj.back",
        # A plan is what was meant; the night is what was played.
        "booking.answered",
        "closing.said",
        # What stood here was taken out, by the box or by us, so that a guest is forgotten or for want of room.
        "erased",
        "handover.offered",
        "handover.withdrawn",
        "intent.made",
        "intent.retracted",
        "journal.restored",
        "note.gone",
        "note.left",
        # Which track it was is told of a play that has its tempo already.
        "play.identified",
        "portal.mode_set",
        "session.locked",
        "session.unlocked",
        "shed",
        "slot.changed",
        "slot.dropped",
        "slot.planned",
        "slot.starred",
        "slot.unstarred",
        "stages.ordered",
        "token.issued",
        "token.revoked",
    }
)
_decoders = {kind: msgspec.json.Decoder(body) for kind, body in _KINDS.items()}


def read_body(kind: str, v: int, body: str) -> msgspec.Struct | str | None:
    """What an entry says; None where that is nothing about a night, and else a code for why it can't be used.

    The codes are `kind_unknown`, `version_unknown` and `body_wrong`.
    """
    if kind in _OTHER:
        return None
    decoder = _decoders.get(kind)
    if decoder is None:
        return "kind_unknown"
    if v not in BODY_VERSIONS:
        return "version_unknown"
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "body_wrong"
