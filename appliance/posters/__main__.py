"""Draws one poster: JSON comes in, the PDF goes out."""

import sys

import msgspec

from appliance.posters.content import Sheet
from appliance.posters.drawing import draw


def main() -> None:
    """Reads the sheet from the standard input."""
    sheet = msgspec.json.decode(sys.stdin.buffer.read(), type=Sheet)
    sys.stdout.buffer.write(draw(sheet))


if __name__ == "__main__":
    main()
