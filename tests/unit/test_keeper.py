"""When a failing program is started anew, and when nothing helps any more."""

from itertools import pairwise

import pytest

from appliance.supervision.keeper import GiveUp, Keeper, Restart
from appliance.supervision.patience import WatchdogSection
from appliance.supervision.self_test import Round

SECTION = WatchdogSection(round_s=10, rounds=3, restarts=2)
GOOD = Round()
BAD = Round({"server": "no page"})
PROGRAMS = ("broker", "server")


class Evening:
    """A keeper, and the time between its rounds."""

    def __init__(self, *, gives_up: bool = True) -> None:
        self.now = 1000.0
        self.keeper = Keeper(SECTION, gives_up=gives_up, monotonic=lambda: self.now)

    def rounds(self, *found: Round) -> list[list[object]]:
        steps: list[list[object]] = []
        for one in found:
            self.now += SECTION.round_s
            steps.append(list(self.keeper.after_round(one, programs=PROGRAMS)))
        return steps

    def gone(self, seconds: float, *, every: float = 1.0) -> list[object]:
        """What is done about a program that supervisord gave up, asked again and again."""
        steps: list[object] = []
        for _ in range(int(seconds / every)):
            self.now += every
            steps += self.keeper.after_end("server", "it ends at once")
        return steps


def test_only_rounds_in_a_row_count() -> None:
    assert Evening().rounds(BAD, BAD, GOOD, BAD, BAD, GOOD, BAD, BAD) == [[]] * 8


def test_the_third_failed_round_starts_a_program_anew_and_the_third_time_nothing_helps() -> None:
    again, over = Restart("server", "no page"), GiveUp("server", "no page")
    assert Evening().rounds(*[BAD] * 9) == [[], [], [again], [], [], [again], [], [], [over]]


def test_a_good_round_after_a_restart_forgets_it() -> None:
    evening = Evening()
    for _ in range(5):
        assert evening.rounds(BAD, BAD, BAD, GOOD) == [[], [], [Restart("server", "no page")], []]


def test_each_program_has_its_own_count() -> None:
    broken = Round({"server": "no page", "broker": "deaf"})
    other = Round({"broker": "deaf"})
    assert Evening().rounds(broken, broken, other) == [[], [], [Restart("broker", "deaf")]]


def test_a_program_that_supervisord_gave_up_is_started_with_growing_waits_and_a_bound() -> None:
    steps = Evening().gone(60)
    assert steps[:2] == [Restart("server", "it ends at once")] * 2
    assert set(steps[2:]) == {GiveUp("server", "it ends at once")}
    evening = Evening(gives_up=False)
    times = [evening.now for _ in range(120) if evening.gone(1)]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits[:4] == [2, 4, 8, 10]
    assert set(waits[3:]) == {10}


def test_where_nobody_would_start_the_box_again_it_never_gives_up() -> None:
    steps = [step for found in Evening(gives_up=False).rounds(*[BAD] * 90) for step in found]
    assert steps == [Restart("server", "no page")] * 30


@pytest.mark.parametrize("is_full", [False, True])
def test_a_full_disk_is_no_fault_of_a_program(is_full: bool) -> None:
    found = Round(is_full=is_full)
    assert found.is_good
    assert Evening().rounds(*[found] * 9) == [[]] * 9
