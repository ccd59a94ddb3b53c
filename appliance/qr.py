"""QR codes, as a picture for the page and the poster, and as text for the terminal (qrcode and pypng only here).

Black on white with the quiet zone that the standard asks for, error correction M. It knows no address of its own.
"""

import io
import re
from collections.abc import Sequence
from functools import lru_cache

import png as pypng
import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError

from appliance.errors import Invalid

QUIET_ZONE = 4
#: what the largest code holds at error correction M
BYTES_MAX = 2331
SSID_BYTES_MAX = 32

Modules = Sequence[Sequence[bool]]

# Fixed entries of the 256-colour table: the first 16 are whatever the terminal's theme makes of them.
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_RESET = "\x1b[0m"
# Two rows of modules make one line of text: (upper is black, lower is black).
_HALF_BLOCKS = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}

_PASSPHRASE = re.compile(r"[ -~]{8,63}|[0-9A-Fa-f]{64}")


def modules(text: str) -> Modules:
    """The code as rows of modules with the quiet zone around them; True is black.

    Raises: Invalid with the code `qr_empty` or `qr_too_long`.
    """
    data = text.encode()
    if not data:
        raise Invalid("qr_empty", "There is nothing to put in the QR code.")
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(data)
    try:
        matrix: list[list[bool]] = code.get_matrix()
    except (DataOverflowError, ValueError) as error:
        raise Invalid(
            "qr_too_long",
            f"The text has {len(data)} bytes; a QR code holds {BYTES_MAX}.",
            advice="Use a shorter text.",
        ) from error
    return matrix


def black_runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """Where black begins in a row, and how long it goes on."""
    line = "".join("1" if black else "0" for black in row)
    return [(run.start(), len(run.group())) for run in re.finditer("1+", line)]


@lru_cache(maxsize=64)
def svg(text: str) -> bytes:
    """The code as a picture of any size: one path, no script, no fixed width.

    Raises: Invalid, see `modules`.
    """
    rows = modules(text)
    size = len(rows)
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for x, length in black_runs(row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{path}"/></svg>\n'
    ).encode()


@lru_cache(maxsize=64)
def png(text: str, *, scale: int = 8) -> bytes:
    """The code as a picture with `scale` pixels for each module.

    Raises: Invalid, see `modules`.
    """
    rows = modules(text)
    size = len(rows) * scale
    pixels = [[0 if black else 1 for black in row for _ in range(scale)] for row in rows for _ in range(scale)]
    out = io.BytesIO()
    pypng.Writer(width=size, height=size, greyscale=True, bitdepth=1).write(out, pixels)
    return out.getvalue()


def terminal(text: str) -> str:
    """The code as lines for a terminal; it sets its own colours, so it reads the same on a dark and a light one.

    Raises: Invalid, see `modules`.
    """
    rows = list(modules(text))
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    lines = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        blocks = "".join(_HALF_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        lines.append(f"{_BLACK_ON_WHITE}{blocks}{_RESET}")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return re.sub(r'([\\;,:"])', r"\\\1", text)


def wifi_text(ssid: str, passphrase: str | None, *, hidden: bool = False) -> str:
    """What a phone's camera must read to join a Wi-Fi network; without a passphrase the network is open.

    Raises: Invalid with the code `ssid_length` or `passphrase_invalid`.
    """
    if not 1 <= len(ssid.encode()) <= SSID_BYTES_MAX:
        raise Invalid("ssid_length", f"The Wi-Fi name must have 1 to {SSID_BYTES_MAX} bytes.")
    fields = ["T:nopass", f"S:{_escaped(ssid)}"]
    if passphrase:
        if not _PASSPHRASE.fullmatch(passphrase):
            raise Invalid(
                "passphrase_invalid",
                "The Wi-Fi password must have 8 to 63 characters from the English keyboard, or 64 hexadecimal digits.",
            )
        fields = ["T:WPA", f"S:{_escaped(ssid)}", f"P:{_escaped(passphrase)}"]
    if hidden:
        fields.append("H:true")
    return f"WIFI:{';'.join(fields)};;"
