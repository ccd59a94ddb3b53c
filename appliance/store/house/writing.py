"""What a transaction on SQLite does for the house player: `ports.HouseTransaction`."""

from appliance.domain.house import HouseRules
from appliance.store.house import rows
from appliance.store.running import Running


class HouseWriting(Running):
    """Lives on the writer's thread."""

    def house_rules(self, stage_id: str) -> HouseRules:
        row = self._one("stage_house", {"stage_id": stage_id})
        return rows.stage_house(row).rules if row else HouseRules()

    def set_house_rules(self, stage_id: str, rules: HouseRules) -> None:
        self._run("set_house_rules", rows.rules_parameters(stage_id, rules))
