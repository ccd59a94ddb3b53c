"""What is said between a program and its analysis worker: one JSON object a line, either way."""

import msgspec

from appliance.domain.analysis import Analysis, FaultCode

VERSION = 1
#: longest line either side takes; a path or a fingerprint is far below
LONGEST_LINE = 1 << 20


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A file to hear."""

    id: int
    #: its path as the system's own bytes, because names need not be text
    path: bytes
    v: int = VERSION


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a job: an analysis, or why there is none."""

    id: int
    analysis: Analysis | None = None
    fault: FaultCode | None = None
    v: int = VERSION


_encoder = msgspec.json.Encoder()
read_job = msgspec.json.Decoder(Job).decode
read_answer = msgspec.json.Decoder(Answer).decode


def line(message: Job | Answer) -> bytes:
    """A message as its line."""
    return _encoder.encode(message) + b"\n"
