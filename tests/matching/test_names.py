"""One recording under many names, and many recordings under nearly one."""

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.alike import alike
from appliance.domain.identity import APPLIED_FROM, Reason
from appliance.domain.naming import fold, named
from appliance.matching.index import NameIndex
from appliance.matching.nearness import near
from appliance.ports.identity import TrackName
from tests.matching.pairs import measured, pairs

#: sounds that titles are made of
_SYLLABLES = re.findall("..", "balomirutanesokavidopegashilumartesobrakeltorisvazofihalde")


def test_what_is_shown_without_a_person_is_right_and_little_is_missed() -> None:
    figures = measured(pairs())
    print(f"\n{figures.table()}")
    assert sum(map(sum, figures.counts.values())) >= 200
    assert figures.precision == 1.0
    assert figures.recall >= 0.97
    assert figures.recall_with_people == 1.0
    # What only a person can tell is asked, and of what is something else hardly anything.
    assert figures.counts["maybe"][1] == sum(figures.counts["maybe"])
    assert figures.counts["other"][1] <= 4


@pytest.mark.parametrize(("name", "recall"), [("unseen.txt", 0.95), ("mess.txt", 0.97), ("later.txt", 0.92)])
def test_it_is_as_right_on_names_that_were_not_looked_at_before_and_on_those_that_nobody_tidied(
    name: str, recall: float
) -> None:
    figures = measured(pairs(name))
    print(f"\n{figures.table()}")
    assert figures.precision == 1.0
    assert figures.recall >= recall


def test_it_does_not_matter_which_of_two_names_is_the_known_one() -> None:
    for pair in (*pairs(), *pairs("unseen.txt"), *pairs("mess.txt"), *pairs("later.txt")):
        there = alike(named(*pair.said), named(*pair.known), near=near).confidence
        back = alike(named(*pair.known), named(*pair.said), near=near).confidence
        assert there == pytest.approx(back), pair.shown()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_name_is_it_is_itself_or_says_nothing(artist: str, title: str, other: str) -> None:
    one, another = named(artist, title), named(other, title)
    like = alike(one, one, near=near)
    assert like.confidence >= APPLIED_FROM or like.reason in {Reason.NOTHING, Reason.TITLE_ONLY}
    assert 0 <= alike(one, another, near=near).confidence <= 1
    assert fold(fold(title)) == fold(title) or not fold(title).isascii() or "_" in title


def test_a_long_hostile_title_costs_no_time() -> None:
    began = time.perf_counter()
    for title in ("(" * 500, "feat. " * 90, " - " * 160, "a (b) " * 80, "[({" * 160, "\u0301" * 500, "x " * 250):
        alike(named(title, title), named("A", title), near=near)
    assert time.perf_counter() - began < 0.5


def _names(count: int) -> list[TrackName]:
    chance = random.Random(7)

    def words(least: int, most: int) -> str:
        return " ".join(
            "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 3))).capitalize()
            for _ in range(chance.randint(least, most))
        )

    return [TrackName(number, f"t{number}", words(1, 3), words(1, 5), False) for number in range(1, count + 1)]


@pytest.mark.alone
def test_a_name_is_found_among_twenty_thousand_within_fifty_milliseconds() -> None:
    names = _names(20_000)
    index = NameIndex()
    index.put(names)
    chance = random.Random(3)
    took: list[float] = []
    for name in chance.sample(names, 60):
        # A letter is missing in the longest word; or nothing; or it is turned; or it is of another artist.
        longest = max(name.title.split(), key=len)
        slip = name.title.replace(longest, longest[:3] + longest[4:]) if len(longest) > 8 else name.title
        for artist, title in (
            (name.artist, slip),
            (name.artist, f"{name.title} (Radio Edit)"),
            (name.title, name.artist),
        ):
            began = time.perf_counter()
            found = index.find(artist, title)
            took.append(time.perf_counter() - began)
            is_slip_of_little = title == slip != name.title and len(name.title) < 12
            assert is_slip_of_little or (found and found[0].track_id == name.track_id), (artist, title, name)
        began = time.perf_counter()
        assert not [one for one in index.find("Somebody Else", name.title) if one.likeness.confidence >= APPLIED_FROM]
        took.append(time.perf_counter() - began)
    took.sort()
    print(f"\nmedian {took[len(took) // 2] * 1000:.1f} ms, 99 % {took[int(len(took) * 0.99)] * 1000:.1f} ms")
    assert took[int(len(took) * 0.99)] < 0.05
