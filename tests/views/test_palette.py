"""The colours of all views, measured: contrast, and distance for every kind of colour vision."""

import re
from itertools import combinations, pairwise, product

import numpy as np
import pytest

from tlsrpt_analysis.views import style
from tlsrpt_analysis.views.page.embedding import template_text
from tlsrpt_analysis.views.palette import FAILED_STEPS, PALETTE, PAPER, style_sheet

JUPYTERLAB_DARK = "#111111"

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB
VISION = {
    "trichromatic": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
FAR_ENOUGH = 11  # a difference of 2.3 is just noticeable side by side


def linear(colour: str) -> np.ndarray:
    """Return a colour as linear RGB."""
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""
    low, high = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def cie_lab(colour: str, vision: np.ndarray) -> np.ndarray:
    """Return where an eye sees a colour, in a space in which equal distances look equal."""
    seen = np.clip(vision @ linear(colour), 0, 1)
    scaled = (TO_XYZ @ seen) / TO_XYZ.sum(axis=1)
    root = np.where(scaled > 216 / 24389, np.cbrt(scaled), (24389 / 27 * scaled + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("name", PALETTE)
def test_marks_have_a_contrast_of_three(name: str) -> None:
    """On white, on the page's dark background, and the light colour on JupyterLab's dark one."""
    shades = PALETTE[name]
    assert contrast(shades.light, PAPER.light) >= 3
    assert contrast(shades.light, JUPYTERLAB_DARK) >= 3
    assert contrast(shades.dark, PAPER.dark) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_every_eye_can_tell_the_colours_apart(theme: str, vision: str) -> None:
    """Each pair is five times as far apart as what is just noticeable."""
    seen = {name: cie_lab(getattr(PALETTE[name], theme), VISION[vision]) for name in PALETTE}
    near = {
        pair: round(float(np.linalg.norm(seen[pair[0]] - seen[pair[1]])), 1)
        for pair in combinations(seen, 2)
    }
    assert {pair: distance for pair, distance in near.items() if distance < FAR_ENOUGH} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_steps_of_failures_go_one_way_and_stand_out_more_and_more(theme: str) -> None:
    """A higher share has more contrast with the page, so grey prints keep the order."""
    paper = getattr(PAPER, theme)
    contrasts = [contrast(getattr(step, theme), paper) for step in FAILED_STEPS]
    assert contrasts == sorted(contrasts)
    assert all(after / before > 1.1 for before, after in pairwise(contrasts))


@pytest.mark.parametrize("ink", [style.INK, style.QUIET_INK])
def test_text_of_charts_has_a_contrast_of_four_and_a_half(ink: str) -> None:
    """On paper; the page and JupyterLab have their own text colours."""
    (fallback,) = style.OF_THE_PAGE.findall(ink)
    assert contrast(fallback, PAPER.light) >= 4.5


def test_style_sheet_has_both_themes_and_prints_the_light_one() -> None:
    """A dark screen prints on white paper."""
    light, dark, chosen = style_sheet().strip().splitlines()
    assert dark.startswith("@media screen and (prefers-color-scheme: dark)")
    assert chosen.startswith('@media screen{:root[data-theme="dark"]')
    for name, shades in PALETTE.items():
        assert f"--tlsrpt-{name}:{shades.light}" in light
        assert f"--tlsrpt-{name}:{shades.dark}" in dark
        assert f"--tlsrpt-{name}:{shades.dark}" in chosen


def test_no_two_meanings_share_a_colour() -> None:
    """Neither in light nor in dark."""
    assert len({shades.light for shades in PALETTE.values()}) == len(PALETTE)
    assert len({shades.dark for shades in PALETTE.values()}) == len(PALETTE)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_on_the_strongest_colour_can_be_read(theme: str) -> None:
    """The chip of a domain that refuses mail is red, with the colour of the page as its text."""
    assert contrast(getattr(PALETTE["refused"], theme), getattr(PAPER, theme)) >= 4.5


@pytest.mark.parametrize("folder", ["page", "stakeholder"])
def test_text_of_the_page_has_a_contrast_of_four_and_a_half(folder: str) -> None:
    """In both themes, on the page and on shaded parts."""
    blocks = re.findall(r":root[^{]*\{([^}]*)\}", template_text(folder, "page.css"))
    themes = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block)) for block in blocks]
    complete = [
        theme for theme in themes if {"ink", "quiet", "paper", "shade", "link"} <= set(theme)
    ]
    assert len(complete) >= 2
    for theme in complete:
        for text, ground in product(("ink", "quiet", "link"), ("paper", "shade")):
            assert contrast(theme[text], theme[ground]) >= 4.5, (theme, text, ground)
