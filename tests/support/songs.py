"""Files that begin as songs do, for tests in which nobody listens."""

import random


def mp3(seed: int, *, size: int = 5000) -> bytes:
    """MP3 frames with noise in them: a file of its own for each seed, of exactly `size` bytes."""
    noise, frame = random.Random(seed), b"\xff\xfb\x90\x64"
    made = bytearray()
    while len(made) < size:
        # 128 kbit/s at 44.1 kHz.
        made += frame + noise.randbytes(413).replace(b"\xff", b"\xfe")
    return bytes(made[:size])
