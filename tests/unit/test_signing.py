"""Signed cookie values."""

from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import signing

KEY = b"k" * 32


def test_what_was_signed_is_recognised() -> None:
    assert signing.verify(signing.sign("abc", key=KEY, purpose="guest"), key=KEY, purpose="guest") == "abc"


def test_another_key_or_purpose_is_not() -> None:
    signed = signing.sign("abc", key=KEY, purpose="guest")
    assert signing.verify(signed, key=b"x" * 32, purpose="guest") is None
    assert signing.verify(signed, key=KEY, purpose="staff") is None


@given(st.text(max_size=80))
def test_anything_else_is_refused_and_never_raises(text: str) -> None:
    assert signing.verify(text, key=KEY, purpose="guest") is None


@given(st.integers(0, 35), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_changed_character_breaks_the_signature(position: int, char: str) -> None:
    signed = signing.sign("abc", key=KEY, purpose="guest")
    changed = signed[:position] + char + signed[position + 1 :]
    if changed != signed:
        assert signing.verify(changed, key=KEY, purpose="guest") is None
