"""Policies that too few reports show: they may be the newest of an honest domain, or forged."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from tlsrpt_analysis.analyses.policy.reported import latest_policies, mx_patterns
from tlsrpt_analysis.analyses.policy.witnesses import believed_and_disputed
from tlsrpt_analysis.analyses.sessions import grouped
from tlsrpt_analysis.shown_texts import listed, shown
from tlsrpt_analysis.standards.mta_sts import MtaStsPolicy
from tlsrpt_analysis.tables import ReportTables


@dataclass(frozen=True, slots=True)
class OtherPolicy:
    """A policy that too few reports show.

    Attributes
    ----------
    reporters : tuple of str
        Who saw it.
    days : tuple of date
        On which days.
    report_count : int
        In how many reports, counted by reporter and day.
    differences : str
        How it differs from the policy that is believed, for a sentence.
    is_past : bool
        Whether all these reporters saw a believed policy later.
    is_latest : bool
        Whether it is believed nevertheless, as no other is confirmed either.
    """

    reporters: tuple[str, ...]
    days: tuple[dt.date, ...]
    report_count: int
    differences: str
    is_past: bool = False
    is_latest: bool = False

    def __str__(self) -> str:
        """Return the sentence for people, without a full stop."""
        when = (
            f"from {self.days[0]} to {self.days[-1]}"
            if len(self.days) > 1
            else f"on {self.days[0]}"
        )
        if self.is_latest:
            return (
                "the reports show different policies, and none of them twice: compare the latest,"
                f" seen {when}, with the one that you serve"
            )
        who = f"{listed(self.reporters)} saw"
        reports = "that report" if self.report_count == 1 else "those reports"
        lack = (
            "no second report confirms"
            if self.report_count == 1
            else "too few other reports confirm"
        )
        what = f"{who} another policy than most {when}{self.differences}, which {lack}"
        if self.is_past:
            return f"{what}: it is an earlier one of yours, or {reports} may be forged"
        return f"{what} yet: if you changed yours, it is new; if not, {reports} may be forged"

    @property
    def about_texts(self) -> str:
        """Return the sentence beside a policy to serve: without the names, which no one should copy."""
        sentence = str(replace(self, differences=""))
        if self.is_past or self.is_latest:
            return sentence
        return f"{sentence}. The policy shown here starts from the one that most saw"


def other_policies(tables: ReportTables) -> dict[str, tuple[OtherPolicy, ...]]:
    """Return by domain the policies that too few reports show, the present ones first."""
    rows = _known_policies(tables)
    is_believed, is_disputed = believed_and_disputed(rows)
    columns = ["policy_domain", "reporter", "day", "policy_mode", "policy_string", "mx_host"]
    odd_domains = rows.loc[~is_believed, "policy_domain"].unique()
    chosen = rows["policy_domain"].isin(odd_domains).to_numpy("bool") | is_disputed
    if not chosen.any():
        return {}
    seen = rows.loc[chosen, columns].assign(
        is_believed=is_believed[chosen], is_disputed=is_disputed[chosen]
    )
    latest = latest_policies(tables.select(policy_domains=seen["policy_domain"].unique().tolist()))
    return {
        str(domain): _of_domain(of_domain, latest)
        for (domain,), of_domain in grouped(seen, ["policy_domain"])
    }


def _known_policies(tables: ReportTables) -> pd.DataFrame:
    policies = tables.policies
    is_known = policies["policy_string"].notna() | policies["mx_host"].notna()
    is_sts = (policies["policy_type"] == "sts") & policies["policy_domain"].notna()
    return policies[is_known & is_sts & policies["reporter"].notna()]


def _of_domain(rows: pd.DataFrame, latest: Mapping[str, MtaStsPolicy]) -> tuple[OtherPolicy, ...]:
    believed = latest.get(str(rows["policy_domain"].iloc[0]))
    if rows["is_disputed"].any():
        newest = rows[rows["day"] == rows["day"].max()]
        return (_other(newest, believed, is_latest=True),)
    odd = rows[~rows["is_believed"]]
    last = rows[rows["is_believed"]].groupby("reporter", observed=True)["day"].max()
    last_believed = (
        odd["reporter"].astype("str").map({str(name): day for name, day in last.items()})
    )
    last_odd = odd.groupby("reporter", observed=True)["day"].transform("max")
    is_past = (last_odd < last_believed).to_numpy("bool")
    groups = ((odd[~is_past], False), (odd[is_past], True))
    return tuple(_other(part, believed, is_past=past) for part, past in groups if len(part))


def _other(
    rows: pd.DataFrame,
    believed: MtaStsPolicy | None,
    *,
    is_past: bool = False,
    is_latest: bool = False,
) -> OtherPolicy:
    witnesses = rows[["reporter", "day"]].drop_duplicates()
    return OtherPolicy(
        reporters=tuple(sorted(witnesses["reporter"].astype("str").unique())),
        days=tuple(pd.Timestamp(day).date() for day in sorted(witnesses["day"].unique())),
        report_count=len(witnesses),
        differences=_differences(rows, believed),
        is_past=is_past,
        is_latest=is_latest,
    )


def _differences(rows: pd.DataFrame, believed: MtaStsPolicy | None) -> str:
    """Say how some policies differ from the one that is believed, in brackets."""
    if believed is None:
        return ""
    texts = rows[["policy_string", "mx_host"]].drop_duplicates().itertuples(index=False, name=None)
    hosts = {name.lower() for text, mx_host in texts for name in mx_patterns(text, mx_host)}
    known = {name.lower() for name in believed.mx}
    modes = sorted({str(mode) for mode in rows["policy_mode"].dropna()} - {believed.mode})
    parts = [
        f"in {listed([shown(mode, 20) for mode in modes])} mode" if modes else "",
        f"with {_names(hosts - known)}" if hosts - known else "",
        f"without {_names(known - hosts)}" if known - hosts else "",
    ]
    differences = ", ".join(filter(None, parts))
    return f" ({differences})" if differences else ""


def _names(hosts: set[str]) -> str:
    return listed([shown(host, 80) for host in sorted(hosts)])
