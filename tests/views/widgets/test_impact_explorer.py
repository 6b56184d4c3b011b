"""The explorer of enforce mode without a kernel: ticking and setting changes the impact."""

import pytest
from support import made_reports
from support.made_reports import failure, month, policy
from traitlets import TraitError

from tlsrpt_analysis import enforce_impact
from tlsrpt_analysis.tables import ReportTables, empty_tables
from tlsrpt_analysis.views import ImpactExplorer
from tlsrpt_analysis.views.charts.cause_families import FAMILY_COLOURS

MISSED = "add mx mx2.example.com"
HOSTILE = "<img src=x onerror=alert(1)>.example"


@pytest.fixture
def tables() -> ReportTables:
    """One domain whose policy misses an MX, one with an expired certificate, one clean."""
    missed = failure(20, "validation-failure", "mx2.example.com")
    expired = failure(5, "certificate-expired", "mx1.example.net")
    return made_reports.tables(
        *month(
            policy(80, 20, missed),
            policy(95, 5, expired, domain="example.net", mx=("mx1.example.net",)),
            policy(50, domain=HOSTILE),
        )
    )


def figures(explorer: ImpactExplorer) -> str:
    """Return the table of states as it is shown."""
    return explorer.views[0].outputs[0]["data"]["text/html"]


def fix_of(explorer: ImpactExplorer, fix: str) -> object:
    """Return the checkbox of a fix."""
    return next(box for box in explorer.fixes if box.fix == fix)


def test_domain_with_most_failures_is_shown_first(tables: ReportTables) -> None:
    """The widget opens at the domain with the most to fix."""
    explorer = ImpactExplorer(tables)
    assert explorer.policy_domain.label == "example.com"
    assert MISSED in [box.fix for box in explorer.fixes]
    assert "as reported" in figures(explorer)
    assert "20.0" in figures(explorer)


def test_ticked_fix_changes_headline_and_impact(tables: ReportTables) -> None:
    """Figures, headline and the impact for the next cell follow at once."""
    explorer = ImpactExplorer(tables)
    fix_of(explorer, MISSED).value = True
    assert "with 1 fix done" in figures(explorer)
    shares = explorer.impact.by_domain.set_index("policy_domain")["would_block_share"]
    assert shares["example.com"] == 0
    assert shares["example.net"] == pytest.approx(0.05)
    fix_of(explorer, MISSED).value = False
    assert "done" not in figures(explorer)
    assert explorer.impact.by_domain.equals(enforce_impact(tables).by_domain)


def test_fixes_stay_ticked_when_another_domain_is_shown(tables: ReportTables) -> None:
    """Choosing a domain shows its own fixes and forgets none."""
    explorer = ImpactExplorer(tables)
    fix_of(explorer, MISSED).value = True
    explorer.policy_domain.label = "example.net"
    assert MISSED not in [box.fix for box in explorer.fixes]
    assert "done" not in figures(explorer)
    explorer.policy_domain.label = "example.com"
    assert fix_of(explorer, MISSED).value
    assert "with 1 fix done" in figures(explorer)


def test_assumptions_are_those_of_enforce_impact(tables: ReportTables) -> None:
    """The same result is reached without the widget."""
    explorer = ImpactExplorer(tables)
    explorer.counts_all_mail.value = True
    explorer.honouring_share.value = (40, 50)
    explorer.sessions_per_message.value = (2, 10)
    same = enforce_impact(tables, honouring_share=(0.4, 0.5), sessions_per_message=(2, 10))
    assert explorer.impact.by_domain.equals(same.by_domain)
    assert set(explorer.impact.by_domain["denominator"]) == {"all inbound mail"}


def test_share_of_senders_is_set_only_where_it_counts(tables: ReportTables) -> None:
    """Without all inbound mail the shares are of the reported sessions."""
    explorer = ImpactExplorer(tables)
    assert explorer.honouring_share.disabled
    explorer.counts_all_mail.value = True
    assert not explorer.honouring_share.disabled


def test_impact_can_be_given_instead_of_reports(tables: ReportTables) -> None:
    """The impact that was already computed is used."""
    explorer = ImpactExplorer(enforce_impact(tables))
    assert explorer.impact.by_domain.equals(enforce_impact(tables).by_domain)
    fix_of(explorer, MISSED).value = True
    assert "with 1 fix done" in figures(explorer)
    assert "example.net" not in figures(explorer)
    explorer.counts_all_mail.value = True
    assert set(explorer.impact.by_domain["denominator"]) == {"all inbound mail"}


def drawn(explorer: ImpactExplorer) -> dict[str, object]:
    """Return the specification of the chart."""
    return explorer.views[1].outputs[0]["data"]["application/vnd.vegalite.v5+json"]


def axis_of(explorer: ImpactExplorer) -> tuple[float, str]:
    """Return where the axis ends, and its title."""
    place = drawn(explorer)["layer"][0]["encoding"]["x"]  # type: ignore[index]
    return place["scale"]["domain"][1], place["axis"]["title"]


def bars_of(explorer: ImpactExplorer) -> dict[str, float]:
    """Return the end of each bar by its layer."""
    (rows,) = drawn(explorer)["datasets"].values()  # type: ignore[attr-defined]
    return {row["layer"]: row["to"] for row in rows if row["layer"] in {"ghost", "part"}}


def test_bar_shrinks_before_what_is_reported_on_the_same_axis(tables: ReportTables) -> None:
    """What a fix saves is what is left of the pale bar."""
    explorer = ImpactExplorer(tables)
    before = axis_of(explorer)
    assert bars_of(explorer) == {"ghost": pytest.approx(0.2), "part": pytest.approx(0.2)}
    fix_of(explorer, MISSED).value = True
    assert axis_of(explorer) == before
    assert bars_of(explorer) == {"ghost": pytest.approx(0.2)}
    assert "what is wrong" not in str(drawn(explorer)["layer"])


def test_axis_names_the_denominator_and_stays(tables: ReportTables) -> None:
    """Of all inbound mail it is less, which only the same axis shows."""
    explorer = ImpactExplorer(tables)
    limit, title = axis_of(explorer)
    assert "share of tested sessions" in title
    explorer.counts_all_mail.value = True
    assert axis_of(explorer)[0] == limit
    assert "share of all inbound mail" in axis_of(explorer)[1]
    assert bars_of(explorer)["ghost"] < 0.2


def test_causes_have_the_colours_of_the_other_charts(tables: ReportTables) -> None:
    """A host that the policy misses is a fault of the policy, in the colour of that family."""
    explorer = ImpactExplorer(tables)
    (rows,) = drawn(explorer)["datasets"].values()  # type: ignore[attr-defined]
    assert {row["family"] for row in rows if row["layer"] == "part"} == {"policy text"}
    scale = drawn(explorer)["layer"][1]["encoding"]["color"]["scale"]  # type: ignore[index]
    assert scale == {
        "domain": ["policy text"],
        "range": [FAMILY_COLOURS["policy text"]],
    }


def test_host_is_either_dropped_or_repaired() -> None:
    """Ticking the one takes the tick off the other."""
    missed = failure(20, "validation-failure", "mx2.example.com")
    explorer = ImpactExplorer(made_reports.tables(*month(policy(80, 20, missed), policy(9))))
    names = [box.fix for box in explorer.fixes]
    assert {MISSED, "drop mx mx2.example.com"} <= set(names)
    fix_of(explorer, MISSED).value = True
    fix_of(explorer, "drop mx mx2.example.com").value = True
    assert not fix_of(explorer, MISSED).value
    fix_of(explorer, MISSED).value = True
    assert not fix_of(explorer, "drop mx mx2.example.com").value
    assert "with 1 fix done" in figures(explorer)


def test_sliders_refuse_what_is_no_range(tables: ReportTables) -> None:
    """The smaller number comes first."""
    explorer = ImpactExplorer(tables)
    with pytest.raises(TraitError, match="two numbers from 0 to 100"):
        explorer.honouring_share.value = (50, 40)
    assert explorer.honouring_share.value == (30, 60)


def test_label_of_a_fix_is_no_mathematics() -> None:
    """JupyterLab typesets labels, and a formula can be a link."""
    attack = failure(20, "starttls-not-supported", r"$\href{https://evil.example}{mx}$")
    explorer = ImpactExplorer(made_reports.tables(*month(policy(80, 20, attack))))
    labels = [box.description for box in explorer.fixes]
    assert labels
    assert not {"$", "\\"} & set("".join(labels))


def test_explorer_of_nothing_says_so() -> None:
    """An empty archive has no domain to choose."""
    explorer = ImpactExplorer(empty_tables())
    assert explorer.fixes == []
    assert "Nothing to draw" in explorer.views[0].outputs[0]["data"]["text/plain"]


def test_text_of_a_report_is_in_safe_widgets_only(tables: ReportTables) -> None:
    """Boxes and lists show text; the table escapes it."""
    explorer = ImpactExplorer(tables)
    explorer.policy_domain.label = HOSTILE
    assert "<img" not in figures(explorer)
    assert {type(box).__name__ for box in explorer.fixes} <= {"FixBox"}
