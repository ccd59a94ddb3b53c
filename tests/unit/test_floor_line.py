"""The last half hour as a line to draw."""

import re

from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.floor import REACH
from appliance.web.floor import HEIGHT, WIDTH, line

energies = st.none() | st.integers(min_value=0, max_value=100)


@given(st.lists(energies, max_size=REACH))
def test_every_known_minute_is_one_point_within_the_drawing(curve: list[int | None]) -> None:
    points = [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+?) (\d+)", line(curve))]
    assert [HEIGHT - y for _, y in points] == [one for one in curve if one is not None]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert [x for x, _ in points] == sorted({x for x, _ in points})


def test_the_latest_minute_is_at_the_right_and_gaps_lift_the_pen() -> None:
    assert line([]) == ""
    assert line([None, None]) == ""
    assert line([40]) == "M290 60h0"
    assert line([100, 0, None, 50]) == "M260 0h0L270 100M290 50h0"
