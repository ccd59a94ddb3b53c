"""The box as its unit runs it: a read-only system, no right of its own, and no network at all."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.network.hall import eventually, require
from tests.support.ports import free_port
from tests.support.real_box import ROOT

# What the unit's ProtectSystem, PrivateTmp, CapabilityBoundingSet and NoNewPrivileges come to.
_SEALED = """
set -e
ip link set lo up
mount --bind "$DATA" "$DATA"
mount -o remount,bind,ro /
mount -o remount,bind,rw "$DATA"
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$PYTHON" -m appliance run --data "$DATA" "$@"
"""
_ASK = """
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1], timeout=2).read().decode())
"""


def _asked(pid: int, url: str) -> str:
    """What the box answers inside its own network; empty while it does not."""
    command = ["nsenter", "--target", str(pid), "--net", sys.executable, "-c", _ASK, url]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout


def test_a_box_without_network_rights_or_a_writable_system_serves_its_page(tmp_path: Path) -> None:
    require("ip", "unshare", "nsenter", "setpriv", "mount")
    data = tmp_path / "data"
    data.mkdir()
    port = free_port()
    environment = {
        **os.environ,
        "DATA": str(data),
        "PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(data),
    }
    command = ["unshare", "--net", "--mount", "sh", "-c", _SEALED, "sealed", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--mqtt-port", str(free_port())], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as box:
        try:
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: bool(_asked(box.pid, f"{url}/health")), within_s=20, what="the box answers")
            assert json.loads(_asked(box.pid, f"{url}/health"))["parts"]
            assert "<html" in _asked(box.pid, f"{url}/")
        finally:
            box.send_signal(signal.SIGTERM)
            said, _ = box.communicate(timeout=10)
    assert box.returncode == 0, said.decode()
