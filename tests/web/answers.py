"""What every answer of the box must be like."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psutil

from appliance.web.gate import SECURITY_HEADERS, STREAM_HEADERS
from tests.support.real_box import RealBox
from tests.support.visitors import Answer, Visitor


def problem(answer: Answer, status: int, code: str) -> Mapping[str, Any]:
    """The problem that an answer tells, after a look at its form."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer.body
    told: dict[str, Any] = answer.json
    assert told["code"] == code
    assert told["type"] == f"urn:pika-box:problem:{code}"
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert_safe(answer)
    return told


def assert_safe(answer: Answer) -> None:
    """Every answer says what browsers may not do with it; a stream is no document, and says what concerns one."""
    is_stream = answer.headers["content-type"].startswith("text/event-stream") if answer.status == 200 else False
    expected = STREAM_HEADERS if is_stream else SECURITY_HEADERS
    assert {name: answer.headers.get(name) for name in expected} == expected
    assert answer.headers.get("cache-control")
    assert "server" not in answer.headers


def journal_end(visitor: Visitor) -> int:
    """How much was ever stored."""
    found = re.search(r"^pika_box_journal_last_seq (\d+)\.0$", visitor.get("/metrics").text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def until(holds: Callable[[], bool], *, within_s: float = 5) -> bool:
    """Whether it holds in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def memory_of(box: RealBox) -> int:
    """Bytes that the server holds."""
    resident: int = psutil.Process(box.server_pid()).memory_info().rss
    return resident


@contextlib.contextmanager
def nothing_stored(visitor: Visitor) -> Iterator[None]:
    """The block leaves no trace in the journal."""
    before = journal_end(visitor)
    yield
    assert journal_end(visitor) == before
