"""Guests with their links: their likes of a night, what they want to be told, and how they are forgotten.

A link is a box's id and a secret; the cloud keeps the secret's digest only, by which the box told of it. What is said
with a link nobody told of yet is kept for a while: phones may be quicker than boxes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.errors import NotKnown
from sync.cloud.derive.projecting import Box, forget
from sync.cloud.push import endpoints, letters
from sync.cloud.push.endpoints import Endpoint, Services
from sync.cloud.push.letters import Keys
from sync.cloud.push.reading import forget_links
from sync.cloud.store.ports import Database, Row, Tx

#: browsers of one link; the latest stay
BROWSERS_MOST = 16
#: topics of one browser
TOPICS_MOST = 40
#: a browser whose link no box told of is kept for this long, milliseconds
UNCLAIMED_FOR_MS = 60 * 24 * 3600 * 1000
_LIKES_MOST = 500


@dataclass(frozen=True, slots=True)
class Link:
    """What a guest's phone showed."""

    box: str
    #: of its secret
    digest: str


def link(box: str, secret: str) -> Link:
    """The link with this secret, which is forgotten here."""
    return Link(box, hashlib.sha256(secret.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Browser:
    """A subscription that something can be sealed for and sent to."""

    endpoint: Endpoint
    keys: Keys

    @property
    def phone(self) -> str:
        """The browser's id: the same by whatever link it comes, and after it left and came back."""
        return phone_of(self.endpoint.url)


def phone_of(endpoint: str) -> str:
    """The id of the browser with this endpoint."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:20]


def browser(endpoint: str, keys: Keys, *, services: Services = endpoints.KNOWN) -> Browser:
    """A subscription, looked at. Raises: Invalid with the code `endpoint_refused` or `subscription_broken`."""
    return Browser(endpoints.allowed(endpoint, services=services), letters.checked(keys))


@dataclass(frozen=True, slots=True)
class Liked:
    """A track that the guest liked."""

    artist: str
    title: str
    dj: str
    #: when it began, milliseconds of Unix time; None where nobody knows
    began_ms: int | None


@dataclass(frozen=True, slots=True)
class GuestsNight:
    """What a link shows."""

    event: str
    #: id and name
    stages: Sequence[tuple[str, str]]
    likes: Sequence[Liked]


async def keep(tx: Tx, digest: str, subscriber: Browser, *, stages: Sequence[str], now_ms: int) -> None:
    """From now on this browser is told of these topics by this link, and of no other."""
    phone = subscriber.phone
    row = await tx.one(
        "add_push_subscription",
        id=hashlib.sha256(f"{digest} {phone}".encode()).hexdigest()[:20],
        digest=digest,
        phone=phone,
        endpoint=subscriber.endpoint.url,
        p256dh=subscriber.keys.p256dh,
        auth=subscriber.keys.auth,
        now_ms=now_ms,
    )
    assert row is not None
    await tx.run("drop_push_topics", id=row["id"])
    await tx.many("add_push_topic", [{"id": row["id"], "stage": stage} for stage in sorted(set(stages))])
    await tx.run("bound_push_subscriptions", digest=digest, most=BROWSERS_MOST)


async def topics(tx: Tx, digest: str, *, endpoint: str) -> list[str]:
    """What the browser with this endpoint wants to hear by this link; nothing where it does not."""
    rows = await tx.all("push_subscription", digest=digest, phone=phone_of(endpoint))
    return [row["stage_id"] for row in rows]


async def leave(database: Database, asked: Link, *, endpoint: str) -> None:
    """The browser wants nothing any more by this link. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        await tx.run("drop_push_subscription", digest=asked.digest, phone=phone_of(endpoint))


async def _claim(tx: Tx, asked: Link) -> Row | None:
    claim = await tx.one("push_claim", digest=asked.digest)
    return claim if claim is not None and claim["box_id"] == asked.box else None


async def night(database: Database, asked: Link) -> GuestsNight | None:
    """What a link shows; None while its box has not told of it. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        claim = await _claim(tx, asked)
    if claim is None:
        return None
    where = {"org": claim["org_id"], "box": claim["box_id"], "event": claim["event_id"]}
    async with database.transaction(org=claim["org_id"]) as tx:
        event = await tx.one("push_night", **where)
        stages = await tx.all("push_stages", **where)
        likes = await tx.all("push_likes", **where, guest=claim["guest"], most=_LIKES_MOST)
    return GuestsNight(
        event["name"] if event else "",
        [(row["id"], row["name"]) for row in stages],
        [Liked(row["artist"], row["title"], row["dj"], row["began_ms"]) for row in likes],
    )


async def forget_all(database: Database, asked: Link) -> None:
    """Forgets the guest of a link: the browsers, the link, and what the guest said that night.

    Nothing goes back to the box, which forgets by itself. Raises: NotKnown with the code `link_unknown` while the box
    has not told of it, so that nobody believes to be forgotten who is not; Unavailable.
    """
    async with database.transaction(org=None) as tx:
        claim = await _claim(tx, asked)
        if claim is None:
            await tx.run("drop_push_subscriptions", digest=asked.digest)
        else:
            await forget(tx, Box(claim["org_id"], claim["box_id"]), guest=claim["guest"], event=claim["event_id"])
            await forget_links(tx, org=claim["org_id"], box=claim["box_id"], guest=claim["guest"])
    if claim is None:
        raise NotKnown("link_unknown", "This night's box has not reported yet.", advice="Come back later.")
