"""What other systems for DJs let happen, and which tests hold that this one does not.

Two lists, as they were counted: what such a system tells of itself, and what was found in it. What no test can hold is
not in them: who runs the tests (14) and which phones take notifications (16). A test that gets another name is named
anew here; one that is gone fails.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

MUST_NOT = "contract/test_what_must_not_happen.py"
#: what happens elsewhere: the tests that it does not happen here
TOLD_OF_THEMSELVES = {
    "1 a notification goes to everybody everywhere": (
        "web/test_nothing_crosses.py::test_every_notification_is_for_the_stage_or_the_event_it_is_of",
        "push/test_announced.py::test_what_was_taken_back_while_the_box_was_offline_rings_nowhere",
    ),
    "2 a token that is right is refused, for it is compared with its hash": (
        "contract/test_store.py::test_a_token_works_until_it_is_taken_back_and_its_name_is_never_used_again",
    ),
    "3 whoever names a set takes it": (f"{MUST_NOT}::test_nobody_takes_a_set_by_naming_it",),
    "4 pages may run what others write into them": (
        "unit/test_webui_files.py::test_no_page_carries_anything_inline_that_the_content_policy_forbids",
        "push/test_guests.py::test_asking_without_end_is_slowed_down_by_address_and_no_address_is_kept",
    ),
    "5 all is told to all": (
        "web/test_nothing_crosses.py::test_no_text_of_another_stage_or_event_is_on_any_phone",
        "web/test_nothing_crosses.py::test_no_lane_of_another_stage_or_event_is_on_any_phone",
    ),
    "6 another code to scan for each DJ": (
        "e2e/test_handover.py::test_two_phones_see_no_empty_moment_while_the_stage_is_handed_over",
    ),
    "7 a restart drops sets and doubles tracks": (
        f"{MUST_NOT}::test_a_reboot_drops_no_set_no_track_and_no_like",
        "integration/test_kill.py::test_the_set_goes_on_after_the_server_was_killed",
    ),
    "8 some likes get lost, knowingly": (
        "integration/test_kill.py::test_200_answered_likes_survive_kill_9_right_after_the_answer",
    ),
    "9 what waited is forgotten once it was sent, and not once it was kept": (
        "e2e/test_voices.py::test_what_is_said_offline_arrives_once_and_is_forgotten_only_then",
    ),
    "10 no internet, no event": (
        "portal/test_phones.py::test_the_page_says_in_plain_words_that_there_is_no_internet",
        "agent/test_carrying.py::test_everything_arrives_in_order_and_once",
    ),
    "11 no limits by what is said": (
        "web/test_abuse.py::test_one_phone_that_floods_is_refused_and_the_others_are_not",
        "e2e/test_voices.py::test_a_phone_that_thanks_too_often_may_still_like",
    ),
    "12 tokens work for ever": (
        "contract/test_tokens.py::test_a_token_that_nobody_uses_does_not_work_for_ever",
        "contract/test_managing.py::test_a_code_works_once_and_no_other_one_does",
    ),
    "13 a like says which track and not when": (
        "unit/test_floor_line.py::test_the_latest_minute_is_at_the_right_and_gaps_lift_the_pen",
        "cloud/test_night_figures.py::test_a_tap_belongs_to_what_was_heard_when_the_hand_began_to_move",
    ),
    "15 one who asks all the time, and sets that everybody must see": (
        "contract/test_voices.py::test_one_poll_runs_on_a_stage_and_not_too_many_in_a_set",
        "web/test_pin.py::test_no_door_tells_anybody_outside_what_is_played_behind_a_pin",
    ),
    "17 every phone costs memory": (
        "hall/test_bad_radio.py::test_phones_that_lose_packets_or_stop_reading_stall_nobody_and_take_little_memory",
    ),
    "18 welcome pages and closed ways": (
        "portal/test_phones.py::test_a_yes_survives_kill_9_and_leaves_no_address",
        "web/test_abuse.py::test_a_page_that_only_asks_counts_after_a_while",
    ),
    "19 what one missed is gone, and nobody knows who got it": (
        "web/test_announcements.py::test_a_dj_tells_the_own_stage_and_late_joiners_see_what_still_counts",
        "web/test_announcements.py::test_how_many_phones_got_it_counts_each_once_by_whatever_way",
        "push/test_kills.py::test_a_sender_killed_at_any_moment_tells_nobody_twice",
    ),
    "20 nobody says that a stage is full, or whose it is": (
        "web/test_venue.py::test_a_phone_goes_straight_to_the_only_stage_and_chooses_among_several",
        f"{MUST_NOT}::test_two_djs_are_never_on_one_stage_unless_one_hands_over",
    ),
}
FOUND_IN_THEM = {
    "1 answered likes vanish, also at an ordinary stop": (
        "integration/test_kill.py::test_200_answered_likes_survive_kill_9_right_after_the_answer",
        "integration/test_kill.py::test_likes_in_flight_at_a_kill_are_all_there_or_not_at_all",
    ),
    "2 a laptop gives up after some minutes": (
        "link/test_carrier.py::test_without_a_box_plays_are_kept_and_the_link_says_that_it_waits",
        "link/test_carrier.py::test_a_thousand_plays_from_eight_hours_without_a_box_arrive_in_a_moment_and_none_is_now",
    ),
    "3 a like is answered and kept nowhere": (f"{MUST_NOT}::test_no_like_is_answered_as_kept_that_is_kept_nowhere",),
    "4 tracks that waited are lost, for they come too fast": (
        "contract/test_links.py::test_an_evening_without_a_box_comes_in_order_and_none_of_it_is_now",
    ),
    "5 what was not answered is dropped with the line": (
        "link/test_carrier.py::test_a_link_killed_at_random_moments_loses_nothing_and_doubles_nothing",
    ),
    "6 a second without Wi-Fi ends the set": (
        f"{MUST_NOT}::test_a_djs_bad_connection_ends_no_set_loses_no_like_and_plays_nothing_twice",
    ),
    "7 a set is taken over by naming it": (f"{MUST_NOT}::test_nobody_takes_a_set_by_naming_it",),
    "8 likes of one DJ show at another": (f"{MUST_NOT}::test_no_djs_likes_are_told_as_another_djs",),
    "9 a poll that its own DJ can't end": (
        f"{MUST_NOT}::test_no_poll_runs_on_because_nobody_answered_and_its_dj_knows_which_it_is",
        "web/test_saying.py::test_a_poll_reaches_everybody_on_the_stage_and_the_dj_who_asked",
        "web/test_saying.py::test_a_poll_ends_by_itself_and_everybody_hears_of_it",
    ),
    "10 each door has limits of its own": (
        "web/test_announcing_forms.py::test_no_door_refuses_what_another_one_takes",
        "unit/test_forms_and_limits.py::test_no_form_takes_more_or_less_than_the_box_does",
    ),
    "11 what was taken back breaks everybody's page": (
        "web/test_announcements.py::test_a_cancelled_one_is_gone_everywhere_and_breaks_nothing",
    ),
    "12 counts and polls of another room": (
        "web/test_nothing_crosses.py::test_no_lane_of_another_stage_or_event_is_on_any_phone",
    ),
    "13 a name with an apostrophe": (
        "web/test_accounts.py::test_a_name_with_an_apostrophe_is_not_accepted_by_one_door_and_lost_at_another",
    ),
    "14 the likes of a long night offline": (
        "e2e/test_long_night.py::test_no_like_of_a_long_night_offline_is_lost_or_counted_twice",
    ),
    "15 each who joins is told to all": (
        "web/test_joining.py::test_no_phone_that_joins_is_told_to_each_of_the_others",
    ),
    "16 one that is slow mutes the room": (
        "web/test_stream.py::test_a_phone_that_stops_reading_is_cut_and_delays_nobody",
    ),
    "17 reactions, likes, votes and subscriptions without end": (
        "web/test_abuse.py::test_one_phone_that_floods_is_refused_and_the_others_are_not",
        "push/test_endpoints.py::test_nothing_else",
    ),
    "18 what becomes known later is not kept, and zero is nothing": (
        f"{MUST_NOT}::test_what_becomes_known_of_a_track_is_stored_and_a_zero_stays_zero",
    ),
    "19 votes after the end": (f"{MUST_NOT}::test_no_answer_after_a_polls_end_is_refused_and_kept_all_the_same",),
    "20 a vote that can't be taken back, and words without an answer": (
        "contract/test_voices.py::test_a_tempo_vote_that_was_taken_back_is_not_kept",
        f"{MUST_NOT}::test_nobody_takes_a_set_by_naming_it",
    ),
    "21 a cloud that starts without the keys it signs with": (
        "push/test_worker.py::test_without_a_contact_nothing_is_sent_and_without_a_key_nothing_is_begun",
    ),
    "22 a tempo of zero costs the track": (f"{MUST_NOT}::test_a_tempo_that_can_not_be_costs_no_track",),
    "23 tests that test copies of the program": (
        "unit/test_weaknesses.py::test_no_file_of_tests_does_without_the_program",
    ),
}
NAMED = [name for held in (TOLD_OF_THEMSELVES, FOUND_IN_THEM) for names in held.values() for name in names]


@cache
def functions_in(path: Path) -> frozenset[str]:
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(one.name for one in found if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_what_is_said_to_be_held_is_held_by_a_test(name: str) -> None:
    path, _, function = name.partition("::")
    assert function in functions_in(TESTS / path), name


def test_no_file_of_tests_does_without_the_program() -> None:
    without = []
    # These two read the program's files and the tests' own.
    of_files = {Path(__file__).name, "test_shape.py"}
    for path in TESTS.glob("*/test_*.py"):
        text = path.read_text(encoding="utf-8")
        if not any(
            f"{word} {package}" in text for word in ("from", "import") for package in ("appliance", "sync", "tests")
        ):
            without.append(path.name)
    assert set(without) <= of_files
