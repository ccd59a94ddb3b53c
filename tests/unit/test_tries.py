"""How often one may try to log in: nobody honest is refused, and whoever guesses is."""

from appliance.web.limits import TooMany
from appliance.web.tries import LOGINS, REGISTRATIONS, Trier, Tries
from tests.unit.test_limits import Hourglass


def took(tries: Tries, who: Trier) -> bool:
    try:
        tries.take(who)
    except TooMany:
        return False
    return True


def someone(number: int, *, browser: bool = True, account: str | None = None, address: str = "hall") -> Trier:
    return Trier(address=address, browser=f"b{number}" if browser else None, account=account or f"a{number}")


def test_a_thousand_people_behind_one_address_log_in_within_a_minute() -> None:
    glass = Hourglass()
    tries = Tries(LOGINS, monotonic=glass)
    for number in range(1000):
        glass.now += 0.06
        if number % 20 == 0:
            assert took(tries, someone(number))  # one in twenty mistypes once
        assert took(tries, someone(number))
        tries.give_back(someone(number))


def test_two_hundred_people_behind_one_address_register_within_three_minutes() -> None:
    glass = Hourglass()
    tries = Tries(REGISTRATIONS, monotonic=glass)
    assert all(took(tries, someone(number)) for number in range(150))
    glass.now += 100
    assert all(took(tries, someone(number)) for number in range(150, 200))


def test_one_browser_that_guesses_is_slowed_down_and_its_neighbour_is_not() -> None:
    tries = Tries(LOGINS, monotonic=Hourglass())
    guesses = [took(tries, Trier("hall", "b1", f"a{n}")) for n in range(20)]
    assert guesses == [True] * 10 + [False] * 10
    assert took(tries, someone(2))


def test_whoever_throws_the_cookie_away_is_counted_by_the_address() -> None:
    tries = Tries(LOGINS, monotonic=Hourglass())
    assert sum(took(tries, someone(n, browser=False)) for n in range(500)) == LOGINS.address[0]
    assert took(tries, someone(501, address="elsewhere"))


def test_one_account_is_not_guessed_from_everywhere_at_once() -> None:
    tries = Tries(LOGINS, monotonic=Hourglass())
    tried = [took(tries, someone(n, account="anna", address=f"at{n}")) for n in range(100)]
    assert sum(tried) == LOGINS.account[0]
    assert took(tries, someone(1000))


def test_the_hall_as_a_whole_has_an_end() -> None:
    glass = Hourglass()
    tries = Tries(LOGINS, monotonic=glass)
    assert sum(took(tries, someone(n, address=f"at{n}")) for n in range(1000)) == LOGINS.hall[0]
    glass.now += 10
    assert sum(took(tries, someone(n, address=f"at{n}")) for n in range(1000, 2000)) == 30


def test_a_flood_of_strangers_keeps_nobody_out_who_has_been_here_for_a_while() -> None:
    for rates in (LOGINS, REGISTRATIONS):
        tries = Tries(rates, monotonic=Hourglass())
        flood = [took(tries, someone(n, browser=False, account=f"flood{n}")) for n in range(500)]
        assert not flood[-1]
        assert not took(tries, Trier("hall", "fresh", "a1"))
        assert all(took(tries, Trier("hall", f"b{n}", f"a{n}", has_stayed=True)) for n in range(900))
        # No more than anybody's: a browser of one's own is needed for it, and has its own limit.
        assert not took(tries, Trier("hall", None, "a0", has_stayed=True))
        assert sum(took(tries, Trier("hall", "one", f"x{n}", has_stayed=True)) for n in range(99)) == rates.browser[0]


def test_strangers_guesses_lock_nobody_out_of_their_own_browser() -> None:
    tries = Tries(LOGINS, monotonic=Hourglass())
    while took(tries, someone(1, account="ada", browser=False)):
        pass
    own = Trier("hall", None, "ada", known_by="ada")
    assert sum(took(tries, own) for _ in range(99)) == LOGINS.known[0]
    assert not took(tries, Trier("elsewhere", None, "ada", known_by="another"))


def test_a_try_that_is_refused_costs_nobody_else_anything() -> None:
    tries = Tries(LOGINS, monotonic=Hourglass())
    for _ in range(1000):
        took(tries, Trier("hall", "b1", "a1"))
    assert sum(took(tries, someone(n, browser=False)) for n in range(2, 500)) == LOGINS.address[0] - LOGINS.browser[0]
