"""A light rig or a player in the hall: `player.py HOST PORT NAME TOKEN TOPIC`, with the ordinary MQTT client.

Prints a line for each thing that happens: `{"said": ..., "after_ms": ...}`, counted from its start.
"""

import json
import sys
import time
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode


def main(host: str, port: str, name: str, token: str, topic: str) -> None:
    """Listens until it is ended."""
    began = time.monotonic()

    def tell(said: object) -> None:
        print(json.dumps({"said": said, "after_ms": (time.monotonic() - began) * 1000}), flush=True)

    def connected(client: paho.Client, _: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        del flags, properties
        tell(str(reason))
        client.subscribe(topic)

    def heard(client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        del client
        now = json.loads(message.payload).get("now") if message.payload else None
        tell(now["title"] if now else None)

    player = paho.Client(CallbackAPIVersion.VERSION2)
    if name:
        player.username_pw_set(name, token)
    player.on_connect = connected
    player.on_message = heard
    player.reconnect_delay_set(min_delay=1, max_delay=2)
    player.connect(host, int(port), keepalive=10)
    player.loop_forever(retry_first_connection=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
