"""A sender that is killed in the middle: nobody is told twice, and what it had begun is all that is lost."""

from pathlib import Path

from tests.push.kills import killed


def test_a_sender_killed_at_any_moment_tells_nobody_twice(swept_postgres: str, tmp_path: Path) -> None:
    found = killed(swept_postgres, tmp_path, kills=3, phones=400, seed=11)
    assert found.twice == 0
    assert found.meant == 1_600
    assert found.meant - found.told <= 3 * 400
    # The last one finished undisturbed.
    assert found.told >= 400
