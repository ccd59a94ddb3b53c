"""The whole box on a system that takes no write at all, except in its data folder."""

import os
import signal
import threading
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.storage.loops import need_root
from tests.support.real_box import RealBox, running_box
from tests.support.visitors import Visitor

# Everything that is mounted becomes read-only, the memory file systems too; then the data folder alone is opened.
_SEALED = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
while read -r _ place kind options _; do
    case "$kind:$place" in
    proc:*|sysfs:*|devtmpfs:*|devpts:*|mqueue:*|*:"$1") continue ;;
    esac
    case ",$options," in
    *,rw,*) mount -o remount,bind,ro "$place" ;;
    esac
done </proc/self/mounts
mount -o remount,bind,rw "$1"
if touch /tmp/x /var/tmp/x /dev/shm/x "$HOME/x" 2>/dev/null; then echo "not sealed" >&2; exit 1; fi
shift
exec "$@"
"""


def _sealed(data: Path) -> tuple[str, ...]:
    return ("unshare", "--mount", "sh", "-c", _SEALED, "sealed", str(data))


def _retained_title(box: RealBox, *, name: str, token: str) -> bytes:
    """What the broker holds of the stage, as a DJ's program gets it."""
    got = threading.Event()
    found: list[bytes] = []

    def on_message(client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        found.append(bytes(message.payload))
        got.set()

    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(name, token)
    client.on_message = on_message
    client.connect("127.0.0.1", box.mqtt_port)
    client.subscribe("pika/v1/stage/main-floor/now")
    client.loop_start()
    assert got.wait(10), "the broker said nothing"
    client.loop_stop()
    client.disconnect()
    return found[0]


def test_a_box_whose_system_is_read_only_plays_likes_publishes_and_comes_back(tmp_path: Path) -> None:
    need_root("unshare", "mosquitto")
    data = tmp_path / "data"
    data.mkdir()
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path)}
    with running_box(data, inside=_sealed(data), env=environment, options=("--broker", "mosquitto")) as box:
        dj = box.dj()
        session = dj.post("/api/v1/stages/main-floor/sessions").json["session"]["id"]
        body = {"id": "p1", "title": "So What", "artist": "Miles Davis"}
        assert dj.post(f"/api/v1/sessions/{session}/plays", json_body=body).status == 201
        phone = box.guest()
        assert phone.ask("PUT", "/api/v1/plays/p1/like").status == 200
        assert b"So What" in _retained_title(box, name="dj-anna", token=str(dj.token))
        pid = box.server_pid()
        os.kill(pid, signal.SIGKILL)
        box.wait_until_served(not_pid=pid)
        assert phone.get("/api/v1/stages/main-floor/now").json["now"]["likes"] == 1
        assert box.visitor().get("/health").json["parts"]["store"] == {"state": "ok"}
    with running_box(data, inside=_sealed(data), env=environment, options=("--broker", "mosquitto")) as box:
        assert box.visitor().get("/api/v1/stages/main-floor/now").json["now"]["title"] == "So What"
        again = Visitor(port=box.port, cookies=phone.cookies)
        assert [like["title"] for like in again.get("/api/v1/me/likes").json["likes"]] == ["So What"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]
