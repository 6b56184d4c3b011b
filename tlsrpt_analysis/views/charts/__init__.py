"""One chart per analysis, with its name; a chart lays out results and computes nothing.

The text of a report reaches a chart only as data, never as an expression, an address or a column.
Days are dates as text on a UTC scale, so that the viewer's time zone does not move them.
"""

from tlsrpt_analysis.views.charts.coverage import coverage
from tlsrpt_analysis.views.charts.daily_failures_by_mx import daily_failures_by_mx
from tlsrpt_analysis.views.charts.daily_sessions import daily_sessions
from tlsrpt_analysis.views.charts.enforce_impact import enforce_impact
from tlsrpt_analysis.views.charts.failure_share_by_mx import failure_share_by_mx
from tlsrpt_analysis.views.charts.fixes import fixes
from tlsrpt_analysis.views.charts.readiness import readiness
from tlsrpt_analysis.views.charts.selective_failures import selective_failures
from tlsrpt_analysis.views.charts.sessions_over_time import sessions_over_time

__all__ = [
    "coverage",
    "daily_failures_by_mx",
    "daily_sessions",
    "enforce_impact",
    "failure_share_by_mx",
    "fixes",
    "readiness",
    "selective_failures",
    "sessions_over_time",
]
