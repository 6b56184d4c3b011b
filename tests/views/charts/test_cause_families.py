"""Families of causes: each cause in one, each with a colour that is visible and distinct."""

import pandas as pd

from tlsrpt_analysis.analyses.cause_catalogue.cause import Family
from tlsrpt_analysis.analyses.cause_catalogue.causes import CAUSES
from tlsrpt_analysis.standards.result_types import ResultType
from tlsrpt_analysis.views.charts.cause_families import (
    FAMILY_COLOURS,
    FAMILY_OF_RESULT_TYPE,
    UNEXPLAINED,
    cause_families,
)
from tlsrpt_analysis.views.palette import PALETTE, colour


def test_each_family_has_a_colour_and_a_cause() -> None:
    """A new family must get a colour, and no colour is for nothing."""
    families = {family.value for family in Family}

    assert set(FAMILY_COLOURS) == families
    assert set(cause_families(pd.Series([cause.code for cause in CAUSES]))) == families


def test_each_result_type_but_the_general_one_has_a_family() -> None:
    """A registered type names its family by itself."""
    types = {str(result_type) for result_type in ResultType}
    assert types - set(FAMILY_OF_RESULT_TYPE) == {"validation-failure"}


def test_each_family_has_a_colour_of_its_own_and_of_the_palette() -> None:
    """Neither a verdict nor refused mail has the colour of a family; the palette is measured."""
    others = {colour("refused"), colour("ready")}
    assert len(set(FAMILY_COLOURS.values()) - others) == len(Family)
    assert set(FAMILY_COLOURS.values()) <= {colour(name) for name in PALETTE}


def test_unknown_cause_takes_the_family_of_its_result_type() -> None:
    """A result type of a reporter's own stays unexplained."""
    causes, types = pd.Series([None, None]), pd.Series(["tlsa-invalid", "own-word"])
    assert cause_families(causes, types) == ["DANE and DNSSEC", UNEXPLAINED]
