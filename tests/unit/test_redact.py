"""What may not leave the box is taken out of a line; what is the box's own stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.care.redact import LINE_MOST, redactor

OWN = ("10.42.0.1", "fe80::1", "98d75adbde9ddcdb")


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("phone 10.42.0.77 asks", "phone [address] asks"),
        ("10.42.0.1:8080 serves 10.42.0.77:51234", "10.42.0.1:8080 serves [address]:51234"),
        ("from 127.0.0.77 at 127.0.0.1", "from [address] at 127.0.0.1"),
        ("fe80::aa:bb%eth0 and fe80::1%eth0", "[address] and fe80::1%eth0"),
        ("[2001:db8::1]:443", "[[address]]:443"),
        ("::ffff:10.0.0.5", "[address]"),
        ("2001%3Adb8%3A%3A7", "[address]"),
        ("aa:bb:cc:dd:ee:ff", "[card]"),
        ("AA-BB-CC-DD-EE-FF", "[card]"),
        ("aa%3Abb%3Acc%3Add%3Aee%3Aff", "[card]"),
        ("aabb.ccdd.eeff", "[card]"),
        ("card aabbccddeeff", "card [id]"),
        ("guest 0123456789abcdef01234567 likes", "guest [id] likes"),
        ("box 98d75adbde9ddcdb", "box 98d75adbde9ddcdb"),
        ("token pk_dj_Ab-9_xyz", "token [token]"),
        ("login pk_login_Ab-9_xyz", "login [token]"),
        ("Anna <anna.o@sub.example.org>, hi", "Anna <[email]>, hi"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [token]"),
        ("Authorization: Basic YTpi", "Authorization: Basic [token]"),
        ("Cookie: pika_guest=ab.cd; other=1", "Cookie: [cookie]"),
        ("'set-cookie': 'pika_staff=ab'", "'set-cookie': [cookie]"),
        ("sent pika_guest=ab.cd; yes", "sent pika_guest=[cookie]; yes"),
        ("use K7QM2-X9F4T now", "use [code] now"),
        ('passphrase = "hush hush"', "passphrase = [secret]"),
        ('passphrase = "********"', 'passphrase = "********"'),
        ("psk=hush", "psk=[secret]"),
        ("said dance all night aloud", "said [secret] aloud"),
        ("User-Agent: Mozilla/5.0 (iPhone; CPU)", "User-Agent: [browser]"),
        ("2026-11-20 21:14:03,120 INFO a.b: std::string ok", "2026-11-20 21:14:03,120 INFO a.b: std::string ok"),
        ("listening on 0.0.0.0 and ::", "listening on 0.0.0.0 and ::"),
    ],
)
def test_secrets_and_what_tells_phones_apart_are_taken_out(line: str, left: str) -> None:
    assert redactor(own=OWN, secrets=["dance all night", ""])(line) == left


def test_a_line_without_end_is_cut_at_a_word_so_that_no_half_of_a_secret_stays() -> None:
    line = "x " * (LINE_MOST // 2 - 8) + "pk_dj_0123456789abcdefghijkl"
    left = redactor()(line)
    assert left.endswith("x [cut]")
    assert "pk_dj" not in left


@given(st.ip_addresses(), st.sampled_from([" {} ", "[{}]", "={};", "'{}'", "({})", "{}\n", "from={}"]))
def test_no_address_of_another_gets_through(address: object, around: str) -> None:
    text = str(address)
    if text in {"127.0.0.1", "::1", "0.0.0.0", "::"}:
        return
    assert text not in redactor()(around.format(text)).split("[address]")[0]
    assert "[address]" in redactor()(around.format(text))


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(redactor(own=OWN, secrets=["a", "\\", "("])(text), str)
