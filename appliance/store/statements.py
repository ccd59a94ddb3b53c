"""Every statement of the box by its name, from each topic's `queries.sql`. Runs none of them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from appliance.store.named import statements

FOLDER = Path(__file__).parent

Parameters = dict[str, object]


@cache
def queries() -> Mapping[str, str]:
    """Every statement by its name, whichever topic it is of. Two of one name are a fault: ValueError."""
    return statements(*sorted(FOLDER.glob("*/queries.sql")))
