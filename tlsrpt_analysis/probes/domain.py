"""Probes of one domain or several: collect, then judge; from a script or a notebook."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pandas as pd

from tlsrpt_analysis.errors import ProbeError, RecordError
from tlsrpt_analysis.probes.collect import collect
from tlsrpt_analysis.probes.evidence import Evidence, ReportedPolicy
from tlsrpt_analysis.probes.findings import Findings
from tlsrpt_analysis.probes.judge import judge
from tlsrpt_analysis.probes.options import ProbeOptions
from tlsrpt_analysis.probes.run import Watcher
from tlsrpt_analysis.selections import as_day
from tlsrpt_analysis.standards.domain_names import normalize_domain
from tlsrpt_analysis.standards.mta_sts import read_policy_id

_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")


class PoliciesFrame(Protocol):
    """Tables whose ``policies`` hold what senders reported, for example ``ReportTables``."""

    @property
    def policies(self) -> pd.DataFrame:
        """Return the frame of policies."""
        ...


Reported = PoliciesFrame | Findings | Mapping[str, dt.date] | None


def probe_domain(
    domain: str,
    options: ProbeOptions | None = None,
    *,
    reported: Reported = None,
    progress: Watcher = lambda _: None,
) -> Findings:
    """Ask a domain's own servers everything that an operator would ask with dig, curl and openssl.

    Parameters
    ----------
    domain : str
        The policy domain.
    options : ProbeOptions, optional
        Names, resolver and limits; the defaults are polite to the servers of others.
    reported : ReportTables, Findings or mapping of str to date, optional
        Earlier policies to compare with the live one: those that senders reported, the one of
        earlier findings, or texts with the last day on which each was seen.
    progress : callable
        Called with `Progress` when an MX host is done, for example ``print``.

    Returns
    -------
    Findings
        The findings; a broken or silent server is one of them.

    Raises
    ------
    ProbeError
        When `domain` is not a domain name, or no resolver is known.

    Examples
    --------
    >>> probe_domain("not a domain")
    Traceback (most recent call last):
    tlsrpt_analysis.errors.ProbeError: 'not a domain' is not a domain name
    """
    return probe_domains([domain], options, reported=reported, progress=progress)[0]


def probe_domains(
    domains: Iterable[str],
    options: ProbeOptions | None = None,
    *,
    reported: Reported = None,
    progress: Watcher = lambda _: None,
) -> list[Findings]:
    """Probe several domains at once, within the limits of one run; see `probe_domain`."""
    names = [_domain_name(domain) for domain in domains]
    chosen = options or ProbeOptions()
    texts = {name: reported_policies(reported, name) for name in names}
    collected = _run(names, chosen, progress)
    return [judge(_with_reported(evidence, texts[evidence.domain])) for evidence in collected]


def reported_policies(reported: Reported, domain: str) -> tuple[ReportedPolicy, ...]:
    """Return the earlier policies of a domain, from whatever holds them."""
    if reported is None:
        return ()
    if isinstance(reported, Mapping):
        return tuple(ReportedPolicy(text=t, last_day=as_day(day)) for t, day in reported.items())
    if isinstance(reported, Findings):
        body = reported.evidence.live_body
        day = reported.evidence.collected_datetime.date()
        text = body.decode("utf-8", "replace") if body is not None else None
        return (ReportedPolicy(text=text, last_day=day, policy_id=_id(reported)),) if text else ()
    rows = reported.policies
    of_domain = rows[(rows["policy_domain"] == domain) & (rows["policy_type"] == "sts")]
    texts = of_domain.dropna(subset=["policy_string"]).astype({"policy_string": "str"})
    days = texts.groupby("policy_string", observed=True)["day"].max()
    return tuple(ReportedPolicy(text=str(text), last_day=as_day(day)) for text, day in days.items())


def _id(findings: Findings) -> str:
    try:
        return read_policy_id(findings.evidence.policy_record.records)
    except RecordError:
        return ""


def _with_reported(evidence: Evidence, reported: Sequence[ReportedPolicy]) -> Evidence:
    return dataclasses.replace(evidence, reported_policies=tuple(reported))


def _domain_name(domain: str) -> str:
    name = normalize_domain(domain)
    if not _DOMAIN.fullmatch(name):
        raise ProbeError(f"{domain[:100]!r} is not a domain name")
    return name


def _run(names: Sequence[str], options: ProbeOptions, progress: Watcher) -> list[Evidence]:
    """Run an event loop here, or in a thread where one runs already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(collect(names, options, progress=progress))
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[list[Evidence]]]] = []

    async def watched() -> list[Evidence]:
        work = asyncio.ensure_future(collect(names, options, progress=progress))
        running.append((asyncio.get_running_loop(), work))
        return await work

    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(lambda: asyncio.run(watched()))
        try:
            return asked.result()
        except KeyboardInterrupt:
            for loop, work in running:  # or the thread would run on to the deadline
                with contextlib.suppress(RuntimeError):  # it is closed: the run ended meanwhile
                    loop.call_soon_threadsafe(work.cancel)
            raise
