"""The short form of `./box chaos`: a few rounds of each kind."""

from pathlib import Path

from tests.chaos.damage import damage
from tests.chaos.images import images
from tests.chaos.kills import kills
from tests.chaos.ledger import Answered, faults
from tests.chaos.link import link
from tests.storage.databases import play_songs


def test_everything_answered_survives_kill_9_of_everything_under_load(tmp_path: Path) -> None:
    outcome = kills(tmp_path, rounds=3, seed=1)
    assert outcome.faults == []
    assert outcome.checked > 50


def test_a_copy_of_the_card_at_any_instant_boots_with_everything_answered(tmp_path: Path) -> None:
    outcome = images(tmp_path, rounds=2, seed=2)
    assert outcome.faults == []
    assert outcome.checked > 20


def test_a_box_plays_whatever_a_bad_card_did_to_its_database(tmp_path: Path) -> None:
    outcome = damage(tmp_path, rounds=40, seed=3)
    assert outcome.faults == []
    assert "from the copy" in outcome.notes[0]


def test_a_dj_s_night_arrives_once_in_order_and_never_late_as_now_however_often_everything_is_killed(
    tmp_path: Path,
) -> None:
    outcome = link(tmp_path, rounds=40, seed=5)
    assert outcome.faults == []
    assert (outcome.rounds, outcome.checked) == (40, 40)


def test_the_auditor_sees_what_is_missing(tmp_path: Path) -> None:
    play_songs(tmp_path / "box.db", 0, 2)
    assert faults(tmp_path / "box.db", Answered(plays={"p0", "p1"}, likes={("p0", "g0")})) == []
    found = faults(tmp_path / "box.db", Answered(plays={"p9"}, likes={("p0", "g7")}, modes=["party"], modes_asked=1))
    assert [words.split(" (")[0] for words in found] == [
        "like",
        "journaled like",
        "play",
        "journaled play",
        "0 changes of the mode, 1 answered",
    ]
