"""How the cloud knows who speaks: requests signed by a box's key, nonces that need no memory, and its own keys.

A nonce is the server's time under a secret that all processes share, so any of them knows it again, and a box needs no
clock. One may be used several times in its ten minutes: what a repeated request brings is known already.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from appliance.errors import NotAllowed
from sync.cloud.store.ports import Database

SCHEME = "pika-box"
NONCE_FOR_MS = 10 * 60 * 1000
#: how far the clocks of several processes may be apart
_SKEW_MS = 60_000
_MAC_BYTES = 16
_RAW_KEY = 32
_KEYS = ("nonce", "cookie", "signing")
_FIELD = re.compile(r"(?P<name>key|nonce|sig)=(?P<value>[A-Za-z0-9._~-]{1,200})")
_NONCE = re.compile(r"(?P<at>[0-9a-f]{8,13})-(?P<mac>[0-9a-f]{32})")


def encoded(raw: bytes) -> str:
    """Base64 for addresses and headers, without its padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """The other way round. Raises: ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def public_key(text: str) -> bytes:
    """The raw Ed25519 key in a text. Raises: ValueError."""
    raw = decoded(text)
    if len(raw) != _RAW_KEY:
        raise ValueError("a key has 32 bytes")
    return raw


def key_id(raw: bytes) -> str:
    """The name of a public key."""
    return hashlib.sha256(raw).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Authorisation:
    """What a request says of who sent it; not believed yet."""

    key: str
    nonce: str
    signature: bytes


def read_authorisation(header: str) -> Authorisation | None:
    """The header of a signed request: `Pika-Box key=..., nonce=..., sig=...`; None for anything else.

    A request without a nonce is one that wants to be told one.
    """
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != SCHEME or len(rest) > 600:
        return None
    said = {
        found["name"]: found["value"] for found in map(_FIELD.fullmatch, re.split(r"\s*,\s*", rest.strip())) if found
    }
    try:
        return Authorisation(said["key"], said.get("nonce", ""), decoded(said.get("sig", "")))
    except (KeyError, ValueError):
        return None


def signed_text(method: str, target: str, body: bytes, *, nonce: str) -> bytes:
    """What a box signs; `target` is path and query as the cloud sees them."""
    return "\n".join(["pika-box-1", method, target, hashlib.sha256(body).hexdigest(), nonce]).encode()


def is_signed(message: bytes, signature: bytes, *, by: bytes) -> bool:
    """Whether the owner of a public key said so."""
    try:
        Ed25519PublicKey.from_public_bytes(by).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True, repr=False)
class CloudKeys:
    """The service's own secrets: the same in every process, and in every restart."""

    #: makes nonces
    nonce: bytes
    #: signs logins of people
    cookie: bytes
    #: raw Ed25519 private key; boxes keep its public half from their enrolment on
    signing: bytes

    @property
    def public(self) -> str:
        """The cloud's public key as boxes are told it."""
        return encoded(Ed25519PrivateKey.from_private_bytes(self.signing).public_key().public_bytes_raw())

    def new_nonce(self, now_ms: int) -> str:
        """One that counts from now."""
        at = f"{now_ms:x}"
        return f"{at}-{self._mac(at)}"

    def check_nonce(self, nonce: str, *, now_ms: int) -> None:
        """Raises: NotAllowed with the code `nonce_needed` unless the cloud made it lately."""
        found = _NONCE.fullmatch(nonce)
        good = found is not None and hmac.compare_digest(found["mac"], self._mac(found["at"]))
        if found is None or not good or not -_SKEW_MS <= now_ms - int(found["at"], 16) <= NONCE_FOR_MS:
            raise NotAllowed("nonce_needed", "Sign again, with the nonce that this answer carries.")

    def _mac(self, at: str) -> str:
        return hmac.new(self.nonce, f"nonce\0{at}".encode(), hashlib.sha256).digest()[:_MAC_BYTES].hex()

    def say_time(self, nonce: str, *, now_ms: int) -> str:
        """The signature under the time, for a box that has no other way to know it."""
        key = Ed25519PrivateKey.from_private_bytes(self.signing)
        return encoded(key.sign(f"pika-time-1\n{nonce}\n{now_ms}".encode()))


async def load_keys(database: Database) -> CloudKeys:
    """The service's secrets, made where there are none. Raises: Unavailable."""
    async with database.transaction(org=None) as tx:
        for name in _KEYS:
            await tx.run("add_secret", name=name, value=encoded(secrets.token_bytes(_RAW_KEY)))
        found: Mapping[str, str] = {row["name"]: row["value"] for row in await tx.all("secrets")}
    return CloudKeys(*(decoded(found[name]) for name in _KEYS))
