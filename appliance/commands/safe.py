"""`safe`: the server of safe mode, as `run` starts it. What it shows comes on standard input."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from appliance.clock import SystemClock
from appliance.notices import FILE_NAME, Notices
from appliance.supervision import logs, safe_mode
from appliance.supervision.safe_mode import Brief, Outcome
from appliance.web.safe import Reason, SafeView, build_safe_app, build_safe_server

_LINES = 30


def main(arguments: list[str]) -> int:
    """Serves until somebody leaves safe mode, or `run` has gone."""
    del arguments
    brief = safe_mode.brief_of(sys.stdin.readline())
    outcome = Outcome.STOPPED

    def leave(with_broker: bool) -> None:
        nonlocal outcome
        outcome = Outcome.AGAIN if with_broker else Outcome.WITHOUT_BROKER
        server.should_exit = True

    def until_run_has_gone() -> None:
        # Not by `sys.stdin`: a thread that waits in it would hold the interpreter's end.
        while os.read(0, 1024):
            continue
        server.should_exit = True

    server = build_safe_server(build_safe_app(_view(brief, leave), names=brief.names), host=brief.host, port=brief.port)
    threading.Thread(target=until_run_has_gone, name="run-has-gone", daemon=True).start()
    server.run()
    return outcome


def _view(brief: Brief, leave: Callable[[bool], None]) -> SafeView:
    data = Path(brief.data)
    notices = Notices(data / FILE_NAME, clock=SystemClock())
    return SafeView(
        name=brief.name,
        code=brief.code,
        reasons=[Reason(part, words) for part, words in brief.reasons],
        notices=lambda: [notice.words for notice in notices.all()],
        logs=lambda: [
            (path.stem, lines) for path in safe_mode.logs_in(data) if (lines := logs.last_lines(path, count=_LINES))
        ],
        leave=leave,
    )
