"""What everybody at a stage sees, as things happen."""

from dataclasses import replace

from appliance.domain.events import LikeGiven, PlayAnnounced, PlayStopped, SessionEnded, SessionStarted, StageOpened
from appliance.domain.live_state import Lane, StageState, apply
from appliance.domain.models import ClockTrust, EndReason, Play, Session, Stage, Stamp, TrackInfo

NOW = Stamp(boot="b", boot_ms=1, wall_ms=1, trust=ClockTrust.SAVED)
STAGE = Stage(id="main-floor", event_id="e", name="Main Floor")
ANNA = Session(id="s1", stage_id="main-floor", dj_id="anna", dj_name="DJ Anna", started=NOW, seen=NOW)
PLAY = Play(id="p1", session_id="s1", stage_id="main-floor", track=TrackInfo(artist="a", title="t"), heard=NOW)
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
