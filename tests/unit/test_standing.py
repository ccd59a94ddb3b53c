"""Whose words count: a thousand fresh cookies from one phone are one phone, and nobody honest is left out."""

from appliance.domain.standing import (
    LOOKING_MOST,
    LOOKS_APART_MS,
    ROOM_AFTER_MS,
    UNSEEN_MOST,
    Standing,
)

HALL = "10.0.0.1"
MINUTE_MS = 60_000


class Hall:
    """Guests by name, at a time that tests turn."""

    def __init__(self, *, per_address: int | None = None, most: int = 20_000) -> None:
        self.standing = Standing(per_address=per_address, most=most)
        self.now_ms = 1_000

    def opens(self, guest: str, address: str = HALL) -> bool:
        return self.standing.opened(guest, where=lambda: address, now_ms=self.now_ms)

    def closes(self, guest: str) -> None:
        self.standing.closed(guest, now_ms=self.now_ms)

    def looks(self, guest: str, address: str = HALL) -> bool:
        return self.standing.looked(guest, where=lambda: address, now_ms=self.now_ms)

    def counts(self, guest: str, address: str = HALL) -> bool:
        return self.standing.counts(guest, where=lambda: address, now_ms=self.now_ms)

    def counted(self, guests: list[str], address: str = HALL) -> int:
        return sum(self.counts(guest, address) for guest in guests)

    def pass_ms(self, ms: int) -> None:
        self.now_ms += ms


def names(count: int, kind: str = "g") -> list[str]:
    return [f"{kind}{number}" for number in range(count)]


def test_a_thousand_fresh_cookies_of_one_phone_move_a_tally_of_a_thousand_by_less_than_one_percent() -> None:
    hall = Hall()
    honest, fresh = names(1000), names(1000, "fresh")
    for guest in honest:
        hall.opens(guest)
    assert hall.counted(honest) == 1000
    assert hall.counted(fresh, "10.0.0.66") < 10
    # Not even from the hall's own address, behind which everybody is.
    assert hall.counted(names(1000, "inside")) < 10


def test_loading_the_page_again_and_again_with_fresh_cookies_makes_no_crowd() -> None:
    hall, fresh = Hall(), names(1000, "fresh")
    for _ in range(4):
        for guest in fresh:
            hall.looks(guest, "10.0.0.66")
        hall.pass_ms(LOOKS_APART_MS)
    assert hall.counted(fresh, "10.0.0.66") <= LOOKING_MOST


def test_a_thousand_phones_behind_one_address_all_count_at_once() -> None:
    hall = Hall()
    assert [hall.opens(guest) for guest in names(1000)] == [True] * 1000
    assert hall.counted(names(1000)) == 1000


def test_where_streams_do_not_get_through_whoever_keeps_looking_counts() -> None:
    hall = Hall()
    for guest in names(40, "streams"):
        hall.opens(guest)
    quiet = names(30, "looks")
    assert not any(hall.looks(guest) for guest in quiet)
    hall.pass_ms(LOOKS_APART_MS - 1)
    assert not any(hall.looks(guest) for guest in quiet)
    hall.pass_ms(1)
    assert all(hall.looks(guest) for guest in quiet)
    assert hall.counted(quiet) == 30


def test_a_few_of_each_address_count_before_anybody_has_seen_them() -> None:
    hall = Hall()
    assert hall.counted(names(10), "10.0.0.7") == UNSEEN_MOST
    assert hall.counted(names(1, "other"), "10.0.0.8") == 1


def test_whoever_turns_out_to_be_there_counts_from_then_on_and_is_told_so_once() -> None:
    hall = Hall()
    assert hall.counted(names(3)) == 2
    assert not hall.counts("g2")
    assert hall.opens("g2")
    assert not hall.opens("g2")
    assert hall.counts("g2")
    hall.closes("g2")
    hall.closes("g2")
    hall.pass_ms(3 * 60 * MINUTE_MS)
    # What was tapped without connection comes before the page has its stream again.
    assert hall.counts("g2")


def test_where_one_address_is_one_phone_only_a_few_of_its_guests_count_whatever_they_open() -> None:
    hall = Hall(per_address=4)
    assert sum(hall.opens(guest, "10.0.0.9") for guest in names(100)) == 4
    assert hall.counted(names(100), "10.0.0.9") == 4
    # Other phones are not their fault.
    assert hall.opens("other", "10.0.0.10")


def test_a_place_is_free_again_when_its_guest_has_been_gone_for_long() -> None:
    hall = Hall(per_address=4)
    for guest in names(4):
        assert hall.opens(guest)
    for guest in names(3):
        hall.closes(guest)
    hall.pass_ms(ROOM_AFTER_MS - 1)
    assert not hall.opens("next")
    hall.pass_ms(MINUTE_MS + 2)
    # One still has the page open; the three others have gone home.
    assert [hall.opens(guest) for guest in ("next", "after", "third", "fourth")] == [True, True, True, False]


def test_a_guest_who_is_forgotten_is_new_the_next_time() -> None:
    hall = Hall()
    hall.opens("a")
    hall.standing.forget("a")
    hall.standing.forget("a")
    hall.closes("a")
    assert hall.standing.guests() == 0
    assert hall.opens("a")


def test_made_up_guests_fill_no_memory_and_push_nobody_out_who_is_there() -> None:
    hall = Hall(most=100)
    there = names(20, "there")
    for guest in there:
        hall.opens(guest)
    hall.counted(names(5_000, "fresh"), "10.0.0.66")
    assert hall.standing.guests() == 100
    assert hall.counted(there) == 20
    assert not any(hall.opens(guest) for guest in there)


def test_made_up_addresses_fill_no_memory() -> None:
    hall = Hall(most=50)
    for number in range(1_000):
        hall.counts(f"g{number}", f"fe80::{number:x}")
        hall.pass_ms(MINUTE_MS)
    assert len(hall.standing._addresses) <= 51
