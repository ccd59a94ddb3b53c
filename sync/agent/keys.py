"""The box's own key: made at the first start, never sent. What it signs, the cloud knows to be the box's.

Also keeps the cloud's key, which the cloud showed when the box introduced itself: by it the cloud's word on the time is
known even by a box whose clock makes certificates look wrong.
"""

import base64
import hashlib
import logging
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from appliance.files import make_folder, move_aside, replace_file, sync_folder

log = logging.getLogger(__name__)

KEY, NEXT_KEY, CLOUD_KEY = "key.pem", "key.next.pem", "cloud.key"
_RAW = 32


def encoded(raw: bytes) -> str:
    """Base64 for addresses and headers, without its padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """The other way round, with or without padding. Raises: ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


class BoxKey:
    """One key pair."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        #: by which the cloud finds it
        self.id = hashlib.sha256(self.public).hexdigest()[:32]

    def authorisation(self, method: str, target: str, body: bytes, *, nonce: str) -> str:
        """The header that signs a request; `target` is path and query as the cloud sees them."""
        said = "\n".join(["pika-box-1", method, target, hashlib.sha256(body).hexdigest(), nonce])
        return f"Pika-Box key={self.id}, nonce={nonce}, sig={encoded(self._private.sign(said.encode()))}"

    def pem(self) -> bytes:
        """For the file."""
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


class KeyFolder:
    """Where the keys are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def own(self) -> BoxKey:
        """The box's key; made if there is none, or if what is there is damaged. Raises: OSError."""
        make_folder(self._folder)
        path = self._folder / KEY
        try:
            return _read(path)
        except FileNotFoundError:
            pass
        except (ValueError, TypeError, UnsupportedAlgorithm, IsADirectoryError):
            log.warning("The key that the cloud knows this box by was damaged. A new one is made: claim the box again.")
            move_aside(path)
        made = BoxKey(Ed25519PrivateKey.generate())
        replace_file(path, made.pem())
        return made

    def coming(self) -> BoxKey:
        """The key that is to take the own one's place: on the disk before the cloud hears of it. Raises: OSError."""
        make_folder(self._folder)
        path = self._folder / NEXT_KEY
        try:
            return _read(path)
        except (FileNotFoundError, ValueError, TypeError, UnsupportedAlgorithm):
            made = BoxKey(Ed25519PrivateKey.generate())
            replace_file(path, made.pem())
            return made

    def change(self) -> None:
        """The coming key takes the own one's place, in one step. Raises: OSError."""
        (self._folder / NEXT_KEY).replace(self._folder / KEY)
        sync_folder(self._folder)

    def wants_change(self) -> bool:
        """Whether somebody asked for a new key, or a change was under way when the plug was pulled."""
        return (self._folder / NEXT_KEY).exists()

    def cloud(self) -> bytes | None:
        """The cloud's public key as it was shown first; None before that."""
        try:
            raw = decoded((self._folder / CLOUD_KEY).read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            return None
        return raw if len(raw) == _RAW else None

    def keep_cloud(self, raw: bytes) -> None:
        """Keeps the cloud's key, for good: another counts only once this file is gone. Raises: OSError."""
        replace_file(self._folder / CLOUD_KEY, encoded(raw).encode())


def is_signed(message: bytes, signature: bytes, *, by: bytes) -> bool:
    """Whether the owner of a public key said so."""
    try:
        Ed25519PublicKey.from_public_bytes(by).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(path: Path) -> BoxKey:
    found = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(found, Ed25519PrivateKey):
        raise TypeError("it is another kind of key")
    return BoxKey(found)
