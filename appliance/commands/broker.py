"""`broker`: the embedded MQTT broker, as supervisord starts it when mosquitto is not installed."""

import logging
import sys

from appliance import config
from appliance.bus.embedded import run as run_broker
from appliance.supervision.broker_files import BrokerFiles


def main(arguments: list[str]) -> int:
    """Runs until told to stop. On loopback only."""
    del arguments
    settings = config.load()
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")
    run_broker(host="127.0.0.1", port=settings.mqtt.port, password_file=BrokerFiles(settings.run_folder).passwords)
    return 0
