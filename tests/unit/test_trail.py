"""Every act in the trail is told in words."""

import ast
from pathlib import Path

from appliance.domain.models import Doors, Phase
from appliance.domain.polls import PollEnd
from appliance.web.trail import SAID

ROOT = Path(__file__).parents[2] / "appliance"


def recorded() -> set[str]:
    """The acts that the code records: the first text of every `Deed(...)`, `_deed(...)` and `_noted(...)`."""
    found: set[str] = set()
    for path in (*ROOT.glob("usecases/**/*.py"), *ROOT.glob("web/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"Deed", "_deed", "_noted"}
            ):
                named = [one for one in node.args if isinstance(one, ast.Constant)]
                found |= {str(one.value) for one in named[:1]}
    return found


def test_every_act_has_words() -> None:
    acts = recorded() | {f"event.{phase.value}" for phase in Phase} | {f"stage.{doors.value}" for doors in Doors}
    acts |= {f"poll.{end.value}" for end in (PollEnd.ENDED, PollEnd.CANCELLED)}
    assert len(acts) > 30
    assert acts <= set(SAID)
