"""Phones as push services know them: what they subscribe with, and how they open what comes (RFC 8291, by itself)."""

import base64
import hmac
import json
import os
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sync.cloud.push.letters import Keys


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _expand(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF with one block of output, RFC 5869."""
    pseudo_random = hmac.digest(salt, secret, "sha256")
    return hmac.digest(pseudo_random, info + b"\x01", "sha256")[:length]


@dataclass
class PushedPhone:
    """One subscription."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def keys(self) -> Keys:
        return Keys(p256dh=_b64(_point(self.key.public_key())), auth=_b64(self.secret))

    def opened(self, body: bytes) -> dict[str, object]:
        """What a message says; raises when it is not for this phone or was changed."""
        salt, record, length = body[:16], *struct.unpack("!IB", body[16:21])
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= record
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        info = b"WebPush: info\0" + _point(self.key.public_key()) + sender
        both = _expand(shared, salt=self.secret, info=info, length=32)
        key = _expand(both, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
        nonce = _expand(both, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert plain[-1:] == b"\x02"
        said: dict[str, object] = json.loads(plain[:-1])
        return said


def vapid_claims(authorization: str) -> dict[str, object]:
    """The claims, once their signature was looked at (RFC 8292, RFC 7515)."""
    scheme, _, rest = authorization.partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, signature = parts["t"].split(".")
    raw = _unb64(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _unb64(parts["k"]))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    assert json.loads(_unb64(head))["alg"] == "ES256"
    found: dict[str, object] = json.loads(_unb64(claims))
    return found
