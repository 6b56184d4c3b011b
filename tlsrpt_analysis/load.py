"""Reports from files into tables: joins the intake to the four frames."""

import datetime as dt
import hashlib
import os
import warnings
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Never

from tlsrpt_analysis.intake.authenticity import Authentication
from tlsrpt_analysis.intake.documents import read_source
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS, Limits
from tlsrpt_analysis.intake.outcomes import Outcome, Problem, Rejected, ReportRead, Skipped
from tlsrpt_analysis.intake.red_flags import Expectations, expectations, red_flags
from tlsrpt_analysis.intake.reporters import canonical_reporter
from tlsrpt_analysis.intake.sources import Source, find_sources
from tlsrpt_analysis.standards.mta_sts import read_mode
from tlsrpt_analysis.standards.report import FailureDetails, PolicyResult, Report, render_report
from tlsrpt_analysis.tables import SCHEMAS, Balance, ReportTables, frame_of

if TYPE_CHECKING:
    from tqdm import tqdm


def load_reports(
    *paths: str | os.PathLike[str],
    progress: bool | None = None,
    limits: Limits = DEFAULT_LIMITS,
    authentication: Authentication | None = None,
    own_domains: str | Collection[str] = (),
) -> ReportTables:
    """Read TLS reports (RFC 8460 §4.4) from whatever they were kept in.

    What a thing is, its bytes say and not its name: JSON, gzip, bzip2, xz, zip, tar, mails,
    mboxes and Maildirs, also within each other.

    Parameters
    ----------
    *paths : str or os.PathLike
        Files, folders and globs, in any mix. Each file is read once.
    progress : bool, optional
        Whether to show a progress bar; by default when the load lasts longer than a second.
    limits : Limits
        How much of each input is taken in.
    authentication : Authentication, optional
        How reports that came by mail are authenticated (RFC 8460 §3).
        Those that fail, or have no signature, then keep their row in ``reports`` and add nothing
        to ``policies`` and ``failures``, unless it says that they are included.
        By default no report is authenticated, which would need DNS.
    own_domains : str or collection of str
        Your domains; a report about another one is noted in ``problems``.

    Returns
    -------
    ReportTables
        The frames ``reports``, ``policies``, ``failures`` and ``problems``, and the balance:
        inputs = reports + duplicates + rejected + skipped.
        Times are UTC, counts are SMTP sessions.
        A report that came twice has one more row in ``reports``, with ``is_duplicate``, and adds
        nothing elsewhere.
        No input makes a load fail: what could not be read is a row of ``problems``.

    Raises
    ------
    SourceError
        When a path does not exist or a glob matches nothing, before anything is read.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> report = '''{"organization-name": "Company-X", "report-id": "1", "policies": [],
    ...     "date-range": {"start-datetime": "2016-04-01T00:00:00Z",
    ...                    "end-datetime": "2016-04-01T23:59:59Z"}}'''
    >>> path = pathlib.Path(folder.name, "report.json")
    >>> _ = path.write_text(report)
    >>> load_reports(path).balance
    Balance(members=1, reports=1, duplicates=0, rejected=0, skipped=0)
    >>> folder.cleanup()
    """
    outcomes = _outcomes(find_sources(*paths), limits, authentication, progress=progress)
    expected = expectations(own_domains, dt.datetime.now(dt.UTC).date())
    return tables_of(outcomes, expected, authentication=authentication)


def tables_of(
    outcomes: Iterable[Outcome],
    expected: Expectations | None = None,
    *,
    authentication: Authentication | None = None,
) -> ReportTables:
    """Gather outcomes, as the intake gives them, into tables."""
    columns = _Columns(expected or Expectations(), authentication or Authentication())
    for outcome in outcomes:
        columns.take(outcome)
    return columns.tables()


def _outcomes(
    sources: list[Source | Rejected | Skipped],
    limits: Limits,
    authentication: Authentication | None,
    *,
    progress: bool | None,
) -> Iterator[Outcome]:
    total = sum(source.size for source in sources if isinstance(source, Source))
    with _bar(total, progress=progress) as bar:
        done = 0
        for source in sources:
            if not isinstance(source, Source):
                yield source
                continue
            yield from read_source(
                source, limits, on_read=bar.update, authentication=authentication
            )
            done += source.size
            bar.update(done - bar.n)  # an archive is read in part, or its directory twice


def _bar(total_bytes: int, *, progress: bool | None) -> "tqdm[Never]":
    with warnings.catch_warnings():  # tqdm warns when a notebook has no ipywidgets
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm  # noqa: PLC0415 - it loads asyncio, which only a load needs
    return tqdm(
        total=total_bytes,
        unit="B",
        unit_scale=True,
        desc="Reading reports",
        leave=False,
        disable=progress is False,
        delay=0 if progress else 1,
    )


class _Columns:
    """The columns of the four frames as they grow, and the counts of the balance."""

    def __init__(self, expected: Expectations, authentication: Authentication) -> None:
        self._expected = expected
        self._authentication = authentication
        self._members = self._reports = self._duplicates = self._rejected = self._skipped = 0
        self._policies = 0
        self._columns = {
            name: {column: list[object]() for column in schema} for name, schema in SCHEMAS.items()
        }
        self._known = _KnownReports()
        self._known_left_out = _KnownReports()  # or a forged copy would hide the true report

    def take(self, outcome: Outcome) -> None:
        """Add what became of one member."""
        self._members += 1
        if isinstance(outcome, ReportRead):
            self._report(outcome)
            return
        if isinstance(outcome, Rejected):
            self._rejected += 1
        else:
            self._skipped += 1
        self._problem(outcome.problem)

    def tables(self) -> ReportTables:
        """Give the frames of all that was taken."""
        frames = {name: frame_of(name, columns) for name, columns in self._columns.items()}
        balance = Balance(
            self._members, self._reports, self._duplicates, self._rejected, self._skipped
        )
        return ReportTables(**frames, balance=balance)

    def _report(self, read: ReportRead) -> None:
        report = read.report
        reporter = canonical_reporter(
            report.organization_name, report.contact_info, authenticated_domain=read.signer
        )
        key = self._reports + self._duplicates
        is_left_out = self._authentication.leaves_out(read.authenticity)
        known = self._known_left_out if is_left_out else self._known
        is_duplicate, remarks = known.judge(read, reporter)
        self._append(
            "reports",
            key,
            reporter,
            report.organization_name,
            report.contact_info,
            report.report_id,
            report.start_datetime,
            report.end_datetime,
            report.start_datetime.date(),
            read.source,
            read.authenticity,
            is_duplicate,
        )
        if is_duplicate:
            self._duplicates += 1
            return
        self._reports += 1
        for problem in (*read.problems, *remarks):
            self._problem(problem)
        for flag in red_flags(read, self._expected):
            self._problem(Problem(read.source, "red flag", "forgiven", flag))
        for policy in () if is_left_out else report.policies:
            self._policy(key, reporter, report, policy)

    def _policy(self, report_key: int, reporter: str, report: Report, policy: PolicyResult) -> None:
        shared = (
            self._policies,
            report_key,
            reporter,
            report.start_datetime.date(),
            policy.policy_domain,
            policy.policy_type,
            read_mode(policy.policy_string),
        )
        self._policies += 1
        self._append(
            "policies",
            *shared,
            "\n".join(policy.policy_string) or None,
            "\n".join(policy.mx_host) or None,
            policy.total_successful_session_count,
            policy.total_failure_session_count,
        )
        for details in policy.failure_details:
            self._append("failures", *shared, *_failure(details))

    def _problem(self, problem: Problem) -> None:
        self._append("problems", problem.source, problem.stage, problem.severity, problem.message)

    def _append(self, frame: str, *values: object) -> None:
        for column, value in zip(self._columns[frame].values(), values, strict=True):
            column.append(value)


class _KnownReports:
    """Remembers the reports that came, to know one that comes again."""

    def __init__(self) -> None:
        self._sources: dict[object, dict[bytes, str]] = {}

    def judge(self, read: ReportRead, reporter: str) -> tuple[bool, tuple[Problem, ...]]:
        """Tell whether a report came before, and what is to be noted about it if not.

        The same is what has the same reporter, report-id, policy domains and dates, and content;
        the bytes may differ in their wrapping or white space.
        """
        report = read.report
        domains = frozenset(policy.policy_domain for policy in report.policies)
        dates = (report.start_datetime, report.end_datetime)
        sources = self._sources.setdefault((reporter, report.report_id, domains, dates), {})
        digest = hashlib.blake2b(render_report(report), digest_size=16).digest()
        if digest in sources:
            return True, ()
        first = next(iter(sources.values()), None)
        sources[digest] = read.source
        if first is None:
            return False, ()
        message = (
            f"the same reporter, report-id, domains and dates as {first}, with other content:"
            " both are counted; find out which one is right"
        )
        return False, (Problem(read.source, "duplicate", "forgiven", message),)


def _failure(details: FailureDetails) -> tuple[object, ...]:
    return (
        details.result_type,
        details.failure_reason_code,
        details.receiving_mx_hostname,
        details.receiving_mx_helo,
        details.receiving_ip,
        details.sending_mta_ip,
        details.failed_session_count,
        details.additional_information,
    )
