"""How scores are spread, as a picture; runs where matplotlib is.

`python -m tests.bench.analysis.plot FIGURES.json OUT.png`
"""

import json
import sys
from pathlib import Path
from typing import Any

SCORES = ("energy", "danceability", "brightness", "acousticness", "groove")


def main() -> None:
    """Draws a histogram of each score, and where each style lies."""
    import matplotlib as library

    library.use("Agg")
    from matplotlib import pyplot

    told: list[dict[str, Any]] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    styles = sorted({one["style"] for one in told})
    figure, axes = pyplot.subplots(2, len(SCORES), figsize=(4 * len(SCORES), 13), height_ratios=(1, 3))
    for column, score in enumerate(SCORES):
        values = [one[score] for one in told if one[score] is not None]
        axes[0][column].hist(values, bins=20, range=(0, 100))
        axes[0][column].set_title(f"{score}: {len(values)} clips")
        groups = [[one[score] for one in told if one["style"] == style and one[score] is not None] for style in styles]
        axes[1][column].boxplot(
            groups, orientation="horizontal", tick_labels=styles if column == 0 else [""] * len(styles)
        )
        axes[1][column].set_xlim(0, 100)
    figure.tight_layout()
    figure.savefig(sys.argv[2], dpi=70)


if __name__ == "__main__":
    main()
