"""What both brokers are told: who may come in, what they may read and write, and how much.

Owns mosquitto's file formats (password file, access list, configuration). Pure but for reading its own template and
for the one function that writes the password file. It must not know where tokens are stored or when they change.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from string import Template

from appliance.domain import topics
from appliance.errors import BadConfig, Invalid
from appliance.files import replace_file

#: the largest packet either broker takes; larger than `inbound.PAYLOAD_MOST`, so that a DJ who sends too much is told
MAX_PACKET_BYTES = 65_536
#: clients at once; a hall has a handful of DJs, players, lights and displays
MAX_CONNECTIONS = 100

# Tokens are random and long, so guessing one is hopeless however fast a guess is: the rounds only need to be
# mosquitto's usual ones, and a login costs a small box a tenth of a millisecond.
_ITERATIONS = 101
_SALT_BYTES = 12
_HASH_BYTES = 64

_TEMPLATE = Path(__file__).resolve().parents[2] / "firmware-config" / "mosquitto.conf"
_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_VERIFIER = re.compile(r"\$7\$(?P<iterations>[1-9][0-9]{0,6})\$(?P<salt>[A-Za-z0-9+/]+=*)\$(?P<hash>[A-Za-z0-9+/]+=*)")
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f]|^\s|\s$|^$")


def _derive(token: str, *, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", token.encode(), salt, iterations, dklen=_HASH_BYTES)


def make_verifier(token: str) -> str:
    """What a broker compares a token with: `$7$<iterations>$<salt>$<hash>`, PBKDF2-SHA512 with a fresh salt."""
    salt = secrets.token_bytes(_SALT_BYTES)
    derived = _derive(token, salt=salt, iterations=_ITERATIONS)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(derived).decode()}"


def check_verifier(token: str, verifier: str) -> bool:
    """Whether the verifier was made from this token. Takes the same time however much of it is right."""
    found = _VERIFIER.fullmatch(verifier)
    # HMAC fills short keys with zeros (RFC 2104), so zeros behind a token would not count. No token has any.
    if found is None or "\0" in token:
        return False
    try:
        salt = base64.b64decode(found["salt"], validate=True)
        wanted = base64.b64decode(found["hash"], validate=True)
    except binascii.Error:
        return False
    return hmac.compare_digest(wanted, _derive(token, salt=salt, iterations=int(found["iterations"])))


def password_file_text(entries: Iterable[tuple[str, str]]) -> str:
    """A password file of (name, verifier) pairs.

    Raises: Invalid with the code `broker_entry_unusable` for a name or verifier that would not stay on its own line
    or in its own field.
    """
    lines = []
    for name, verifier in entries:
        if not _NAME.fullmatch(name) or not _VERIFIER.fullmatch(verifier):
            raise Invalid("broker_entry_unusable", f"The broker's password file can't hold an entry for {name!r}.")
        lines.append(f"{name}:{verifier}\n")
    return "".join(lines)


def parse_password_file(text: str) -> dict[str, str]:
    """The verifiers by name. Lines that mosquitto would pass over are passed over here."""
    entries: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, verifier = line.strip().partition(":")
        if colon and name and not name.startswith("#"):
            entries[name] = verifier
    return entries


def write_password_file(path: Path, entries: Iterable[tuple[str, str]]) -> None:
    """Replaces the file at once and for good: a reader sees the old one or the new one, also after a power cut.

    Readable by the owner only. Raises: Invalid as `password_file_text` does; OSError when the disk can't take it.
    """
    replace_file(path, password_file_text(entries).encode("ascii"))


def acl_file_text() -> str:
    """`domain.topics.ACL` as mosquitto's access list.

    `pattern` lines hold for every user who has logged in, the server included; each DJ line either names `%u` or is
    public, so they give the server nothing it does not have and a DJ nothing of another's. There is no `topic` line
    before the first `user`: those would be for anonymous clients, and there are none. mosquitto warns once that the
    public line has no `%u`, which is what it is for.
    """
    lines = ["# Written by the box from its table of topics; changes here are lost."]
    for user in sorted({rule.user for rule in topics.ACL if rule.user is not None}):
        lines.append(f"user {user}")
        lines.extend(f"topic {rule.access.value} {rule.filter}" for rule in topics.ACL if rule.user == user)
    lines.append("")
    lines.extend(f"pattern {rule.access.value} {rule.filter}" for rule in topics.ACL if rule.user is None)
    return "\n".join(lines) + "\n"


def mosquitto_conf(*, host: str, port: int, password_file: Path, acl_file: Path, pid_file: Path, user: str) -> str:
    """The configuration mosquitto is started with.

    `user` is whom mosquitto becomes when it starts as root; give the name of the user this program runs as, or the
    files of the data folder, which only their owner may read, would be closed to it.

    Raises: BadConfig with the code `broker_setting_unusable` for a value that would not stay on its line.
    """
    values = {
        "host": host,
        "port": str(port),
        "password_file": str(password_file),
        "acl_file": str(acl_file),
        "pid_file": str(pid_file),
        "user": user,
        "max_packet_size": str(MAX_PACKET_BYTES),
        "max_connections": str(MAX_CONNECTIONS),
    }
    for name, value in values.items():
        if _UNUSABLE.search(value):
            raise BadConfig("broker_setting_unusable", f"The broker can't be given {value!r} as its {name}.")
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(values)
