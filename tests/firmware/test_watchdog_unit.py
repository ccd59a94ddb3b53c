"""The box's unit under a real systemd: ready with the first page, watched, started again, stopped in time."""

import os
import re
import signal
import sys
import time
from pathlib import Path

from appliance import config
from appliance.domain.portal import Mode
from appliance.firmware.plan import make_plan
from appliance.firmware.render import SYSTEMD, UNIT_FOLDER, Tree, render
from appliance.supervision.patience import WatchdogSection
from tests.network.hall import require
from tests.support.fake_systemd import eventually
from tests.support.ports import free_port
from tests.support.real_box import ROOT, RealBox
from tests.support.real_systemd import booted
from tests.support.visitors import Visitor

UNIT = "pika-box.service"
#: what a manager without the rights of a system's own can do; the sandbox is looked at elsewhere
_KEPT = ("Type", "NotifyAccess", "TimeoutStartSec", "Restart", "TimeoutStopSec", "KillMode", "UMask")


def rendered() -> Tree:
    settings = config.load(data=Path("/var/lib/pika-box"), environment={})
    return render(make_plan(settings, checkout=Path("/opt/pika-box"), mode=Mode.QUIET))


def setting(text: str, name: str) -> str:
    found = re.findall(rf"(?m)^{name}=(.*)$", text)
    assert len(found) == 1, name
    value: str = found[0]
    return value


def unit_for(data: Path, *, port: int, mqtt_port: int) -> str:
    """The rendered unit, for this machine and in a hurry."""
    text = rendered()[f"{UNIT_FOLDER}/{UNIT}"].text
    lines = ["[Service]", *(f"{name}={setting(text, name)}" for name in _KEPT)]
    lines += ["WatchdogSec=12", "RestartSec=100ms", f"StandardOutput=append:{data}.out", f"WorkingDirectory={ROOT}"]
    quick = {
        "WATCHDOG_ROUND_S": "1",
        "WATCHDOG_ROUNDS": "2",
        "WATCHDOG_RESTARTS": "5",
        "MDNS_ENABLED": "no",
        "LINKS_ENABLED": "no",
    }
    lines += [f"Environment=PYTHONPATH={ROOT}", *(f"Environment=PIKA_BOX_{key}={word}" for key, word in quick.items())]
    command = f"{sys.executable} -m appliance run --data {data} --host 127.0.0.1"
    return "\n".join([*lines, f"ExecStart={command} --port {port} --mqtt-port {mqtt_port}", ""])


def test_the_boxs_patience_fits_into_systemds_and_the_machines_watchdog() -> None:
    tree, section = rendered(), WatchdogSection()
    unit = tree[f"{UNIT_FOLDER}/{UNIT}"].text
    own = section.round_s * section.rounds * (section.restarts + 1)
    assert own < int(setting(unit, "WatchdogSec")), "systemd would end the box while it still heals itself"
    assert section.starts < int(setting(unit, "StartLimitBurst")), "systemd would give up before safe mode"
    assert setting(unit, "NotifyAccess") == "main"
    assert int(setting(unit, "TimeoutStartSec")) <= 180
    # The watchdog of a Raspberry Pi can't count further than 15 s.
    assert int(setting(tree[SYSTEMD].text, "RuntimeWatchdogSec").removesuffix("s")) < 15


def test_systemd_starts_watches_and_stops_the_box(tmp_path: Path) -> None:
    require("unshare", "nsenter", "systemctl", "mosquitto")
    data, port, mqtt_port = tmp_path / "data", free_port(), free_port()
    data.mkdir()
    phone = Visitor(port=port)

    def is_served() -> bool:
        try:
            return phone.get("/s/main-floor", headers={"Accept": "text/html"}).status == 200
        except OSError:
            return False

    with booted(tmp_path, {UNIT: unit_for(data, port=port, mqtt_port=mqtt_port)}) as systemd:

        def works() -> bool:
            return is_served() and systemd.show(UNIT, "StatusText") == "Everything works."

        assert systemd.ctl("start", UNIT) == ""
        assert is_served(), "started, but no page"
        eventually(works, within_s=10, what="the self-test", every_s=0.3)

        # The watch itself hangs: nobody but systemd can notice.
        os.kill(systemd.main_pid(UNIT), signal.SIGSTOP)
        eventually(
            lambda: systemd.show(UNIT, "NRestarts") == "1", within_s=30, what="systemd starts it again", every_s=0.3
        )
        eventually(works, within_s=20, what="it serves again", every_s=0.3)
        assert systemd.show(UNIT, "ActiveState") == "active"

        # The server hangs: the box heals itself, and systemd has nothing to do.
        box = RealBox(port=port, mqtt_port=mqtt_port, data=data, process=None)  # type: ignore[arg-type]
        server = box.server_pid()
        os.kill(server, signal.SIGSTOP)
        eventually(lambda: not Path(f"/proc/{server}").exists(), within_s=10, what="the server is replaced")
        eventually(works, within_s=20, what="it serves again", every_s=0.3)
        assert systemd.show(UNIT, "NRestarts") == "1"

        began = time.monotonic()
        assert systemd.ctl("stop", UNIT) == ""
        assert time.monotonic() - began < 3.5
        assert systemd.show(UNIT, "ActiveState") == "inactive"
        assert systemd.show(UNIT, "Result") == "success"
