"""The roots that phones trust: from the file in the settings, or from the system's own.

A root that can't be read is left out: systems carry odd ones, and no certificate of ours leads to those.
"""

import re
import ssl
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
#: twice what systems have
_BYTES_MOST = 1024 * 1024
#: where systems keep them when Python's own library was built for another one
_USUAL = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def place(chosen: str) -> Path:
    """The file: the one in the settings, else the system's."""
    if chosen:
        return Path(chosen)
    own = ssl.get_default_verify_paths().cafile
    candidates = [Path(name) for name in (own, *_USUAL) if name]
    return next((path for path in candidates if path.is_file()), candidates[0])


def mark(path: Path) -> tuple[int, int, int]:
    """Something that changes with the file; the same for any file that can't be read."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def load(path: Path) -> list[x509.Certificate]:
    """Every root in the file that can be read; none when the file can't."""
    try:
        with path.open("rb") as file:
            content = file.read(_BYTES_MOST)
    except OSError:
        return []
    found = [parse(block) for block in _BLOCK.findall(content)]
    return [one for one in found if one is not None]


def parse(pem: bytes) -> x509.Certificate | None:
    """One certificate, or None when it can't be read."""
    with warnings.catch_warnings():
        # Systems carry roots with numbers that are not allowed any more.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        try:
            return x509.load_pem_x509_certificate(pem)
        except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.InvalidVersion):
            return None
