"""Who people are to the box: what an e-mail and a password must be, and how long a login lasts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import accounts
from appliance.domain.accounts import NOTED_EVERY_MS, Account, AccountState, Login, Role
from appliance.domain.models import ClockTrust, Stamp
from appliance.errors import Invalid

DAY_MS = 24 * 3600 * 1000


def code_of(email: str) -> str:
    try:
        accounts.clean_email(email)
    except Invalid as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    "email",
    [
        "a@b",
        "anna@example.org",
        " Anna.O'Hara+x@sub.example.org\n",
        "zoë@exämple.org",
        "用户@例子.中国",
        "a" * 64 + "@b.c",
    ],
)
def test_an_address_of_any_script_is_taken(email: str) -> None:
    assert code_of(email) == ""


@pytest.mark.parametrize(
    "email",
    [
        "",
        " ",
        "anna",
        "@example.org",
        "anna@",
        "a b@c",
        "a@b@c",
        "a@-b",
        "a@.b",
        "<a@b>",
        "a@b,c@d",
        "a@b c",
        "a" * 65 + "@b",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    assert code_of(email) == "email_invalid"


def test_an_address_at_its_limit_is_taken_and_one_past_it_is_not() -> None:
    longest = "a@" + "b" * 252
    assert accounts.clean_email(longest) == longest
    assert code_of(longest + "b") == "email_too_long"


def test_spelling_that_makes_no_other_address_makes_no_other_account() -> None:
    assert accounts.email_key(" Anna@Example.ORG ") == accounts.email_key("anna@example.org")
    assert accounts.email_key("ａnna@example.org") == accounts.email_key("anna@example.org")
    assert accounts.email_key("anna@example.org") != accounts.email_key("anne@example.org")


def refused(password: str, *, email: str = "anna@example.org", name: str = "DJ Anna") -> str:
    try:
        accounts.new_password(password, email=email, name=name)
    except Invalid as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_too_short"),
        ("x" * 7, "password_too_short"),
        ("ab cd ef", ""),
        ("ab cd ef" * 25, ""),
        ("ab cd ef" * 25 + "x", "password_too_long"),
        ("aaaaaaaaaa", "password_too_easy"),
        ("abababab", "password_too_easy"),
        ("PassWord", "password_too_easy"),
        ("12345678", "password_too_easy"),
        ("anna@example.org", "password_too_easy"),
        ("ANNA@EXAMPLE.org", "password_too_easy"),
        ("  spaces count  ", ""),
    ],
)
def test_a_password_is_long_enough_and_not_the_first_that_is_tried(password: str, code: str) -> None:
    assert refused(password) == code


def test_a_name_is_no_password() -> None:
    assert refused("DJ Annabelle", name="dj annabelle") == "password_too_easy"


def test_the_same_characters_are_the_same_password_on_every_keyboard() -> None:
    assert accounts.password_text("cafe\u0301 und tee") == accounts.password_text("caf\u00e9 und tee")


@given(st.text(max_size=accounts.PASSWORD_MAX))
def test_every_password_can_be_hashed(password: str) -> None:
    assert accounts.password_text(password).encode() is not None


def account(role: Role, state: AccountState = AccountState.ACTIVE) -> Account:
    made = Stamp("b", 0, 0, ClockTrust.NONE)
    return Account(id="a", role=role, state=state, name="n", email="e@f", password="$argon2id", created=made)


def test_whoever_waits_may_do_what_a_dancer_may() -> None:
    assert account(Role.ORGANISER).acts_as is Role.ORGANISER
    for state in (AccountState.WAITING, AccountState.DISABLED):
        assert account(Role.ORGANISER, state).acts_as is Role.DANCER


def test_an_account_that_is_printed_shows_neither_address_nor_password() -> None:
    shown = repr(account(Role.ADMIN))
    assert "e@f" not in shown
    assert "argon2" not in shown


@pytest.mark.parametrize(
    ("role", "unused_ms"),
    [(Role.ADMIN, DAY_MS // 2), (Role.ORGANISER, 7 * DAY_MS), (Role.DJ, 30 * DAY_MS), (Role.DANCER, 30 * DAY_MS)],
)
def test_a_login_that_is_not_used_ends(role: Role, unused_ms: int) -> None:
    login = Login(digest="d", account_id="a", began_up_ms=0, seen_up_ms=1000)
    last = 1000 + unused_ms + NOTED_EVERY_MS
    assert accounts.is_good(login, role=role, up_ms=last)
    assert not accounts.is_good(login, role=role, up_ms=last + 1)


def test_a_login_ends_however_much_it_is_used() -> None:
    login = Login(digest="d", account_id="a", began_up_ms=0, seen_up_ms=90 * DAY_MS)
    assert accounts.is_good(login, role=Role.DJ, up_ms=90 * DAY_MS)
    assert not accounts.is_good(login, role=Role.DJ, up_ms=90 * DAY_MS + 1)
