"""Who may say what this box runs: Ed25519 keys and signatures. The private key never comes near a box."""

import contextlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from appliance.errors import Invalid, Refused, Unavailable
from appliance.update.archive import NOT_SIGNED

# A signature for this and nothing else: no other text that this key signs can be passed off as a release.
_PURPOSE = b"pika-box release\n"
_KEY_BYTES_MOST = 10_000


def make_pair(private: Path, public: Path) -> None:
    """Makes a key, for whoever builds releases, and its public half, for boxes. Replaces nothing.

    Raises: Unavailable with the code `key_not_written`.
    """
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    shown = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        for path, content, mode in ((private, secret, 0o600), (public, shown, 0o644)):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
    except OSError as error:
        raise Unavailable(
            "key_not_written",
            f"{error.filename or private} can't be made ({error.strerror}).",
            advice="A key that is there already is never replaced: choose another name.",
        ) from error


def sign(manifest: bytes, *, key: Path) -> bytes:
    """The signature over a manifest.

    Raises: Invalid with the code `key_unusable`.
    """
    try:
        secret = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Invalid("key_unusable", f"{key} can't be used as a key: {error}.") from error
    if not isinstance(secret, Ed25519PrivateKey):
        raise Invalid("key_unusable", f"{key} is a key of another kind.", advice="Make one: ./box release key FILE")
    return secret.sign(_PURPOSE + manifest)


def check(manifest: bytes, signature: bytes, *, trusted: Path) -> None:
    """Sees that somebody whom this box trusts made this.

    Raises: Refused with the code `no_update_keys`, `release_not_signed` or `signature_bad`.
    """
    keys = _trusted(trusted)
    if not keys:
        raise Refused(
            "no_update_keys",
            "This box trusts nobody to update it yet, so it takes no release.",
            advice=f"Put the public key (.pem) of who makes your releases into {trusted}.",
        )
    if signature == NOT_SIGNED:
        raise Refused("release_not_signed", "The release is not signed, so it was not used.", advice="Ask its maker.")
    for key in keys:
        with contextlib.suppress(InvalidSignature):
            key.verify(signature, _PURPOSE + manifest)
            return
    raise Refused(
        "signature_bad",
        "Nobody whom this box trusts has signed this release, or it was changed since. It was not used.",
        advice=f"Get it from its maker again. Whom the box trusts is in {trusted}.",
    )


def _trusted(folder: Path) -> list[Ed25519PublicKey]:
    found = []
    for path in sorted(folder.glob("*.pem")):
        # A file that is no key vouches for nobody.
        with contextlib.suppress(OSError, ValueError, UnsupportedAlgorithm), path.open("rb") as file:
            key = load_pem_public_key(file.read(_KEY_BYTES_MOST))
            if isinstance(key, Ed25519PublicKey):
                found.append(key)
    return found
