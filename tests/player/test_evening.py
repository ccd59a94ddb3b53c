"""The short form of `./box chaos player`."""

from pathlib import Path

from tests.chaos.player import player


def test_an_evening_of_the_house_player_before_a_hall_has_music_whatever_falls(tmp_path: Path) -> None:
    outcome = player(tmp_path, rounds=5, seed=1)
    print(*outcome.notes)
    assert outcome.faults == []
    assert outcome.checked > 50
