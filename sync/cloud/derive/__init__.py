"""What the raw events of boxes say, as tables with true times: nights, sets, plays, likes, presence."""
