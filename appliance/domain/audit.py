"""Who did what with a right that others don't have: one record for each such act, written with the act itself.

Names of people are looked up when the trail is read, so that somebody who goes takes theirs along. Nothing a guest
says is in it, and no e-mail address.
"""

from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.models import Stamp

NAME_MOST, DETAIL_MOST = 100, 200


class ActorKind(StrEnum):
    """Who may act. The names are stored."""

    #: somebody with the pass of the setup code
    STAFF = "staff"
    #: somebody who is logged in
    ACCOUNT = "account"
    #: a DJ, by a token or a code of theirs
    DJ = "dj"
    #: whoever sits at the box's own terminal
    TERMINAL = "terminal"
    #: the box by itself
    BOX = "box"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted."""

    kind: ActorKind
    #: of the account or the DJ; empty for the others, who are one each
    id: str = ""


STAFF, TERMINAL, BOX = Actor(ActorKind.STAFF), Actor(ActorKind.TERMINAL), Actor(ActorKind.BOX)


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done."""

    #: noun and participle, such as `token.revoked`
    act: str
    #: what it was done to: the id of an account, a token, an event, a guest ...
    on: str = ""
    #: what that is called, for whoever reads; cut after 100 characters. Not for people with an account
    name: str = ""
    #: the event it belongs to, if it belongs to one
    event_id: str | None = None
    #: what else there is to say, such as "dancer -> dj"; cut after 200 characters
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail as it is read."""

    #: the order; never used twice
    number: int
    deed: Deed
    by: Actor
    #: what the actor is called now; empty when there is no such account any more
    by_name: str
    #: what the account that it was done to is called now; else what the deed says
    on_name: str
    at: Stamp
