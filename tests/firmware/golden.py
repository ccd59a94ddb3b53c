"""What is rendered for three boxes, as one text each. `python -m tests.firmware.golden` writes the texts anew."""

from pathlib import Path

from appliance import config
from appliance.domain.portal import Mode
from appliance.firmware.plan import make_plan
from appliance.firmware.render import Tree, render

EXPECTED = Path(__file__).parent / "expected"
CASES = {"access-point": Mode.PARTY, "ethernet": Mode.GATEWAY, "lan": Mode.QUIET}


def rendered(case: str) -> Tree:
    """The files of one of the boxes."""
    settings = config.load(data=Path("/var/lib/pika-box"), file=EXPECTED / f"{case}.toml", environment={})
    return render(make_plan(settings, checkout=Path("/opt/pika-box"), mode=CASES[case]))


def as_text(tree: Tree) -> str:
    """A tree as one text to read and compare."""
    return "\n".join(f"==> {name} {tree[name].mode:o}\n{tree[name].text}" for name in sorted(tree))


def main() -> None:
    """Writes the expected texts."""
    for case in CASES:
        (EXPECTED / f"{case}.txt").write_text(as_text(rendered(case)), encoding="utf-8")


if __name__ == "__main__":
    main()
