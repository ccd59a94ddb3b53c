"""What a transaction on SQLite does with counted minutes: `ports.FloorTransaction`."""

from appliance.ports.floor import CountedMinute
from appliance.store.floor import rows
from appliance.store.running import Running


class FloorWriting(Running):
    """Lives on the writer's thread."""

    def add_minute(self, counted: CountedMinute) -> None:
        self._run("add_minute", rows.parameters(counted))
