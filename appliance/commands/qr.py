"""`./box qr`: the QR code of a stage, in the terminal or as a file.

Owns the words and the choice of address; drawing is `qr`'s business.
"""

import argparse
import sys
from pathlib import Path
from typing import TextIO

from appliance import network, qr
from appliance.domain import rules
from appliance.errors import BoxError, Unavailable

_DEFAULT_PORT = 8080
_DEFAULT_STAGE = "main-floor"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./box qr", description="Shows the QR code that dancers scan.")
    parser.add_argument("stage", nargs="?", default=_DEFAULT_STAGE, help=f"the stage (default: {_DEFAULT_STAGE})")
    files = parser.add_mutually_exclusive_group()
    files.add_argument("--svg", type=Path, metavar="FILE", help="write a picture that can be printed at any size")
    files.add_argument("--png", type=Path, metavar="FILE", help="write a picture for the web")
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT, help=f"the web port (default: {_DEFAULT_PORT})")
    parser.add_argument("--host", default="0.0.0.0", help="the address the server listens on (default: all)")
    parser.add_argument("--url", help="put this address in the code, whatever this machine's is")
    return parser


def stage_url(*, bind_host: str, port: int, stage: str) -> str:
    """The address that phones can use for a stage.

    Raises: Unavailable with the code `no_address_for_phones`; Invalid when the stage can't be part of an address.
    """
    addresses = network.reachable_addresses(bind_host)
    if not addresses:
        raise Unavailable(
            "no_address_for_phones",
            "Phones can't reach this box: it has no address on a network that they could join.",
            advice="Join a Wi-Fi or plug in a cable, and let the server listen on 0.0.0.0.",
        )
    return network.dancer_url(addresses[0].ip, port=port, stage=rules.slug(stage))


def _draws_blocks(out: TextIO) -> bool:
    try:
        "▀▄█".encode(out.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def show(url: str, out: TextIO) -> None:
    """Prints the code, and the address in words for those who type.

    Raises: Invalid when the address is too long for a code.
    """
    if _draws_blocks(out):
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
        url = options.url or stage_url(bind_host=options.host, port=options.port, stage=options.stage)
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
