"""The explorer without a kernel: moving a selector changes what is selected."""

import asyncio
import datetime as dt
import functools
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pandas as pd
import pytest
from support import made_reports
from support.made_reports import failure, month, policy

from tlsrpt_analysis import daily_sessions
from tlsrpt_analysis.tables import ReportTables, empty_tables
from tlsrpt_analysis.views import Explorer
from tlsrpt_analysis.views.widgets import newest_choice
from tlsrpt_analysis.views.widgets.brushed_chart import over_time
from tlsrpt_analysis.views.widgets.explored import Choice, Explored
from tlsrpt_analysis.views.widgets.parts import LastMove

HOSTILE = "<!--<script>.example"


@pytest.fixture
def tables() -> ReportTables:
    """Two domains, two reporters, three days; Microsoft fails at example.com."""
    unknown = failure(None, "validation-failure")
    clean = [policy(10), policy(10, domain=HOSTILE)]
    failing = [policy(10, 4, failure(4, "validation-failure"), unknown), clean[1]]
    return made_reports.tables(
        *month(*clean, reporter="Google", days=3), *month(*failing, reporter="Microsoft", days=3)
    )


def choose(selector: object, name: str) -> None:
    """Pick an option by its label, like a user."""
    selector.label = name  # type: ignore[attr-defined]


def test_everything_is_selected_at_first(tables: ReportTables) -> None:
    """The explorer opens with every report."""
    explorer = Explorer(tables)
    assert len(explorer.selection.policies) == len(tables.policies)
    assert [each.label for each in explorer.children[0].children[:4]] == ["all"] * 4


def test_moving_selectors_changes_the_selection(tables: ReportTables) -> None:
    """Each selector narrows what is left."""
    explorer = Explorer(tables)
    choose(explorer.policy_domain, "example.com")
    assert len(explorer.selection.policies) == 6
    choose(explorer.reporter, "Microsoft")
    explorer.since.value = dt.date(2026, 7, 2)
    assert len(explorer.selection.policies) == 2
    choose(explorer.reporter, "all")
    explorer.until.value = dt.date(2026, 7, 2)
    assert set(explorer.selection.policies["reporter"]) == {"Google", "Microsoft"}
    choose(explorer.policy_type, "sts")
    assert len(explorer.selection.policies) == 2


def test_failures_are_summed_and_unknown_counts_add_nothing(tables: ReportTables) -> None:
    """A missing failed-session-count is unknown, not one."""
    explorer = Explorer(tables)
    assert explorer.failures["failed_session_count"].tolist() == [12]


def test_no_date_means_no_bound(tables: ReportTables) -> None:
    """An empty date picker sets no limit."""
    explorer = Explorer(tables)
    explorer.since.value = None
    explorer.until.value = None
    assert len(explorer.selection.policies) == len(tables.policies)


def test_explorer_of_nothing_shows_no_data() -> None:
    """An empty archive can be explored."""
    assert Explorer(empty_tables()).failures.empty


def test_text_of_a_report_is_in_safe_widgets_only(tables: ReportTables) -> None:
    """Drop-down lists show text; HTML widgets would run it."""
    explorer = Explorer(tables)
    assert HOSTILE in [label for label, _ in explorer.policy_domain.options]
    kinds = {type(each).__name__ for each in explorer.children[0].children}
    assert kinds == {"Dropdown", "DatePicker"}


def test_outputs_are_state_that_any_front_end_can_read(tables: ReportTables) -> None:
    """Summary, chart and failures, without a capture that could stall a run."""
    _, summary, chart, hosts, failures = [view.outputs[0] for view in Explorer(tables).views]
    assert "text/html" in summary["data"]
    for drawn in (chart, hosts):
        assert {"application/vnd.vegalite.v5+json", "image/svg+xml"} <= set(drawn["data"])
    assert "validation-failure" in failures["data"]["text/html"]
    assert "<script" not in failures["data"]["text/html"]


def brush(
    explorer: Explorer,
    first: dt.date | None,
    last: dt.date | None = None,
    drawing: int | None = None,
) -> None:
    """Draw an interval, or click beside it, as the front end reports it of the latest drawing."""
    ends = [_milliseconds(first), _milliseconds(last, after=1)] if first and last else None
    number = explorer.overview.drawing if drawing is None else drawing
    explorer.overview._handle_custom_msg({"drawing": number, "ends": ends}, [])


def _milliseconds(day: dt.date, *, after: int = 0) -> float:
    start = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=after)
    return start.timestamp() * 1000


def test_brush_chooses_days_and_leaves_the_brushed_chart_as_it_is(tables: ReportTables) -> None:
    """The pickers show the chosen days, and the drag is not interrupted."""
    explorer = Explorer(tables)
    drawn = explorer.overview.spec
    brush(explorer, dt.date(2026, 7, 2), dt.date(2026, 7, 3))
    assert (explorer.since.value, explorer.until.value) == (
        dt.date(2026, 7, 2),
        dt.date(2026, 7, 3),
    )
    assert explorer.selection.policies["day"].min() == pd.Timestamp("2026-07-02")
    assert explorer.overview.spec is drawn
    assert "8" in explorer.views[4].outputs[0]["data"]["text/html"]
    brush(explorer, None)
    assert len(explorer.selection.policies) == len(tables.policies)


def test_brush_beyond_the_reports_ends_with_them(tables: ReportTables) -> None:
    """The axis continues to the end of the last day."""
    explorer = Explorer(tables)
    brush(explorer, dt.date(2026, 6, 1), dt.date(2026, 7, 2))
    assert explorer.since.value == dt.date(2026, 7, 1)
    brush(explorer, dt.date(2026, 6, 1), dt.date(2026, 8, 1))
    assert explorer.until.value == dt.date(2026, 7, 3)


def test_picked_days_are_drawn_as_the_brush(tables: ReportTables) -> None:
    """However days are chosen, the chart shows them."""
    explorer = Explorer(tables)
    explorer.since.value = dt.date(2026, 7, 2)
    params = explorer.overview.spec["params"]
    assert [param["value"]["x"][0]["date"] for param in params] == [2]


def test_brush_moved_by_the_pickers_is_that_of_a_new_chart(tables: ReportTables) -> None:
    """Only the brush is replaced; once removed it is gone, even if it was drawn by hand."""
    explorer = Explorer(tables)
    explorer.since.value = dt.date(2026, 7, 2)
    sessions = explorer._explored.daily_sessions(Choice())
    built = over_time(sessions, (dt.date(2026, 7, 2), dt.date(2026, 7, 3)))
    moved = dict(explorer.overview.spec)
    assert moved.pop("usermeta") == {"drawing": 1}
    assert _without_names(moved) == _without_names(built)
    brush(explorer, dt.date(2026, 7, 1), dt.date(2026, 7, 1))
    before = explorer.overview.spec
    explorer.presets["all"].click()
    assert explorer.overview.spec != before
    assert "value" not in explorer.overview.spec["params"][0]


def test_brush_counts_although_another_domain_is_being_drawn(tables: ReportTables) -> None:
    """It was drawn on the chart before; the new one takes it over."""
    explorer = Explorer(tables)
    choose(explorer.policy_domain, "example.com")
    assert explorer.overview.drawing == 1
    brush(explorer, dt.date(2026, 7, 2), dt.date(2026, 7, 2), drawing=0)
    assert explorer.since.value == explorer.until.value == dt.date(2026, 7, 2)
    (param,) = explorer.overview.spec["params"]
    assert param["value"]["x"][0]["date"] == 2


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """Set the second at which the browser sent the next messages, or None for a cell."""
    times: list[dt.datetime | None] = [None]

    def set_second(second: int | None) -> None:
        start = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        times[0] = None if second is None else start + dt.timedelta(seconds=second)

    monkeypatch.setattr(newest_choice, "sent_at", lambda: times[0])
    return set_second


def days_of(explorer: Explorer) -> tuple[int, int]:
    """Return the first and the last chosen day of July."""
    return explorer.since.value.day, explorer.until.value.day


def test_end_of_a_drag_that_a_click_overtook_changes_nothing(
    tables: ReportTables, sent: Callable[[int | None], None]
) -> None:
    """The days stay those of the click, and the brush that the reader sees is drawn again."""
    explorer = Explorer(tables)
    sent(2)
    explorer.presets["all"].click()
    sent(1)
    brush(explorer, dt.date(2026, 7, 2), dt.date(2026, 7, 2))
    assert days_of(explorer) == (1, 3)
    assert explorer.overview.drawing == 1
    assert "value" not in explorer.overview.spec["params"][0]
    sent(3)
    brush(explorer, dt.date(2026, 7, 2), dt.date(2026, 7, 2))
    assert days_of(explorer) == (2, 2)


def test_click_that_a_drag_overtook_keeps_the_days_of_the_drag(
    tables: ReportTables, sent: Callable[[int | None], None]
) -> None:
    """It still chooses all domains; a picked day that arrives late is put back."""
    explorer = Explorer(tables)
    choose(explorer.policy_domain, "example.com")
    sent(9)
    brush(explorer, dt.date(2026, 7, 2), dt.date(2026, 7, 2))
    sent(7)
    explorer.presets["all"].click()
    explorer.presets["last 30 days"].click()
    explorer.until.value = dt.date(2026, 7, 3)
    assert explorer.policy_domain.label == "all"
    assert days_of(explorer) == (2, 2)


def test_cells_and_clocks_that_are_set_overtake_nothing(
    tables: ReportTables, sent: Callable[[int | None], None]
) -> None:
    """Days set by a cell count, and so do those of a browser whose clock went back an hour."""
    explorer = Explorer(tables)
    sent(7200)
    brush(explorer, dt.date(2026, 7, 2), dt.date(2026, 7, 2))
    sent(3600)
    brush(explorer, dt.date(2026, 7, 1), dt.date(2026, 7, 1))
    assert days_of(explorer) == (1, 1)
    sent(None)
    explorer.until.value = dt.date(2026, 7, 3)
    assert days_of(explorer) == (1, 3)


def test_time_of_a_message_is_that_of_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel keeps the header of the message that it handles; cells have one too."""
    day = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    shell = SimpleNamespace(parent_header={"header": {"msg_type": "comm_msg", "date": day}})
    monkeypatch.setattr(newest_choice, "get_ipython", lambda: shell)
    assert newest_choice.sent_at() == day
    shell.parent_header["header"]["msg_type"] = "execute_request"
    assert newest_choice.sent_at() is None
    monkeypatch.setattr(newest_choice, "get_ipython", lambda: None)
    assert newest_choice.sent_at() is None


def _without_names(spec: object) -> object:
    """Return a specification without the names that altair counts on, which differ each time."""
    names = ("views", "name", "datasets")
    if isinstance(spec, dict):
        return {key: _without_names(value) for key, value in spec.items() if key not in names}
    return [_without_names(item) for item in spec] if isinstance(spec, list) else spec


@pytest.fixture
def hosts() -> ReportTables:
    """Two domains with an MX host each that fails, and one failure whose host was not given."""
    at = [failure(4, host="mx1.example.com"), failure(6, host="mx2.example.com"), failure(1)]
    other = failure(3, host="mx1.example.net")
    return made_reports.tables(
        *month(policy(10, 11, *at), policy(5, 3, other, domain="example.net"), days=40),
        *month(policy(7, domain="example.org"), days=40),
    )


def test_mx_host_leaves_its_failures_and_their_policies(hosts: ReportTables) -> None:
    """Successes are counted per policy; those of other policies are left out."""
    explorer = Explorer(hosts)
    choose(explorer.mx_hostname, "mx2.example.com")
    assert explorer.failures["failed_session_count"].tolist() == [240]
    assert set(explorer.selection.policies["policy_domain"]) == {"example.com"}
    choose(explorer.mx_hostname, "(not given)")
    assert explorer.failures["failed_session_count"].tolist() == [40]


def heat_map_of(explorer: Explorer) -> dict[str, object]:
    """Return the specification of the heat map."""
    return explorer.views[2].outputs[0]["data"]["application/vnd.vegalite.v5+json"]


def bands_of(explorer: Explorer) -> dict[str, str]:
    """Return the colour of each cell of the heat map by its first day."""
    (rows,) = heat_map_of(explorer)["datasets"].values()  # type: ignore[attr-defined]
    return {row["start"]: row["band"] for row in rows if row["layer"] == "cell"}


def notices_of(explorer: Explorer) -> str:
    """Return what the explorer says about the choice."""
    return explorer.views[0].outputs[0]["data"]["text/plain"]


def test_days_without_failures_at_an_mx_are_clean_and_not_without_report() -> None:
    """Counts are drawn, as no report says how many sessions succeeded at a host."""
    failing = policy(10, 4, failure(4, host="mx1.example.com"))
    explorer = Explorer(
        made_reports.tables(
            *month(failing, days=2), made_reports.report(policy(9), day=2, reporter="Google")
        )
    )
    assert bands_of(explorer)["2026-07-01"] == "25 to 50 %"
    choose(explorer.mx_hostname, "mx1.example.com")
    assert list(bands_of(explorer).values()) == ["1 to 9", "1 to 9", "none"]
    assert "3 with reports" in explorer.views[1].outputs[0]["data"]["text/html"]


def test_views_follow_the_mx_host_or_say_that_they_do_not(hosts: ReportTables) -> None:
    """The chart of hosts shows the chosen one; the chart over time stays as it is."""
    explorer = Explorer(hosts)
    before = explorer.overview.spec
    choose(explorer.mx_hostname, "mx2.example.com")
    shares = explorer.views[3].outputs[0]["data"]["application/vnd.vegalite.v5+json"]
    (rows,) = shares["datasets"].values()
    assert {row["receiving_mx_hostname"] for row in rows} <= {"mx2.example.com", None}
    assert [row["value"][:4] for row in rows if row["layer"] == "whole"] == ["55 %"]
    assert explorer.overview.spec is before
    assert "the chart over time do not follow the MX host" in notices_of(explorer)
    choose(explorer.mx_hostname, "(not given)")
    assert "at the MX host (not given)" in notices_of(explorer)


def test_days_outside_the_reports_get_an_answer(tables: ReportTables) -> None:
    """An empty chart alone would look like a fault."""
    explorer = Explorer(tables)
    assert notices_of(explorer) == ""
    explorer.since.value = dt.date(2026, 6, 1)
    assert "nothing is known of other days" in notices_of(explorer)
    explorer.since.value = dt.date(2026, 8, 1)
    assert notices_of(explorer) == "The reports end on 2026-07-03: none is as late as 2026-08-01."
    explorer.since.value, explorer.until.value = None, dt.date(2026, 6, 1)
    assert (
        notices_of(explorer) == "The reports begin on 2026-07-01: none is as early as 2026-06-01."
    )
    explorer.since.value, explorer.until.value = dt.date(2026, 7, 3), dt.date(2026, 7, 2)
    assert notices_of(explorer).startswith("The first day, 2026-07-03, is after the last")
    assert notices_of(Explorer(empty_tables())) == "There are no reports."


def test_choice_without_reports_says_so() -> None:
    """A reporter may have none about the chosen domain, and a host no failure in these days."""
    failing = policy(10, 4, failure(4, host="mx1.example.com"), domain="example.net")
    explorer = Explorer(
        made_reports.tables(
            made_reports.report(policy(9)),
            made_reports.report(failing, reporter="Microsoft"),
            made_reports.report(policy(9, domain="example.net"), reporter="Microsoft", day=1),
        )
    )
    choose(explorer.policy_domain, "example.net")
    choose(explorer.reporter, "Google")
    assert notices_of(explorer) == "No report matches this choice."
    choose(explorer.reporter, "Microsoft")
    choose(explorer.mx_hostname, "mx1.example.com")
    explorer.since.value = dt.date(2026, 7, 2)
    assert notices_of(explorer).startswith("No session failed at this MX host")


def test_only_the_worst_domains_have_their_hosts_drawn() -> None:
    """The explorer says that the others are left out."""
    failing = [
        policy(9, 1, failure(1, host="mx1.example.com"), domain=f"{name}.example")
        for name in "abcde"
    ]
    explorer = Explorer(made_reports.tables(*month(*failing, days=1)))
    assert "the 4 domains of 5 with the most failures" in notices_of(explorer)


def test_hosts_offered_are_those_of_the_domain(hosts: ReportTables) -> None:
    """Another domain's host would leave nothing, without an explanation."""
    explorer = Explorer(hosts)
    choose(explorer.mx_hostname, "mx2.example.com")
    choose(explorer.policy_domain, "example.com")
    assert explorer.mx_hostname.label == "mx2.example.com"
    choose(explorer.policy_domain, "example.net")
    assert explorer.mx_hostname.label == "all"
    assert [label for label, _ in explorer.mx_hostname.options] == ["all", "mx1.example.net"]


def test_presets_choose_in_one_move(hosts: ReportTables) -> None:
    """The worst MX of the domain, the last 30 days, and all again."""
    explorer = Explorer(hosts)
    explorer.presets["worst MX"].click()
    assert explorer.mx_hostname.label == "mx2.example.com"
    choose(explorer.policy_domain, "example.net")
    explorer.presets["worst MX"].click()
    assert explorer.mx_hostname.label == "mx1.example.net"
    explorer.presets["last 30 days"].click()
    assert len(set(explorer.selection.policies["day"])) == 30
    explorer.presets["all"].click()
    assert len(explorer.selection.policies) == len(hosts.policies)


def test_moves_noted_in_two_threads_are_not_drawn_at_the_same_time() -> None:
    """Otherwise an older drawing could end last and stay."""
    drawn: list[str] = []

    def draw() -> None:
        drawn.append("begun")
        if len(drawn) == 1:
            other.start()
            other.join(0.1)
        drawn.append("ended")

    moves = LastMove(draw)
    other = threading.Thread(target=moves.note)
    moves.note()
    other.join()
    assert drawn == ["begun", "ended"] * 2


def test_domain_chosen_during_another_choice_does_not_stop_later_ones(
    hosts: ReportTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that chooses a domain restored what another one, choosing days, had set to wait."""
    explorer = Explorer(hosts)
    is_offering, has_chosen = threading.Event(), threading.Event()
    mx_hostnames = explorer._explored.mx_hostnames

    def slow_hostnames(domains: tuple[str | None, ...]) -> list[str | None]:
        is_offering.set()
        has_chosen.wait()
        return mx_hostnames(domains)

    monkeypatch.setattr(explorer._explored, "mx_hostnames", slow_hostnames)
    domain = next(value for _, value in explorer.policy_domain.options if value)
    choose = functools.partial(explorer.policy_domain.set_trait, "value", domain)
    other = threading.Thread(target=choose)
    with explorer._together():
        other.start()
        is_offering.wait(0.1)
    has_chosen.set()
    other.join()
    before = [view.outputs for view in explorer.views]
    explorer.policy_domain.value = ()
    assert [view.outputs for view in explorer.views] != before


def test_of_rapid_moves_only_the_last_is_drawn(hosts: ReportTables) -> None:
    """Dragging sends many moves; each is selected, and only the last is shown."""

    async def moved() -> list[int]:
        explorer = Explorer(hosts)
        shown, settled = [], asyncio.Event()

        def show() -> None:
            shown.append(len(explorer.selection.policies))
            settled.set()

        explorer._moves = LastMove(show)
        for day in range(2, 12):
            explorer.since.value = dt.date(2026, 7, day)
        assert len(explorer.selection.policies) == 3 * 30
        await asyncio.wait_for(settled.wait(), timeout=10)
        return shown

    assert asyncio.run(moved()) == [3 * 30]


def test_daily_sessions_are_those_of_the_selection(hosts: ReportTables) -> None:
    """The cached sessions are those that would be computed again."""
    explored = Explored(hosts)
    first = dt.date(2026, 7, 5)
    choices = [
        Choice(("example.com",), ("Google",), (), (), first, dt.date(2026, 7, 9)),
        Choice((), (), ("sts",), (), first, None),
        Choice(),
    ]
    for choice in choices:
        found = explored.daily_sessions(choice).reset_index(drop=True)
        same = daily_sessions(explored.selection(choice))
        columns = ["session_count", "failed_session_count"]
        pd.testing.assert_frame_equal(found[columns], same[columns])
