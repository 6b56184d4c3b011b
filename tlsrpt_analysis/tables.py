"""The four frames that all analyses work on, their schemas, and selections from them."""

import datetime as dt
import html
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from tlsrpt_analysis.near_names import warn_of_unknown
from tlsrpt_analysis.result_html import result_html, sentence
from tlsrpt_analysis.selections import check_order, selected_values, within
from tlsrpt_analysis.shown_texts import AS_TEXT, counted, without_controls

DAY = "datetime64[s]"
"""A UTC day: its midnight, without a time zone."""

UNKNOWN = {
    "policy_domain": "no report is about {}",
    "reporter": "no report is from {}",
    "policy_type": "no report has the policy type {}",
}
"""What a warning says of a name in no report."""

INSTANT = pd.DatetimeTZDtype("us", "UTC")

SCHEMAS: Mapping[str, Mapping[str, object]] = {
    "reports": {
        "report_key": "int64",
        "reporter": "category",
        "organization_name": "category",
        "contact_info": "category",
        "report_id": "str",
        "start_datetime": INSTANT,
        "end_datetime": INSTANT,
        "day": DAY,
        "source": "str",
        "authenticity": "category",
        "is_duplicate": "bool",
    },
    "policies": {
        "policy_key": "int64",
        "report_key": "int64",
        "reporter": "category",
        "day": DAY,
        "policy_domain": "category",
        "policy_type": "category",
        "policy_mode": "category",
        "policy_string": "category",
        "mx_host": "category",
        "total_successful_session_count": "int64",
        "total_failure_session_count": "int64",
    },
    "failures": {
        "policy_key": "int64",
        "report_key": "int64",
        "reporter": "category",
        "day": DAY,
        "policy_domain": "category",
        "policy_type": "category",
        "policy_mode": "category",
        "result_type": "category",
        "failure_reason_code": "category",
        "receiving_mx_hostname": "category",
        "receiving_mx_helo": "category",
        "receiving_ip": "category",
        "sending_mta_ip": "category",
        "failed_session_count": "Int64",
        "additional_information": "category",
    },
    "problems": {
        "source": "str",
        "stage": "category",
        "severity": "category",
        "message": "category",
    },
}
"""The columns of each frame, in order, and their types."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The outcomes of all inputs: ``members = reports + duplicates + rejected + skipped``.

    A member is one leaf of the input: a report document, a mail without a report, a file or an
    archive member that is something else, or an archive that cannot be read.
    `members` is counted where inputs are found, the others by their outcomes.
    """

    members: int = 0
    reports: int = 0
    duplicates: int = 0
    rejected: int = 0
    skipped: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every member ended as exactly one of the four."""
        return self.members == self.reports + self.duplicates + self.rejected + self.skipped

    def _repr_html_(self) -> str:
        answer = (
            "Every input is accounted for" if self.adds_up else "Some inputs are not accounted for"
        )
        return result_html(answer, sentence(str(self)))

    def __str__(self) -> str:
        return (
            f"{counted(self.members, 'input')} = {counted(self.reports, 'report')}"
            f" + {counted(self.duplicates, 'duplicate')}"
            f" + {self.rejected:,} rejected + {self.skipped:,} skipped"
        )


@dataclass(frozen=True, slots=True)
class ReportTables:
    """Reports as four frames; `SCHEMAS` has their columns.

    Attributes
    ----------
    reports : DataFrame
        A row per report; a duplicate has a row here and in no other frame.
    policies : DataFrame
        A row per policy result in a report, with its two session totals.
        ``policy_string`` and ``mx_host`` hold one line per entry of the reported array.
    failures : DataFrame
        A row per failure detail; a missing ``failed_session_count`` is unknown, not 1.
    problems : DataFrame
        A row per input that was rejected, forgiven or skipped, and why.
    balance : Balance
        The outcomes of all inputs of the load; a selection keeps the balance of its load.
    """

    reports: pd.DataFrame
    policies: pd.DataFrame
    failures: pd.DataFrame
    problems: pd.DataFrame
    balance: Balance

    def __post_init__(self) -> None:
        for name, schema in SCHEMAS.items():
            assert_schema(name, getattr(self, name), schema)

    def select(
        self,
        *,
        policy_domains: Collection[str] | None = None,
        reporters: Collection[str] | None = None,
        policy_types: Collection[str] | None = None,
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
    ) -> "ReportTables":
        """Return the reports of the chosen domains, reporters, policy types and days.

        Parameters
        ----------
        policy_domains, reporters, policy_types : collection of str, optional
            The values to keep; a single string is one value; all values by default.
            Domains may be written in any case, with U-labels and with a trailing dot.
        since, until : datetime.date or str, optional
            The first and the last day to keep, both included, as ``"2026-08-01"``.

        Returns
        -------
        ReportTables
            New tables with the rows of every frame that belong to the kept policies.
            A report is kept when one of its policies is; problems and balance stay whole.

        Raises
        ------
        ValueError
            `since` is after `until`, or one of them is no day.

        Warns
        -----
        UnknownNameWarning
            No report has a name; the warning says which name is nearest. It is no error, as a
            domain may have no report yet; ``warnings.simplefilter("error", UnknownNameWarning)``
            makes it one.

        Examples
        --------
        >>> import tlsrpt_analysis as tlsrpt
        >>> tables = tlsrpt.load_reports("sample_reports/mail-ru")
        >>> august = tables.select(policy_domains="example.com", since="2026-08-01", until="2026-08-31")
        >>> august.summary()["Days"]
        '2026-08-01 to 2026-08-31, 31 with reports'
        """
        policies = self.policies
        check_order(since, until)
        kept = within(policies["day"], since, until)
        wanted = {
            "policy_domain": policy_domains,
            "reporter": reporters,
            "policy_type": policy_types,
        }
        for column, values in wanted.items():
            if values is not None:
                chosen = selected_values(column, values)
                warn_of_unknown(chosen, _known(policies[column]), UNKNOWN[column])
                kept &= policies[column].isin(chosen)
        policies = policies[kept]
        return ReportTables(
            self._reports_of(policies, since, until),
            policies.reset_index(drop=True),
            self.failures[self.failures["policy_key"].isin(policies["policy_key"])].reset_index(
                drop=True
            ),
            self.problems,
            self.balance,
        )

    def _reports_of(
        self, policies: pd.DataFrame, since: dt.date | str | None, until: dt.date | str | None
    ) -> pd.DataFrame:
        reports = self.reports
        if len(policies) == len(self.policies):  # nothing filtered: duplicates stay as well
            kept = within(reports["day"], since, until)
        else:
            kept = reports["report_key"].isin(policies["report_key"])
        return reports[kept].reset_index(drop=True)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(what)}</th>"
            f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
            for what, text in self.summary().items()
        )
        return f"<table class='{AS_TEXT}'>{rows}</table>"

    def __repr__(self) -> str:
        shown = "; ".join(f"{what}: {text}" for what, text in self.summary().items())
        return f"<ReportTables {shown}>"

    def summary(self) -> dict[str, str]:
        """Return what these tables hold in a few words: days, domains, reporters, problems.

        Examples
        --------
        >>> empty_tables().summary()["Reports"]
        '0'
        """
        kept = self.reports[~self.reports["is_duplicate"]]
        days = kept["day"]
        period = (
            f"{days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}, {days.nunique()} with reports"
            if len(days)
            else "none"
        )
        severities = self.problems["severity"].value_counts()
        problems = ", ".join(f"{count:,} {name}" for name, count in severities.items() if count)
        return {
            "Reports": f"{len(kept):,}",
            "Days": period,
            "Domains": _listed(self.policies["policy_domain"]),
            "Reporters": _listed(kept["reporter"]),
            **self._authenticity(kept),
            "Problems": problems or "none",
            "Balance": str(self.balance),
        }

    def _authenticity(self, kept: pd.DataFrame) -> dict[str, str]:
        """Return how many reports have each authenticity, and how many are left out."""
        verdicts = kept["authenticity"].astype("str")
        if (verdicts == "unknown").all():
            return {}
        names = ("verified", "failed", "unsigned", "unknown")
        shown = ", ".join(f"{(verdicts == name).sum():,} {name}" for name in names)
        has_failed = verdicts.isin(["failed", "unsigned"])
        left_out = has_failed & ~kept["report_key"].isin(self.policies["report_key"])
        return {"Authenticity": f"{shown} ({left_out.sum():,} left out of the analyses)"}


def empty_tables() -> ReportTables:
    """Return tables without rows."""
    frames = {name: frame_of(name, {}) for name in SCHEMAS}
    return ReportTables(**frames, balance=Balance())


def frame_of(name: str, columns: Mapping[str, Collection[object]]) -> pd.DataFrame:
    """Build one of the four frames from lists of values; a column not given is empty.

    Parameters
    ----------
    name : str
        ``"reports"``, ``"policies"``, ``"failures"`` or ``"problems"``.
    columns : mapping of str to collection
        The values by column name, all of one length, `None` for missing.

    Returns
    -------
    DataFrame
        The frame in its schema.

    Examples
    --------
    >>> problem = {"source": ["a.zip!b"], "stage": ["json"], "severity": ["rejected"],
    ...     "message": ["not JSON"]}
    >>> len(frame_of("problems", problem))
    1
    """
    schema = SCHEMAS[name]
    return pd.DataFrame(
        {column: _series(columns.get(column, ()), dtype) for column, dtype in schema.items()}
    )


def _series(values: Collection[object], dtype: object) -> pd.Series:
    if dtype == "category":
        encoded = pa.array(list(values), pa.string()).dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        categories = pd.Index(encoded.dictionary.to_pylist(), dtype="str")
        categorical = pd.Categorical.from_codes(codes, categories=categories)
        return pd.Series(categorical.reorder_categories(categories.sort_values()))
    return pd.Series(list(values), dtype=dtype)  # type: ignore[call-overload,no-any-return]


def assert_schema(name: str, frame: pd.DataFrame, schema: Mapping[str, object]) -> None:
    """Raise `TypeError` unless a frame has the columns of a schema, in its order and types."""
    if list(frame.columns) != list(schema):
        raise TypeError(
            f"{name} must have the columns {list(schema)}, it has {list(frame.columns)}"
        )
    wrong = {
        column: str(frame[column].dtype)
        for column, dtype in schema.items()
        if frame[column].dtype != dtype
    }
    if wrong:
        raise TypeError(f"{name} has columns of the wrong type: {wrong}")


def _known(column: pd.Series) -> frozenset[str]:
    return frozenset(map(str, column.cat.categories))


def _listed(values: pd.Series) -> str:
    names = sorted(values.dropna().unique())
    shown = ", ".join(map(without_controls, names[:8]))
    return f"{len(names)}: {shown}{', …' if len(names) > 8 else ''}" if names else "none"
