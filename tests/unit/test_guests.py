"""Who a phone is: another guest at each event, and nobody can tell that the two are one."""

from appliance.domain.guests import guest_at, new_phone
from tests.bench.server import guest_of

ONE, OTHER = b"1" * 32, b"2" * 32


def test_a_phone_is_the_same_guest_at_an_event_each_time_and_another_at_the_next() -> None:
    phone = new_phone()
    assert guest_at(phone, key=ONE) == guest_at(phone, key=ONE)
    assert guest_at(phone, key=ONE) != guest_at(phone, key=OTHER)
    assert guest_at(phone, key=ONE) != guest_at(new_phone(), key=ONE)


def test_neither_the_phone_nor_a_part_of_it_is_in_its_guests() -> None:
    phone = new_phone()
    guest = guest_at(phone, key=ONE)
    assert len(guest) == len(phone) == 24
    assert not {phone[n : n + 8] for n in range(17)} & {guest[n : n + 8] for n in range(17)}


def test_the_bench_finds_guests_by_the_same_rule_without_the_box_s_code() -> None:
    assert guest_of(b"pika_guest=abc123.00ff", key=ONE) == guest_at("abc123", key=ONE)
