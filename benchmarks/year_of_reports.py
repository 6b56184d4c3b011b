"""A year of reports about many domains, as tables: what widgets are moved over in a benchmark."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa

from tlsrpt_analysis.loading.frames import columns_of, frame_of_columns
from tlsrpt_analysis.tables import SCHEMAS, Balance, ReportTables

FIRST_DAY = dt.date(2025, 7, 1)
REPORTERS = ("Google", "Microsoft", "Yahoo", "Comcast", "Mail.ru", "GMX", "Fastmail", "mox")
RESULT_TYPES = (
    "certificate-expired",
    "certificate-host-mismatch",
    "starttls-not-supported",
    "validation-failure",
)
SEED = 8460


def year_of_reports(
    *, domains: int = 50, days: int = 365, failures: int | None = None
) -> ReportTables:
    """Return one report a domain, reporter and day, a third of them with failures at two hosts.

    Parameters
    ----------
    domains, days : int
        How many.
    failures : int, optional
        The rows of failure details; one per report with failures by default.
    """
    generator = np.random.default_rng(SEED)
    count = domains * len(REPORTERS) * days
    key = np.arange(count)
    domain, reporter, day = np.unravel_index(key, (domains, len(REPORTERS), days))
    sessions = generator.poisson(60, count) + 1
    failed = np.where(generator.random(count) < 1 / 3, generator.binomial(sessions, 0.1), 0)
    names = {
        "policy_domain": _category(domain, [f"d{number}.example" for number in range(domains)]),
        "reporter": _category(reporter, list(REPORTERS)),
        "day": [FIRST_DAY + dt.timedelta(int(number)) for number in day],
    }
    policies = pd.DataFrame(
        {
            "policy_key": key,
            "report_key": key,
            **names,
            "policy_type": "sts",
            "policy_mode": np.where(day < days // 2, "testing", "enforce"),
            "policy_string": "version: STSv1\nmode: testing\nmx: mx1.example\nmax_age: 604800",
            "total_successful_session_count": sessions - failed,
            "total_failure_session_count": failed,
        }
    )
    failing = np.flatnonzero(failed)
    details = failing if failures is None else np.resize(failing, failures)
    failures = policies.loc[
        details, ["policy_key", "report_key", *names, "policy_type", "policy_mode"]
    ]
    failures = failures.assign(
        result_type=np.array(RESULT_TYPES)[domain[details] % len(RESULT_TYPES)],
        receiving_mx_hostname=np.where(details % 3 == 0, "mx2.example", "mx1.example"),
        failed_session_count=failed[details] if failures is None else 1,
    )
    reports = pd.DataFrame(
        {"report_key": key, "reporter": names["reporter"], "day": names["day"], "source": "made"}
    )
    return ReportTables(
        _frame("reports", reports),
        _frame("policies", policies),
        _frame("failures", failures),
        _frame("problems", pd.DataFrame()),
        Balance(count, count),
    )


def _category(codes: np.ndarray, names: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=names)


def _frame(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the schema of a frame; a column they lack is empty."""
    filled = rows.assign(
        **{
            column: False if dtype == "bool" else None
            for column, dtype in SCHEMAS[name].items()
            if column not in rows
        }
    )
    table = pa.Table.from_pandas(filled[list(SCHEMAS[name])], preserve_index=False)
    texts = [column for column, dtype in SCHEMAS[name].items() if dtype in ("category", "str")]
    for column in texts:
        place = table.column_names.index(column)
        table = table.set_column(place, column, table[column].cast(pa.string()))
    return frame_of_columns(name, columns_of(table).pop)
