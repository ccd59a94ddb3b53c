"""A start that can't succeed says so, and why, as soon as that is known."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.support.ports import free_port
from tests.support.real_box import ROOT

#: Python reads this before anything else: the server's process dies as one whose library is broken
_BREAKS_THE_SERVER = """
import os, sys
if "serve" in sys.orig_argv:
    print("the library is torn at 10.42.0.17", flush=True)
    os._exit(3)
"""


def test_a_server_that_dies_at_once_fails_the_start_with_its_last_words(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "log").mkdir(parents=True)
    (data / "log" / "server.log").write_text("yesterday's trouble\n")
    (tmp_path / "sitecustomize.py").write_text(_BREAKS_THE_SERVER)
    command = [sys.executable, "-m", "appliance", "run", "--data", str(data), "--host", "127.0.0.1"]
    command += ["--port", str(free_port()), "--mqtt-port", str(free_port()), "--broker", "off"]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "PIKA_BOX_MDNS_ENABLED": "no",
        "PIKA_BOX_LINKS_ENABLED": "no",
    }
    began = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "The box did not start: the library is torn at [hidden] / the library is torn" in done.stderr
    assert f"The log says more: {data / 'log' / 'server.log'}" in done.stderr
    assert "yesterday" not in done.stderr
    assert "Traceback" not in done.stderr
    # Three tries with supervisord's waits between them; it used to be thirty seconds.
    assert time.monotonic() - began < 12
