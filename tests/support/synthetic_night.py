"""A believable night from a seed: guests come, wander, dance longer to some DJs than to others, tap hearts and leave.

For tests, pictures and measurements. What went in (each DJ's pull, each track's charm) is known, so figures can be
held against it.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sync.cloud.night.records import (
    HandoverRecord,
    LikeRecord,
    Night,
    PlayRecord,
    PollRecord,
    PresenceRecord,
    ReactionRecord,
    SetRecord,
    StageRecord,
    TempoVoteRecord,
)

MINUTE = 60_000
SPAN = 5 * MINUTE
ZONE = ZoneInfo("Europe/Berlin")
NAMES = ("Anna Kovács", "Béla", "Chloé Martin", "Dimitri", "Emre", "Fatou")
STAGES = ("Main Floor", "Garden", "Blues Cellar")
FIRST = ("Midnight", "Slow", "Velvet", "Paper", "Golden", "Empty", "Last", "Blue", "Second", "Quiet", "Northern")
LAST = ("Train", "Letters", "Honey", "Station", "Weather", "Kitchen", "Sundays", "River", "Machine", "Lights")
ARTISTS = (
    "Nina Park",
    "The Low Tide",
    "Ola & Søn",
    "Marguerite",
    "Kassel 84",
    "Dusk Choir",
    "Tomás Vidal",
    "Ada Quartet",
)


@dataclass(frozen=True)
class Plan:
    """What goes in."""

    seed: int = 1
    hours: float = 7
    guests: int = 260
    stages: int = 2
    djs: int = 4
    name: str = "Friday Social"
    began: datetime = field(default=datetime(2026, 11, 20, 20, 0, tzinfo=ZONE))
    #: by DJ: how long people stay with them, 1 is usual
    pull: Sequence[float] = (1.0, 1.6, 0.6, 1.2, 0.9, 1.3)

    @property
    def began_ms(self) -> int:
        return int(self.began.timestamp() * 1000)

    @property
    def spans(self) -> int:
        return int(self.hours * 12)


def make_night(plan: Plan) -> Night:
    """The night of a plan; the same plan is the same night."""
    rng = random.Random(plan.seed)
    stages = [StageRecord(id=f"stage-{n}", name=STAGES[n]) for n in range(plan.stages)]
    sets = _sets(plan, stages)
    plays = _plays(rng, sets)
    floor = _walks(rng, plan, sets)
    presence, taps = _presence(rng, plan, stages, floor, plays)
    return Night(
        box="5f0c1b2a3d4e5f60",
        event=f"event{plan.seed:015d}",
        name=plan.name,
        stages=stages,
        sets=sets,
        plays=plays,
        presence=presence,
        handovers=_handovers(plan, sets, floor),
        likes=taps.likes,
        tempo_votes=taps.votes,
        reactions=taps.reactions,
        polls=_polls(rng, plan, stages),
        error_ms=40,
    )


def _sets(plan: Plan, stages: Sequence[StageRecord]) -> list[SetRecord]:
    found = []
    slots = max(1, -(-plan.djs // len(stages)))
    length = plan.spans * SPAN // slots
    for n in range(plan.djs):
        stage, slot = stages[n % len(stages)], n // len(stages)
        began = plan.began_ms + slot * length
        found.append(
            SetRecord(
                id=f"set-{plan.seed}-{n}",
                stage=stage.id,
                dj=f"dj-{n}",
                dj_name=NAMES[n % len(NAMES)],
                order=n,
                began_ms=began,
                ended_ms=began + length,
            )
        )
    return found


def _plays(rng: random.Random, sets: Sequence[SetRecord]) -> list[PlayRecord]:
    found: list[PlayRecord] = []
    for one in sets:
        assert one.began_ms is not None
        assert one.ended_ms is not None
        at, slow = one.began_ms + 20_000, rng.uniform(88, 104)
        while at < one.ended_ms - MINUTE:
            length = rng.randint(150, 270) * 1000
            later = (at - one.began_ms) / (one.ended_ms - one.began_ms)
            found.append(
                PlayRecord(
                    id=f"play-{len(found)}",
                    session=one.id,
                    stage=one.stage,
                    artist=rng.choice(ARTISTS),
                    title=f"{rng.choice(FIRST)} {rng.choice(LAST)}",
                    order=len(found),
                    began_ms=at,
                    ended_ms=min(at + length, one.ended_ms),
                    bpm=round(slow + 26 * later + rng.gauss(0, 6), 1) if rng.random() < 0.94 else None,
                    key=rng.choice(("8A", "9A", "5B", None)),
                )
            )
            at += length
    return found


def _walks(rng: random.Random, plan: Plan, sets: Sequence[SetRecord]) -> list[list[str | None]]:
    """For each guest and span the stage they are on."""
    pulls = {one.id: plan.pull[n % len(plan.pull)] for n, one in enumerate(sets)}
    on: list[dict[str, float]] = []
    for span in range(plan.spans):
        at = plan.began_ms + span * SPAN
        on.append({one.stage: pulls[one.id] for one in sets if (one.began_ms or 0) <= at < (one.ended_ms or 0)})
    walks = []
    for _ in range(plan.guests):
        arrives = int(min(max(rng.gauss(0.28, 0.14), 0.0), 0.9) * plan.spans)
        where: str | None = None
        walk: list[str | None] = [None] * plan.spans
        for span in range(arrives, plan.spans):
            stages = on[span]
            late = span / plan.spans
            if not stages or (where and rng.random() < (0.012 + 0.05 * late**5) / stages.get(where, 0.2)):
                break
            if where not in stages or rng.random() < 0.05 / stages[where]:
                where = rng.choices(list(stages), weights=[pull**1.5 for pull in stages.values()])[0]
            walk[span] = where
        walks.append(walk)
    return walks


@dataclass
class _Taps:
    likes: list[LikeRecord] = field(default_factory=list)
    votes: list[TempoVoteRecord] = field(default_factory=list)
    reactions: list[ReactionRecord] = field(default_factory=list)
    #: who tapped in which span on which stage
    active: dict[tuple[int, str], set[int]] = field(default_factory=lambda: defaultdict(set))


def _taps(rng: random.Random, plan: Plan, floor: list[list[str | None]], plays: Sequence[PlayRecord]) -> _Taps:
    taps = _Taps()
    keen = [min(0.6, rng.expovariate(7)) for _ in floor]
    charm = {play.id: rng.lognormvariate(0, 0.7) for play in plays}
    for play in plays:
        assert play.began_ms is not None
        assert play.ended_ms is not None
        span = min((play.began_ms - plan.began_ms) // SPAN, plan.spans - 1)
        for guest, walk in enumerate(floor):
            if walk[span] != play.stage:
                continue
            lag = rng.uniform(5_000, 25_000)
            at = int(play.began_ms + rng.uniform(0, play.ended_ms - play.began_ms) + lag)
            order = len(taps.likes) + len(taps.votes)
            here = (span, play.stage)
            if rng.random() < keen[guest] * charm[play.id]:
                taps.likes.append(LikeRecord(play=play.id, guest=f"guest-{guest}", order=order, at_ms=at))
                taps.active[here].add(guest)
            if play.bpm and rng.random() < keen[guest] * 0.5:
                wish = rng.gauss((112 - play.bpm) / 14, 0.8)
                vote = "faster" if wish > 0.9 else "slower" if wish < -0.9 else "perfect"
                taps.votes.append(
                    TempoVoteRecord(play=play.id, guest=f"guest-{guest}", vote=vote, order=order, at_ms=at)
                )
                taps.active[here].add(guest)
            if rng.random() < keen[guest] * 0.12:
                kind = rng.choice(("heart", "heart", "thanks"))
                taps.reactions.append(
                    ReactionRecord(
                        stage=play.stage, play=play.id, kind=kind, n=rng.randint(1, 6), order=order, at_ms=at
                    )
                )
                taps.active[here].add(guest)
    return taps


def _presence(
    rng: random.Random,
    plan: Plan,
    stages: Sequence[StageRecord],
    floor: list[list[str | None]],
    plays: Sequence[PlayRecord],
) -> tuple[list[PresenceRecord], _Taps]:
    taps = _taps(rng, plan, floor, plays)
    found: list[PresenceRecord] = []
    for span in range(plan.spans):
        for stage in stages:
            here = {guest for guest, walk in enumerate(floor) if walk[span] == stage.id}
            before = [walk[span - 1] if span else None for walk in floor]
            gone = sum(1 for guest, walk in enumerate(floor) if before[guest] == stage.id and walk[span] != stage.id)
            if not here and not gone:
                continue
            came = Counter(where for guest in here if (where := before[guest]) not in (None, stage.id))
            # Phones sleep now and then: a minute sees a few less than the span.
            minutes = [sum(1 for _ in here if rng.random() < 0.93) for _ in range(5)]
            found.append(
                PresenceRecord(
                    stage=stage.id,
                    at_ms=plan.began_ms + (span + 1) * SPAN,
                    span_ms=SPAN,
                    order=len(found),
                    minutes=minutes,
                    guests=len(here),
                    active=len(taps.active[span, stage.id] & here),
                    arrived=sum(1 for guest in here if before[guest] != stage.id),
                    left=gone,
                    came_from={str(where): n for where, n in came.items()},
                )
            )
    return found, taps


def _handovers(plan: Plan, sets: Sequence[SetRecord], floor: list[list[str | None]]) -> list[HandoverRecord]:
    found: list[HandoverRecord] = []
    for earlier in sets:
        for later in sets:
            if later.stage == earlier.stage and later.began_ms == earlier.ended_ms:
                at = ((later.began_ms or 0) - plan.began_ms) // SPAN
                before = {guest for guest, walk in enumerate(floor) if earlier.stage in walk[max(0, at - 3) : at]}
                stayed = {guest for guest in before if floor[guest][min(at + 3, plan.spans - 1)] == earlier.stage}
                found.append(
                    HandoverRecord(
                        stage=earlier.stage,
                        from_session=earlier.id,
                        to_session=later.id,
                        before=len(before),
                        stayed=len(stayed),
                    )
                )
    return found


def _polls(rng: random.Random, plan: Plan, stages: Sequence[StageRecord]) -> list[PollRecord]:
    opened = plan.began_ms + plan.spans * SPAN // 2
    return [
        PollRecord(
            id="poll-1",
            stage=stages[0].id,
            question="What shall the last hour be?",
            options=("Slow and close", "Fast and silly", "Surprise us"),
            counts=(rng.randint(20, 60), rng.randint(10, 40), rng.randint(1, 4)),
            opened_ms=opened,
            closed_ms=opened + 2 * MINUTE,
        )
    ]


def without_hours(night: Night, *, from_ms: int, until_ms: int) -> Night:
    """The same night, but of one stretch nobody knows the hour: the box started without a clock and had no anchor."""

    def hour(at_ms: int | None) -> int | None:
        return None if at_ms is not None and from_ms <= at_ms < until_ms else at_ms

    return replace(
        night,
        sets=[replace(one, began_ms=hour(one.began_ms), ended_ms=hour(one.ended_ms)) for one in night.sets],
        plays=[replace(one, began_ms=hour(one.began_ms), ended_ms=hour(one.ended_ms)) for one in night.plays],
        likes=[replace(one, at_ms=hour(one.at_ms)) for one in night.likes],
        presence=[replace(one, at_ms=hour(one.at_ms)) for one in night.presence],
        tempo_votes=[replace(one, at_ms=hour(one.at_ms)) for one in night.tempo_votes],
        reactions=[replace(one, at_ms=hour(one.at_ms)) for one in night.reactions],
        unknown_boots=1,
    )
