"""A certificate with its key and everything that vouches for it, in one piece: would phones trust it, and why not.

One file and not two, so that a pulled plug never leaves the key of one beside the certificate of another. Whatever the
bytes are, the answer is a verdict or words for staff.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from appliance.domain.certificate import Found
from appliance.errors import Invalid
from appliance.tls import roots

#: the file in the folder for encryption
FILE_NAME = "certificate.pem"
#: more than any chain has
BYTES_MOST = 64 * 1024
_BLOCKS_MOST = 20

_BLOCK = re.compile(rb"-----BEGIN (?P<kind>[A-Z0-9 ]{1,40})-----\r?\n.*?-----END (?P=kind)-----", re.DOTALL)
#: how the library says that it can't make anything of what it was given
_GARBAGE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class Chain:
    """A certificate and those between it and a root, the box's own first."""

    own: x509.Certificate
    between: tuple[x509.Certificate, ...]


def unusable(what: str) -> Invalid:
    """The verdict that phones would not trust it: `what` it is about, as one sentence."""
    return Invalid(
        "certificate_unusable",
        f"{what} Phones go on over plain HTTP, and nothing else is different.",
        advice="Put the right one in its place, or remove it.",
    )


def _blocks(pem: bytes, kind: bytes) -> list[bytes]:
    return [block[0] for block in _BLOCK.finditer(pem) if block["kind"].endswith(kind)][:_BLOCKS_MOST]


def read_chain(pem: bytes) -> Chain:
    """The certificates in a text.

    Raises: Invalid with the code `certificate_unusable`.
    """
    found = [roots.parse(block) for block in _blocks(pem[:BYTES_MOST], b"CERTIFICATE")]
    whole = [one for one in found if one is not None]
    if not whole or len(whole) < len(found) or len(pem) > BYTES_MOST:
        raise unusable("The certificate's file can't be read.")
    return Chain(own=whole[0], between=tuple(whole[1:]))


def read_key(pem: bytes) -> PublicKeyTypes:
    """The public half of the key in a text: the other half stays where it is.

    Raises: Invalid with the code `certificate_unusable`.
    """
    for block in _blocks(pem[:BYTES_MOST], b"PRIVATE KEY"):
        try:
            return serialization.load_pem_private_key(block, password=None).public_key()
        except _GARBAGE:
            break
    raise unusable("The certificate's key can't be read.")


def check(chain: Chain, *, key: PublicKeyTypes, name: str, trusted: Sequence[x509.Certificate], wall_ms: int) -> Found:
    """Whether phones would trust a chain, and from when to when. `wall_ms` is about now, if the clock is right.

    The time is no part of the verdict: outside of the certificate's time, the rest is looked at as of its nearer end.

    Raises: Invalid with the code `certificate_unusable`.
    """
    try:
        if _raw(chain.own.public_key()) != _raw(key):
            raise unusable("The certificate was made for another key.")
        if not _phones_know(key):
            raise unusable("The certificate's key is of a kind that phones don't know.")
        if chain.own.issuer == chain.own.subject:
            raise unusable("The certificate vouches for itself, so no phone trusts it.")
        if not trusted:
            raise unusable("This box knows no roots, so it can't tell whether phones trust the certificate.")
        if not _is_for(chain.own, name):
            raise unusable(f"The certificate is not for {name}.")
        moment = min(max(wall_ms, _ms(chain.own.not_valid_before_utc)), _ms(chain.own.not_valid_after_utc))
        way = _way_to_a_root(chain, name=name, trusted=trusted, moment=datetime.fromtimestamp(moment / 1000, UTC))
    except _GARBAGE:
        raise unusable("The certificate holds something that can't be read.") from None
    return Found(
        name=name,
        not_before_ms=max(_ms(one.not_valid_before_utc) for one in way),
        not_after_ms=min(_ms(one.not_valid_after_utc) for one in way),
    )


def _way_to_a_root(
    chain: Chain, *, name: str, trusted: Sequence[x509.Certificate], moment: datetime
) -> list[x509.Certificate]:
    verifier = PolicyBuilder().store(Store(list(trusted))).time(moment).build_server_verifier(x509.DNSName(name))
    try:
        return verifier.verify(chain.own, list(chain.between))
    except VerificationError:
        raise unusable("The certificate does not lead to a root that phones trust.") from None


def _raw(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _phones_know(key: PublicKeyTypes) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= 2048
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def _is_for(certificate: x509.Certificate, name: str) -> bool:
    """Only for the choice of words: the verifier has the last one on names too."""
    try:
        given = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    names = [one.lower() for one in given.get_values_for_type(x509.DNSName)]
    return name in names or f"*.{name.partition('.')[2]}" in names
