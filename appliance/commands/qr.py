"""`./box qr`: the QR code of a stage, in the terminal or as a file.

Owns the words and the choice of address; drawing is `qr`'s business.
"""

import argparse
import sys
from pathlib import Path
from typing import TextIO

from appliance import config, network, qr
from appliance.domain import rules
from appliance.errors import BoxError, Unavailable

_DEFAULT_STAGE = "main-floor"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box qr", description="Shows the QR code that dancers scan.")
    parser.add_argument("stage", nargs="?", default=_DEFAULT_STAGE, help=f"the stage (default: {_DEFAULT_STAGE})")
    files = parser.add_mutually_exclusive_group()
    files.add_argument("--svg", type=Path, metavar="FILE", help="write a picture that can be printed at any size")
    files.add_argument("--png", type=Path, metavar="FILE", help="write a picture for the web")
    parser.add_argument("--data", type=Path, help="the box's folder (default ./data)")
    parser.add_argument("--port", type=int, help="the web port (default: as in the settings)")
    parser.add_argument("--host", help="the address the server listens on (default: as in the settings)")
    parser.add_argument("--url", help="put this address in the code, whatever this machine's is")
    return parser


def _stage_url(given: argparse.Namespace) -> str:
    """The address that phones can use for a stage, by the box's own settings.

    Raises: Unavailable with the code `no_address_for_phones`; Invalid when the stage can't be part of an address.
    """
    wanted = {name: value for name, value in (("host", given.host), ("port", given.port)) if value is not None}
    http = config.load(data=given.data, options={"http": wanted}).http
    stage = rules.slug(given.stage)
    url = network.stage_url(public_url=http.public_url, bind_host=http.host, port=http.port, stage=stage)
    if url is None:
        raise Unavailable(
            "no_address_for_phones",
            "Phones can't reach this box: it has no address on a network that they could join.",
            advice="Join a Wi-Fi or plug in a cable, and let the server listen on 0.0.0.0.",
        )
    return url


def draws_blocks(out: TextIO) -> bool:
    """Whether a terminal can show the blocks that a code is drawn with."""
    try:
        "▀▄█".encode(out.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def show(url: str, out: TextIO) -> None:
    """Prints the code, and the address in words for those who type.

    Raises: Invalid when the address is too long for a code.
    """
    if draws_blocks(out):
        print(qr.terminal(url), file=out)
    print(f"Dancers scan the code or type  {url}", file=out)


def _write(path: Path, picture: bytes) -> None:
    try:
        path.write_bytes(picture)
    except OSError as error:
        raise Unavailable("file_not_written", f"{path} can't be written: {error.strerror}.") from error


def main(arguments: list[str]) -> int:
    """Returns 0, or 1 with the reason in words."""
    options = _parser().parse_args(arguments)
    try:
        url = options.url or _stage_url(options)
        if options.svg:
            _write(options.svg, qr.svg(url))
        elif options.png:
            _write(options.png, qr.png(url))
        else:
            show(url, sys.stdout)
            return 0
    except BoxError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.svg or options.png} holds the code for  {url}")
    return 0
