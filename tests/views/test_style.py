"""The look of the views, and the renderer that needs no network."""

import json
import subprocess
import sys

import altair as alt
import pandas as pd
import pytest
from support.view_frames import HOSTILE, shares_of

from tlsrpt_analysis.views import charts, page_table, style, use_offline_renderer


@pytest.fixture
def _renderer() -> object:
    before = alt.renderers.active
    yield
    alt.renderers.enable(before)


@pytest.mark.usefixtures("_renderer")
def test_renderer_gives_vega_lite_5_and_an_svg_twin() -> None:
    """JupyterLab draws the first by itself; everything else shows the second."""
    use_offline_renderer()
    data, metadata = charts.failure_share_by_mx(shares_of())._repr_mimebundle_()
    assert data[style.VEGA_LITE_MIME]["$schema"].endswith("/v5.json")
    assert data["image/svg+xml"].startswith("<svg")
    assert "text/html" not in data
    assert metadata[style.VEGA_LITE_MIME]["embed_options"]["actions"] is False
    json.dumps(data, allow_nan=False)


RENDERERS = {
    "import altair, tlsrpt_analysis.views": "default",
    "": "tlsrpt-offline",
    "import altair; altair.renderers.enable('svg')": "svg",
}


@pytest.mark.parametrize(("before", "renderer"), RENDERERS.items())
def test_a_chart_is_drawn_offline_unless_the_user_chose_a_renderer(
    before: str, renderer: str
) -> None:
    """Altair's own loads scripts from a public server; importing views alone changes nothing."""
    drawn = (
        "from tlsrpt_analysis.views.charts.layers import as_chart, no_data; as_chart(no_data('x'))"
    )
    lines = [before, "" if renderer == "default" else drawn]
    code = "\n".join([*lines, "import altair; print(altair.renderers.active)"])
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == renderer


def test_frames_and_tables_are_no_mathematics() -> None:
    """JupyterLab typesets what stands between dollar signs, unless a class forbids it."""
    frame = pd.DataFrame({"reason": ["$x$"]})
    for shown in (frame.to_html(), frame.style.to_html(), page_table(frame).to_html()):
        assert "mathjax_ignore" in shown


def test_drawing_charts_builds_no_grammar_but_checks_as_before() -> None:
    """The grammars take longer to build than altair and pandas to load."""
    code = """
import sys
import tlsrpt_analysis.views
tlsrpt_analysis.views.use_offline_renderer()
import jsonschema
before = sys.modules.get("rfc3987_syntax")
checker = jsonschema.FormatChecker(["iri"])
print(before, checker.conforms("https://example.com/ü", "iri"), checker.conforms("a b", "iri"))
import rfc3987_syntax
print(rfc3987_syntax.__file__ is not None)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["None", "True", "False", "True"]


def test_svg_twin_is_on_paper_and_the_chart_on_the_page() -> None:
    """The picture is for pages without a theme; JupyterLab's may be dark."""
    specification = charts.failure_share_by_mx(shares_of()).to_dict()
    assert "var(--jp-" in json.dumps(specification)
    assert specification["config"]["background"] == "transparent"
    drawn = style.svg(specification)
    assert "var(" not in drawn
    assert 'fill="#FFFFFF"' in drawn or 'fill="white"' in drawn.lower()


def test_missing_values_have_a_word_in_text_columns_of_any_type() -> None:
    """Categorical columns need no new category for it."""
    for dtype in ("category", "str", "object"):
        values = pd.Series(["a", None], dtype=dtype)
        assert list(style.missing_as(values)) == ["a", "(not given)"]


def test_page_table_escapes_cells_and_titles() -> None:
    """A report's text is never HTML."""
    frame = pd.DataFrame({"policy_domain": [HOSTILE], HOSTILE: ["x"]})
    page = page_table(frame).to_html()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_page_table_writes_shares_counts_and_missing_in_words() -> None:
    """Nobody reads 0.30501 or <NA>."""
    frame = pd.DataFrame(
        {
            "would_block_share": [0.305, None],
            "session_count": pd.array([21777, None], dtype="Int64"),
            "in_policy": pd.array([True, None], dtype="boolean"),
            "clean_reporters": [["Google", "Yahoo"], "Mail.ru"],
        }
    )
    page = page_table(frame, {name: name for name in frame.columns}).to_html()
    for text in ("30.5\u00a0%", "21,777", "yes", "(not given)", "Google, Yahoo", "Mail.ru"):
        assert text in page


def test_package_itself_loads_no_chart_library() -> None:
    """`views` is imported by name."""
    import subprocess  # noqa: PLC0415 - this test alone starts Python

    code = "import sys, tlsrpt_analysis; print({'altair', 'ipywidgets', 'nbconvert'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_rows_beyond_the_first_are_there_for_a_chosen_domain() -> None:
    """They are hidden by their class, and counted below the table."""
    frame = pd.DataFrame({"policy_domain": ["a.example", "b.example"], "lost": [1, 2]})
    page = page_table(frame, rows=1).to_html()
    assert "The first 1 of 2 rows." in page
    assert page.count("words policy-domain later") == 1
    assert page.count("words policy-domain") == 2
    assert "caption>" not in page_table(frame).to_html()
