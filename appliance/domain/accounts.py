"""Who people are to the box: accounts with a role, how long a login lasts, what an e-mail and a password must be.

Pure. A guest has no account; staff with the pass of the setup code have none either, and may do what an admin may.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.domain import audit
from appliance.domain.audit import Actor, ActorKind
from appliance.domain.models import Stamp
from appliance.domain.rules import clean_text
from appliance.errors import Invalid

EMAIL_MAX = 254
PASSWORD_MIN, PASSWORD_MAX = 8, 200
LOGIN_PREFIX = "pk_login_"
#: a login's last use is noted no more often: the disk has better things to do
NOTED_EVERY_MS = 3600 * 1000

# What an address looks like, not whether it exists: the box sends no mail. Letters of every script may be in it.
_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}")
_DOMAIN = re.compile(r"[^\s@<>()\[\],;:\\\"._-][^\s@<>()\[\],;:\\\"]*")
#: what people type where they are asked for eight characters, and what guessers try first
_TRIED_FIRST = frozenset({"password", "passwort", "12345678", "123456789", "1234567890", "qwertyui", "qwertyuiop"})
_FEWEST_DIFFERENT = 3


class Role(StrEnum):
    """What an account is for, the least first. The names are stored."""

    #: somebody who dances, and wants to be known again
    DANCER = "dancer"
    #: plays
    DJ = "dj"
    #: runs events of their own
    ORGANISER = "organiser"
    #: runs the box
    ADMIN = "admin"

    @property
    def is_approved(self) -> bool:
        """Whether somebody has to say yes before it counts."""
        return self is not Role.DANCER


#: what people may ask to be by themselves
REGISTERS_AS = (Role.DANCER, Role.DJ, Role.ORGANISER)


class AccountState(StrEnum):
    """Where an account stands. The names are stored."""

    #: wants to be a DJ or an organiser, and nobody has said yes yet: may do what a dancer may
    WAITING = "waiting"
    ACTIVE = "active"
    #: an admin said no, or switched it off: can't log in
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with an e-mail and a password."""

    #: short random id
    id: str
    #: what the account is for, once it was approved
    role: Role
    #: where it stands
    state: AccountState
    #: as people are to see them; a DJ's is the name that dancers see
    name: str
    #: as it was typed; never leaves the box, in no log
    email: str = field(repr=False)
    #: argon2id, or None until the one-time code was used
    password: str | None = field(repr=False)
    #: when it was made
    created: Stamp
    #: the DJ that this account is; None for others, and for those who wait
    dj_id: str | None = None

    @property
    def acts_as(self) -> Role:
        """What the account may do now."""
        return self.role if self.state is AccountState.ACTIVE else Role.DANCER


@dataclass(frozen=True, slots=True)
class Login:
    """A browser or a program that somebody is logged in with. Time is the box's up-time over all its boots."""

    #: SHA-256 of the secret in the cookie, in hexadecimal
    digest: str = field(repr=False)
    account_id: str
    #: up-time when it began
    began_up_ms: int
    #: up-time when it was last noted to be used
    seen_up_ms: int


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is logged in."""

    #: what they may do now
    role: Role
    #: None for staff with the pass of the setup code
    account: Account | None

    @property
    def actor(self) -> Actor:
        """Who that is in the trail of privileged acts."""
        return Actor(ActorKind.ACCOUNT, self.account.id) if self.account else audit.STAFF

    @property
    def is_admin(self) -> bool:
        """Whether everything on the box is theirs to decide."""
        return self.role is Role.ADMIN

    @property
    def is_organiser(self) -> bool:
        """Whether they may run events; an admin may run all."""
        return self.role in {Role.ORGANISER, Role.ADMIN}


#: whoever has redeemed the setup code
STAFF = Person(role=Role.ADMIN, account=None)

_HOUR_MS, _DAY_MS = 3600 * 1000, 24 * 3600 * 1000
#: how long a login lasts without being used, by what it may do; in up-time, so a box in its case stops the clock
_UNUSED_MS = {Role.DANCER: 30 * _DAY_MS, Role.DJ: 30 * _DAY_MS, Role.ORGANISER: 7 * _DAY_MS, Role.ADMIN: 12 * _HOUR_MS}
#: and however much it is used
_LONGEST_MS = 90 * _DAY_MS


def is_good(login: Login, *, role: Role, up_ms: int) -> bool:
    """Whether a login still counts at an up-time."""
    # What was noted last may be up to an hour older than the last use.
    unused_ms = up_ms - login.seen_up_ms - NOTED_EVERY_MS
    return unused_ms <= _UNUSED_MS[role] and up_ms - login.began_up_ms <= _LONGEST_MS


def email_key(email: str) -> str:
    """Folds spelling that does not make another address: case, width and compatibility forms."""
    return unicodedata.normalize("NFKC", email.strip()).casefold()


def clean_email(email: str) -> str:
    """An e-mail address as it may be kept.

    Raises: Invalid with the code `email_invalid` or `email_too_long`.
    """
    cleaned = clean_text(email)
    if len(cleaned) > EMAIL_MAX:
        raise Invalid("email_too_long", f"An e-mail address has at most {EMAIL_MAX} characters.")
    local, at, domain = cleaned.rpartition("@")
    if not (at and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise Invalid("email_invalid", "This is not an e-mail address.", advice="It looks like anna@example.org.")
    return cleaned


def password_text(password: str) -> str:
    """A password as it is hashed: the same characters are the same password on every keyboard.

    Raises: Invalid with the code `password_too_long`.
    """
    if len(password) > PASSWORD_MAX:
        raise Invalid("password_too_long", f"A password has at most {PASSWORD_MAX} characters.")
    # One character may become eighteen, and a lone surrogate can't be written as UTF-8.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode("utf-8")


def new_password(password: str, *, email: str, name: str) -> str:
    """A password that somebody chooses, as it is hashed.

    Raises: Invalid with the code `password_too_short`, `password_too_long` or `password_too_easy`.
    """
    text = password_text(password)
    if len(text) < PASSWORD_MIN:
        raise Invalid(
            "password_too_short",
            f"The password has fewer than {PASSWORD_MIN} characters.",
            advice="Three words are easy to keep in mind.",
        )
    folded = email_key(text)
    own = {email_key(email), email_key(email).partition("@")[0], email_key(name)}
    if folded in _TRIED_FIRST | own or len(set(folded)) < _FEWEST_DIFFERENT:
        raise Invalid(
            "password_too_easy",
            "Whoever guesses tries this password first.",
            advice="Three words are easy to keep in mind.",
        )
    return text
