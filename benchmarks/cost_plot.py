"""How the cost of each step grows with the size of what it is measured on."""

from collections.abc import Sequence
from pathlib import Path


def draw_costs(
    rows: Sequence[dict[str, object]], path: Path, *, size: str, seconds: str, steps: Sequence[str]
) -> None:
    """Draw rows of ``SIZE seconds step`` as lines, both axes logarithmic, in the order of the steps."""
    import altair as alt  # noqa: PLC0415 - only here
    import pandas as pd  # noqa: PLC0415

    table = pd.DataFrame(rows)
    chart = (
        alt.Chart(table)
        .mark_line(point=True)
        .encode(
            alt.X(f"{size}:Q", title=size).scale(type="log").axis(values=sorted(set(table[size]))),
            alt.Y("seconds:Q", title=seconds).scale(type="log"),
            alt.Color("step:N", title=None, sort=list(steps)).legend(
                labelLimit=500, orient="bottom", columns=1
            ),
        )
        .properties(width=560, height=340, title=f"Cost by number of {size}")
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    chart.save(str(path))
