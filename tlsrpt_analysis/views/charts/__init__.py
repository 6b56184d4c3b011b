"""One chart per analysis, named as it; a chart lays out what it is given and computes nothing.

A report's text reaches a chart only as data: no expression, no address and no column name holds it.
Days are dates as text on a UTC scale, so that no viewer's time zone moves them.
"""

from tlsrpt_analysis.views.charts.coverage import coverage
from tlsrpt_analysis.views.charts.daily_sessions import daily_sessions
from tlsrpt_analysis.views.charts.enforce_impact import enforce_impact
from tlsrpt_analysis.views.charts.failure_share_by_mx import failure_share_by_mx
from tlsrpt_analysis.views.charts.selective_failures import selective_failures
from tlsrpt_analysis.views.charts.sessions_over_time import sessions_over_time

__all__ = [
    "coverage",
    "daily_sessions",
    "enforce_impact",
    "failure_share_by_mx",
    "selective_failures",
    "sessions_over_time",
]
