"""Redraws one picture: what was sent comes in, what is kept goes out behind a line with its media type.

Ends with 3 when it is no picture for us; then the line is the code and the words.
"""

import sys

from appliance.pictures.redrawing import Refusal, confine, redrawn

REFUSED = 3


def main() -> int:
    """Reads the picture from the standard input."""
    content = sys.stdin.buffer.read()
    confine()
    try:
        media_type, kept = redrawn(content)
    except Refusal as refusal:
        sys.stdout.write(f"{refusal.code} {refusal.words}\n")
        return REFUSED
    sys.stdout.buffer.write(media_type.encode() + b"\n" + kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
