"""A message sealed for one phone, and the proof of who sends it. The only place that knows pywebpush and py_vapid.

pywebpush seals (RFC 8291) and is not used to send: it follows redirects, waits without end, and its `webpush` writes
the first service's name into the claims for all. VAPID (RFC 8292) is signed once for each service and kept for hours.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.hazmat.primitives.serialization import load_pem_private_key as load_key
from py_vapid import Vapid02

from appliance.errors import Invalid
from sync.cloud.push.intents import Intent

#: a service must take 4096 bytes (RFC 8030, 7.2); what sealing adds is in this
PLAIN_MOST = 3800
#: of a subscription (RFC 8291, 3.2)
_SECRET_BYTES = 16
#: signed for this long; services refuse more than a day
_VALID_S = 12 * 3600
#: and used for this long, so that a clock that is a little off does no harm
_USED_S = 6 * 3600


@dataclass(frozen=True, slots=True)
class Keys:
    """What a browser gave us to seal for it, base64url as it came."""

    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


def new_key() -> bytes:
    """A VAPID key, PEM. Whoever loses it has lost every subscription, so it is made once, on purpose."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_key(pem: bytes) -> bytes:
    """The key that browsers subscribe with: an uncompressed point, 65 bytes."""
    key = load_key(pem, None)
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def checked(keys: Keys) -> Keys:
    """Keys that something can be sealed for. Raises: Invalid with the code `subscription_broken`."""
    seal(b"?", keys)
    return keys


def seal(plain: bytes, keys: Keys) -> bytes:
    """The body of a push message, `aes128gcm`. Raises: Invalid with the code `subscription_broken`."""
    # Late: what it imports binds a socket, to see whether there is IPv6.
    from pywebpush import WebPusher, WebPushException  # noqa: PLC0415

    broken = Invalid("subscription_broken", "Nothing can be sealed for this subscription.", advice="")
    try:
        pusher = WebPusher({"endpoint": "", "keys": {"p256dh": keys.p256dh, "auth": keys.auth}})
        if len(pusher.auth_key or b"") != _SECRET_BYTES:
            raise broken
        body: bytes = pusher.encode(plain)["body"]
    except (ValueError, TypeError, IndexError, WebPushException) as error:
        raise broken from error
    return body


def plain_text(intent: Intent, *, site: str, tag: str) -> bytes:
    """What the phone shows, as Declarative Web Push: Safari shows it without a script, our worker reads the same.

    `site` is the cloud's own address, such as `https://cloud.example.org`; `tag` lets a newer one replace an older.
    """
    said = {"title": intent.title, "body": intent.text, "navigate": f"{site}{intent.path}", "tag": tag, "lang": ""}
    body = json.dumps({"web_push": 8030, "notification": said}, ensure_ascii=False).encode()
    assert len(body) <= PLAIN_MOST  # titles and texts are bounded where they are read
    return body


@dataclass(slots=True)
class Signer:
    """Signs for services with the cloud's key. One for each process."""

    key: bytes = field(repr=False)
    #: who to write to, such as `mailto:night@example.org`; services want one
    contact: str
    #: Unix time, seconds
    now: Callable[[], float] = time.time
    _kept: dict[str, tuple[float, Mapping[str, str]]] = field(default_factory=dict)

    def headers(self, origin: str) -> Mapping[str, str]:
        """`Authorization` for a service, by its origin; the same for hours."""
        now = self.now()
        kept = self._kept.get(origin)
        if kept is not None and 0 <= now - kept[0] < _USED_S:
            return kept[1]
        # New claims for each service: the library writes into what it is given.
        claims = {"aud": origin, "sub": self.contact, "exp": int(now) + _VALID_S}
        signed: Mapping[str, str] = Vapid02.from_pem(self.key).sign(claims)
        self._kept[origin] = (now, signed)
        return signed

    def forget(self, origin: str) -> None:
        """The service refused it: sign anew next time."""
        self._kept.pop(origin, None)
