"""One meaning for each colour, on the page, in charts and in widgets, in light and in dark.

Red is mail that failed or would be refused, green is a promise that can be kept, grey is everything
neutral or unknown; each family of causes has a colour of its own, and nothing else has one.
Reporters have none: their names stand beside their marks.
The tests measure the contrast of each colour with its background, and its distance to the others,
also as people with deuteranopia and protanopia see them; a word or a shape always says the same.

A colour is a CSS variable with the light colour as its fallback: where a page sets the variables, it
follows the theme; JupyterLab and pictures show the light colours, visible on white and on black.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Shades:
    """The colour of one meaning on a light and on a dark page."""

    light: str
    dark: str


PAPER = Shades("#FFFFFF", "#17202A")
"""The background of the page."""

PALETTE: Mapping[str, Shades] = MappingProxyType(
    {
        "refused": Shades("#D2442C", "#EE5650"),
        "ready": Shades("#3BA170", "#4AA56A"),
        "neutral": Shades("#767676", "#9AA5B1"),
        "policy-text": Shades("#255DC4", "#6F82F9"),
        "policy-host": Shades("#2F7B9C", "#92D9FF"),
        "certificate": Shades("#7B5E11", "#F4CE41"),
        "encryption": Shades("#D38019", "#E1A04A"),
        "mx-name": Shades("#D94FB4", "#C970B6"),
        "dane": Shades("#674AF3", "#A697FF"),
        "sender": Shades("#65614A", "#D4DE9F"),
    }
)
"""Each meaning that has a colour."""

FAILED_STEPS = (
    Shades("#ED8F7E", "#A93A33"),
    Shades("#E2664F", "#CC4640"),
    Shades("#D2442C", "#EE5650"),
    Shades("#C0341E", "#F4827E"),
    Shades("#A62614", "#FBB3AF"),
)
"""From few failures to many, in steps of the colour of refused mail; the marks grow with them."""


def colour(name: str) -> str:
    """Return the colour of a meaning, as CSS that follows the theme of the page.

    Examples
    --------
    >>> colour("ready")
    'var(--tlsrpt-ready, #3BA170)'
    """
    return f"var(--tlsrpt-{name}, {PALETTE[name].light})"


def failed_step(place: int) -> str:
    """Return the colour of a step of `FAILED_STEPS`."""
    return f"var(--tlsrpt-failed-{place}, {FAILED_STEPS[place].light})"


def style_sheet() -> str:
    """Return the style sheet that gives a page the colours of both themes, light ones on paper.

    The theme is that of the system, or what ``data-theme`` of the page says.

    Examples
    --------
    >>> style_sheet().splitlines()[0]
    ':root{--tlsrpt-refused:#D2442C;--tlsrpt-ready:#3BA170;--tlsrpt-neutral:#767676;\
--tlsrpt-policy-text:#255DC4;--tlsrpt-policy-host:#2F7B9C;--tlsrpt-certificate:#7B5E11;\
--tlsrpt-encryption:#D38019;--tlsrpt-mx-name:#D94FB4;--tlsrpt-dane:#674AF3;\
--tlsrpt-sender:#65614A;--tlsrpt-failed-0:#ED8F7E;--tlsrpt-failed-1:#E2664F;\
--tlsrpt-failed-2:#D2442C;--tlsrpt-failed-3:#C0341E;--tlsrpt-failed-4:#A62614}'
    """
    named = dict(PALETTE) | {f"failed-{place}": step for place, step in enumerate(FAILED_STEPS)}
    light, dark = (
        ";".join(f"--tlsrpt-{name}:{getattr(shades, theme)}" for name, shades in named.items())
        for theme in ("light", "dark")
    )
    chosen = ':root:not([data-theme="light"])', ':root[data-theme="dark"]'
    return (
        f":root{{{light}}}\n@media screen and (prefers-color-scheme: dark){{{chosen[0]}{{{dark}}}}}\n"
        f"@media screen{{{chosen[1]}{{{dark}}}}}\n"
    )
