"""Families of causes: each cause in one, each with a colour that is visible and distinct."""

import itertools

import pandas as pd
import pytest

from tlsrpt_analysis.analyses.cause_catalogue.cause import Family
from tlsrpt_analysis.analyses.cause_catalogue.causes import CAUSES
from tlsrpt_analysis.standards.result_types import ResultType
from tlsrpt_analysis.views.charts.cause_families import (
    FAMILY_COLOURS,
    FAMILY_OF_RESULT_TYPE,
    UNEXPLAINED,
    cause_families,
)

# Machado, Oliveira and Fernandes 2009, full severity, on linear light
VISIONS = {
    "red-blind": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "green-blind": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}


def linear(colour: str) -> list[float]:
    """Return red, green and blue as amounts of light."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def seen(colour: str, vision: str) -> tuple[float, ...]:
    """Return a colour as an eye sees it, in Oklab."""
    light = linear(colour)
    red, green, blue = (
        min(1, max(0, sum(a * b for a, b in zip(row, light, strict=True))))
        for row in VISIONS[vision]
    )
    cones = [
        (0.4122 * red + 0.5363 * green + 0.0514 * blue) ** (1 / 3),
        (0.2119 * red + 0.6807 * green + 0.1074 * blue) ** (1 / 3),
        (0.0883 * red + 0.2817 * green + 0.6300 * blue) ** (1 / 3),
    ]
    rows = ((0.2105, 0.7936, -0.0041), (1.978, -2.4286, 0.4506), (0.0259, 0.7828, -0.8087))
    return tuple(sum(a * b for a, b in zip(row, cones, strict=True)) for row in rows)


def contrast(first: str, second: str) -> float:
    """Return the ratio of luminances as WCAG defines it."""
    weights = (0.2126, 0.7152, 0.0722)
    lights = sorted(
        sum(a * b for a, b in zip(weights, linear(colour), strict=True))
        for colour in (first, second)
    )
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_each_family_has_a_colour_and_a_cause() -> None:
    """A new family must get a colour, and no colour is for nothing."""
    families = {family.value for family in Family}

    assert set(FAMILY_COLOURS) == families
    assert set(cause_families(pd.Series([cause.code for cause in CAUSES]))) == families


def test_each_result_type_but_the_general_one_has_a_family() -> None:
    """A registered type names its family by itself."""
    types = {str(result_type) for result_type in ResultType}
    assert types - set(FAMILY_OF_RESULT_TYPE) == {"validation-failure"}


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_are_distinct_to_every_eye(vision: str) -> None:
    """No two families look alike to people who see no red or no green."""
    distances = [
        sum((a - b) ** 2 for a, b in zip(seen(first, vision), seen(second, vision), strict=True))
        for first, second in itertools.combinations(FAMILY_COLOURS.values(), 2)
    ]
    assert min(distances) ** 0.5 > 0.04


@pytest.mark.parametrize("colour", FAMILY_COLOURS.values())
def test_colours_are_visible_on_white_and_on_black(colour: str) -> None:
    """JupyterLab is light or dark."""
    assert contrast(colour, "#FFFFFF") > 2
    assert contrast(colour, "#111111") > 3


def test_unknown_cause_takes_the_family_of_its_result_type() -> None:
    """A result type of a reporter's own stays unexplained."""
    causes, types = pd.Series([None, None]), pd.Series(["tlsa-invalid", "own-word"])
    assert cause_families(causes, types) == ["DANE and DNSSEC", UNEXPLAINED]
