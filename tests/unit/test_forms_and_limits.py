"""What a form lets people type is what the box takes: no less, so that nothing is cut, and no more, so that nobody
types for nothing.
"""

import re
from pathlib import Path

import pytest

from appliance.domain import accounts, announcements, handover, house, players, polls, rules
from appliance.domain.schedule import slots
from appliance.usecases import people
from appliance.usecases.schedule import repeats
from appliance.web import announcing

PAGES = Path(__file__).parents[2] / "webui" / "pages"
FIELD = re.compile(r'<(?:input|textarea)[^>]*?\bname="([a-z_]+)"[^>]*?\bmaxlength="([0-9]+)"')
#: by field, for all pages: what the box takes
TAKEN = {
    "artist": {rules.TEXT_MAX},
    "title": {rules.TEXT_MAX, slots.TITLE_MAX},  # of a track, and of a slot
    "key": {rules.KEY_MAX},
    "name": {rules.NAME_MAX},
    "new_name": {rules.NAME_MAX},
    "stage_name": {rules.NAME_MAX},
    "email": {accounts.EMAIL_MAX},
    "password": {accounts.PASSWORD_MAX},
    "device": {people.DEVICE_MAX},
    "text": {announcements.TEXT_MAX},
    "question": {polls.QUESTION_MAX},
    "note": {handover.NOTE_MAX},
    "word": {slots.WORD_MAX},
    "tag": {players.TAG_MAX},
}
#: of these a form may take more, for blanks around them, or the limit is the form's own
ROOMY = {"accent", "bpm", "code", "genres", "like", "options", "pin", "q", "zone"}


def fields() -> list[tuple[str, str, int]]:
    """Every field with a limit: its page, its name, the limit."""
    return [
        (path.name, name, int(most))
        for path in sorted(PAGES.glob("*.html"))
        for name, most in FIELD.findall(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("page", "name", "most"), fields())
def test_no_form_takes_more_or_less_than_the_box_does(page: str, name: str, most: int) -> None:
    assert name in ROOMY or most in TAKEN[name], (page, name, most)


def test_a_poll_at_its_limits_fits_into_its_form() -> None:
    longest = "\r\n".join(["x" * polls.OPTION_MAX] * polls.OPTIONS_MOST)
    found = [most for _, name, most in fields() if name == "options"]
    assert found
    assert all(most >= len(longest) for most in found)


def test_as_many_genres_as_the_house_takes_fit_into_its_form() -> None:
    longest = "\r\n".join(["x" * house.GENRE_MAX] * house.GENRES_MOST)
    assert [most >= len(longest) for _, name, most in fields() if name == "genres"] == [True]


def test_every_search_and_every_duration_that_a_form_offers_is_taken() -> None:
    assert all(most <= repeats.SEARCH_MOST for _, name, most in fields() if name == "q")
    assert len(announcing.DURATIONS) > 3
    assert all(announcements.DURATION_MIN_S <= one <= announcements.DURATION_MAX_S for one in announcing.DURATIONS)
