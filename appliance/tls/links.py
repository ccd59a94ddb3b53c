"""The key that DJs' links know this box by: made once, kept for good, and vouched for by nobody but the pairing.

Apart from the public certificate, which comes from others and ends with its time: this one is good at any time that a
clock may show, and needs nobody. Losing it means that every DJ has to pair again, so it is written once and only read.
"""

import hashlib
import logging
import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appliance.domain.certificate import Certificate
from appliance.errors import Unavailable
from appliance.files import make_folder, move_aside, replace_file

log = logging.getLogger(__name__)

FILE_NAME = "links.pem"
_BEGINS = datetime(2000, 1, 1, tzinfo=UTC)
# RFC 5280 section 4.1.2.5: the end of time, for a certificate without one.
_ENDS = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate's public key (its SubjectPublicKeyInfo), 64 hexadecimal digits. `certificate` is DER.

    Raises: ValueError for what is no certificate.
    """
    public = x509.load_der_x509_certificate(certificate).public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def _new() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pika Box links")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(_BEGINS).not_valid_after(_ENDS)
    # It vouches for itself alone.
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _context(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(path, password="")
    return context


def read_fingerprint(folder: Path) -> str | None:
    """The fingerprint of the box's own key in the folder for encryption; None while there is none that can be used."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / FILE_NAME).read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        return None
    return fingerprint(certificate.public_bytes(serialization.Encoding.DER))


class LinkIdentity:
    """The key of one box, as a door needs it: always in use, whatever the clock says."""

    #: a link asks for an address, and whatever name it asks for means this box
    host_name = ""

    def __init__(self, folder: Path) -> None:
        """`folder` is where the key lies; it need not be there."""
        self._path = folder / FILE_NAME
        self._context: ssl.SSLContext | None = None
        self._fingerprint = ""
        self._trouble: str | None = None

    def look(self) -> Certificate | None:
        """Reads the key, or makes it. Waits for the disk; what goes wrong is told by `trouble`, and tried again."""
        if self._context is None:
            try:
                self._load()
                self._trouble = None
            except OSError as error:
                words = f"The key that DJs' links know the box by can't be kept ({error.strerror or error})."
                if words != self._trouble:
                    log.warning("%s", words)
                self._trouble = words
        return None

    def _load(self) -> None:
        make_folder(self._path.parent)
        if not self._path.exists():
            replace_file(self._path, _new())
            log.info("A key for DJs' links was made.")
        try:
            context = _context(self._path)
        except (ssl.SSLError, ValueError, IsADirectoryError):
            log.warning(
                "The key that DJs' links know the box by was damaged. A new one is made; DJs have to pair again."
            )
            move_aside(self._path)
            replace_file(self._path, _new())
            context = _context(self._path)
        found = read_fingerprint(self._path.parent)
        if found is None:
            raise OSError(0, "it can't be read")
        self._fingerprint, self._context = found, context

    def context(self) -> ssl.SSLContext | None:
        """What a new connection is encrypted with; None while there is no key."""
        return self._context

    def ends_in_s(self) -> float | None:
        """It never ends."""
        return None

    def trouble(self) -> str | None:
        """What is wrong with it, in words for staff, or None."""
        return self._trouble

    def fingerprint(self) -> str:
        """SHA-256 of the public key, 64 hexadecimal digits.

        Raises: Unavailable with the code `links_without_key`.
        """
        if self._context is None:
            raise Unavailable("links_without_key", "The box has no key for DJs' links now.", advice="Try again soon.")
        return self._fingerprint
