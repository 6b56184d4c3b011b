"""A range of whole numbers, set with two sliders that have labels for screen readers.

The handles of ipywidgets' own range slider have none.
"""

from importlib.resources import files

from anywidget import AnyWidget
from traitlets import Bool, Int, TraitError, Tuple, Unicode, default, validate

STYLE = """
.tlsrpt-range fieldset { border: 0; display: flex; gap: 6px; align-items: center; margin: 0; padding: 2px 0; }
.tlsrpt-range legend { float: left; font-size: var(--jp-widgets-font-size, 13px); padding: 0 6px 0 0; }
.tlsrpt-range input { width: 110px; accent-color: var(--jp-brand-color1, #0072B2); }
.tlsrpt-range output { font-size: var(--jp-widgets-font-size, 13px); min-width: 4.5em; }
"""


class RangeSlider(AnyWidget):
    """A range from at least to at most.

    Parameters
    ----------
    description : str
        The label.
    limits : tuple of two int
        The smallest and the largest number.
    value : tuple of two int
        The initial range.

    Attributes
    ----------
    value : tuple of two int
        The range, the smaller number first.
    disabled : bool
        Whether it can be set.

    Examples
    --------
    >>> slider = RangeSlider("honouring MTA-STS (%)", (0, 100), value=(30, 60))
    >>> slider.value = (40, 50)
    >>> slider.value
    (40, 50)
    """

    description = Unicode().tag(sync=True)
    min = Int().tag(sync=True)
    max = Int().tag(sync=True)
    value = Tuple(Int(), Int()).tag(sync=True)
    disabled = Bool(False).tag(sync=True)  # noqa: FBT003 - its initial value
    _esm = Unicode().tag(sync=True)
    _css = STYLE

    def __init__(
        self, description: str, limits: tuple[int, int], *, value: tuple[int, int]
    ) -> None:
        super().__init__(description=description, min=limits[0], max=limits[1], value=value)
        self.add_class("tlsrpt-range")

    @default("_esm")
    def _own_script(self) -> str:
        folder = files("tlsrpt_analysis.views.widgets")
        return (folder / "range_slider.js").read_text(encoding="utf-8")

    @validate("value")
    def _in_order(self, proposal: dict[str, tuple[int, int]]) -> tuple[int, int]:
        low, high = proposal["value"]
        if not self.min <= low <= high <= self.max:
            raise TraitError(
                f"{self.description}: give two numbers from {self.min} to {self.max}, the smaller"
                f" first, not {low} and {high}"
            )
        return low, high
