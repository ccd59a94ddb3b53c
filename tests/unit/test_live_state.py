"""What everybody at a stage sees, as things happen."""

from dataclasses import replace

from appliance.domain.events import (
    LikeGiven,
    PlayAnnounced,
    PlayEnriched,
    PlayStopped,
    PollClosed,
    PollOpened,
    PollVoted,
    ReactionSent,
    SessionEnded,
    SessionStarted,
    StageOpened,
    TempoVoted,
)
from appliance.domain.live_state import Lane, StageState, apply
from appliance.domain.models import ClockTrust, EndReason, Play, Session, Stage, Stamp, TrackInfo
from appliance.domain.polls import Poll, PollEnd
from appliance.domain.voices import Reaction, Tempo, TempoTally

NOW = Stamp(boot="b", boot_ms=1, wall_ms=1, trust=ClockTrust.SAVED)
STAGE = Stage(id="main-floor", event_id="e", name="Main Floor")
ANNA = Session(id="s1", stage_id="main-floor", dj_id="anna", dj_name="DJ Anna", started=NOW, seen=NOW)
PLAY = Play(id="p1", session_id="s1", stage_id="main-floor", track=TrackInfo(artist="a", title="t"), heard=NOW)
POLL = Poll(
    id="q1",
    stage_id="main-floor",
    session_id="s1",
    question="More?",
    options=("Yes", "No"),
    votes=(0, 0),
    opened=NOW,
)
EMPTY = StageState(stage=STAGE)
ON = replace(EMPTY, session=ANNA, now=PLAY)


def test_a_session_begins_with_nothing_on() -> None:
    state, lanes = apply(EMPTY, SessionStarted(ANNA))
    assert state.session == ANNA
    assert lanes == {Lane.SESSION, Lane.NOW}


def test_a_play_is_now_unless_it_came_late() -> None:
    other = replace(PLAY, id="p2")
    assert apply(ON, PlayAnnounced(other, current=True))[0].now == other
    assert apply(ON, PlayAnnounced(other, current=False)) == (ON, frozenset())


def test_only_the_current_play_can_be_stopped() -> None:
    assert apply(ON, PlayStopped(PLAY))[0].now is None
    assert apply(ON, PlayStopped(replace(PLAY, id="p0"))) == (ON, frozenset())


def test_the_end_of_an_old_session_does_not_end_the_running_one() -> None:
    old = replace(ANNA, id="s0")
    assert apply(ON, SessionEnded(old, EndReason.TAKEN_OVER)) == (ON, frozenset())
    assert apply(ON, SessionEnded(ANNA, EndReason.ENDED))[0] == EMPTY


def test_likes_of_the_current_play_are_counted_and_of_older_ones_not_told() -> None:
    like = LikeGiven(play_id="p1", stage_id="main-floor", guest_id="g", likes=7)
    state, lanes = apply(ON, like)
    assert state.now is not None
    assert state.now.likes == 7
    assert lanes == {Lane.LIKES}
    assert apply(ON, replace(like, play_id="p0")) == (ON, frozenset())


def test_nothing_of_another_stage_is_seen_here() -> None:
    elsewhere = replace(PLAY, stage_id="garden")
    assert apply(ON, PlayAnnounced(elsewhere, current=True)) == (ON, frozenset())
    assert apply(ON, StageOpened(Stage(id="garden", event_id="e", name="Garden"))) == (ON, frozenset())


def test_tempo_votes_are_of_the_current_play_and_go_with_it() -> None:
    vote = TempoVoted("p1", "main-floor", "g", vote=Tempo.FASTER, tally=TempoTally(faster=3))
    state, lanes = apply(ON, vote)
    assert state.now is not None
    assert state.now.tempo == TempoTally(faster=3)
    assert lanes == {Lane.TEMPO}
    assert apply(ON, replace(vote, play_id="p0")) == (ON, frozenset())
    enriched = apply(state, PlayEnriched(replace(PLAY, track=TrackInfo(artist="a", title="other"))))[0]
    assert enriched.now is not None
    assert enriched.now.tempo == TempoTally(faster=3)
    following = apply(state, PlayAnnounced(replace(PLAY, id="p2"), current=True))[0]
    assert following.now is not None
    assert following.now.tempo == TempoTally()


def test_reactions_add_up_within_their_session_only() -> None:
    sent = ReactionSent("main-floor", "s1", "g", reaction=Reaction.THANK_YOU, play_id="p1")
    state = apply(apply(ON, sent)[0], replace(sent, n=2))[0]
    assert state.reactions == {Reaction.THANK_YOU: 3}
    assert apply(state, replace(sent, session_id="s0")) == (state, frozenset())
    over, lanes = apply(state, SessionEnded(ANNA, EndReason.ENDED))
    assert over.reactions == {}
    assert lanes == {Lane.SESSION, Lane.NOW, Lane.REACTIONS}


def test_votes_of_a_poll_are_told_apart_from_it() -> None:
    state, lanes = apply(ON, PollOpened(POLL))
    assert state.poll == POLL
    assert lanes == {Lane.POLL}
    voted = replace(POLL, votes=(0, 1))
    state, lanes = apply(state, PollVoted(voted, "g", 1))
    assert state.poll == voted
    assert lanes == {Lane.POLL_VOTES}
    assert apply(state, PollVoted(replace(voted, id="q0"), "g", 1)) == (state, frozenset())
    over = replace(voted, end=PollEnd.TIME, ended=NOW)
    state, lanes = apply(state, PollClosed(over))
    assert state.poll == over
    assert lanes == {Lane.POLL}


def test_no_word_of_another_stage_is_heard_here() -> None:
    elsewhere = (
        TempoVoted("p1", "garden", "g", vote=Tempo.FASTER, tally=TempoTally(faster=3)),
        ReactionSent("garden", "s1", "g", reaction=Reaction.FIRE, play_id="p1"),
        PollOpened(replace(POLL, stage_id="garden")),
        PollVoted(replace(POLL, stage_id="garden"), "g", 1),
        PollClosed(replace(POLL, stage_id="garden")),
    )
    for event in elsewhere:
        assert apply(ON, event) == (ON, frozenset())
