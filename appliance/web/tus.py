"""What senders of songs say in the headers of tus 1.0 (core, creation, termination), and what is wrong with it. Pure.

https://tus.io/protocols/resumable-upload: any tus client can be used; js/uploading.js is a small one. The box and the
cloud take songs by the same rules.
"""

import base64
import binascii
from collections.abc import Mapping

from appliance.domain.uploads import SIZE_MOST
from appliance.errors import Invalid

VERSION = "1.0.0"
OFFSETS = "application/offset+octet-stream"
#: stands in every answer
ALWAYS = {"tus-resumable": VERSION, "cache-control": "no-store"}
#: what can be done here
ABLE = {"tus-version": VERSION, "tus-extension": "creation,termination", "tus-max-size": str(SIZE_MOST)}


def check_version(headers: Mapping[str, str]) -> None:
    """Raises: Invalid with the code `tus_version`."""
    if headers.get("tus-resumable") != VERSION:
        raise Invalid("tus_version", f"Here tus {VERSION} is spoken.", advice="Use that version.")


def _number_in(headers: Mapping[str, str], name: str) -> int:
    given = headers.get(name, "")
    if not (given.isascii() and given.isdecimal() and len(given) < 16):
        raise Invalid("tus_header_wrong", f"{name} must be a number of bytes.", advice="Send it again.")
    return int(given)


def new_file(headers: Mapping[str, str]) -> tuple[str, int]:
    """Name and length of a file that will be sent; the name is in base64 among the sender's remarks.

    Raises: Invalid with the code `tus_version` or `tus_header_wrong`.
    """
    check_version(headers)
    length = _number_in(headers, "upload-length")
    for pair in headers.get("upload-metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode(), length
            except (binascii.Error, UnicodeDecodeError):
                break
    raise Invalid("tus_header_wrong", "Upload-Metadata must have the file's name.", advice="Send it again.")


def piece_at(headers: Mapping[str, str]) -> int:
    """Behind how many bytes a piece belongs.

    Raises: Invalid with the code `tus_version` or `tus_header_wrong`.
    """
    check_version(headers)
    if headers.get("content-type") != OFFSETS:
        raise Invalid("tus_header_wrong", f"The piece must be of the type {OFFSETS}.", advice="Send it again.")
    return _number_in(headers, "upload-offset")
