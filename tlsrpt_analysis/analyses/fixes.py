"""What can be mended so that enforce mode refuses less, and what each step wins back.

A detail needs every fix that stands between its session and a delivery: a host that the policy
does not list needs an ``mx`` line, and a host whose TLS failed needs that mended.
Dropping a host mends all that failed there, as its senders go elsewhere.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from tlsrpt_analysis.analyses.blocked import BESIDE_TOTALS, Refusals, total_bounds
from tlsrpt_analysis.analyses.policy_text import is_covered
from tlsrpt_analysis.errors import PolicyError

ADD_MX = "add mx"
DROP_MX = "drop mx"
STARTTLS = "enable STARTTLS"
CERTIFICATE = "repair certificate"
TLS = "repair TLS"
KINDS = (ADD_MX, DROP_MX, STARTTLS, CERTIFICATE, TLS)

MISMATCH_CODES = ("MX_HOSTS_MISMATCH", BESIDE_TOTALS)
"""Reason codes by which Microsoft and mox say that the policy does not list an MX."""

FIXES = [
    "policy_domain",
    "step",
    "fix",
    "kind",
    "receiving_mx_hostname",
    "would_block_low_before",
    "would_block_high_before",
    "would_block_low_after",
    "would_block_high_after",
    "won_back_low",
    "won_back_high",
    "would_block_share_before",
    "would_block_share_after",
]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Needs:
    """What each detail needs, one array entry a detail; an empty text is no need."""

    policy_domain: npt.NDArray[np.object_]
    host: npt.NDArray[np.object_]
    mx_line: npt.NDArray[np.object_]
    repair: npt.NDArray[np.object_]
    is_guess: Mask
    clean_elsewhere: Mask

    def mended(self, fixes: Collection[tuple[str | None, str]]) -> tuple[Mask, Mask]:
        """Tell which details some fixes mend, and which they mend perhaps.

        Parameters
        ----------
        fixes : collection of (policy domain or None, fix)
            Without a domain a fix counts for all domains.
        """
        drop = np.array([f"{DROP_MX} {host}" if host else "" for host in self.host], dtype=object)
        dropped = self._has(drop, fixes) & (drop != "")
        lines = (self.mx_line == "") | self._has(self.mx_line, fixes)
        repairs = (self.repair == "") | self._has(self.repair, fixes)
        needs_any = (self.mx_line != "") | (self.repair != "")
        mended = needs_any & lines & repairs
        perhaps = (mended & self.is_guess) | (dropped & ~self.clean_elsewhere)
        return (mended & ~self.is_guess) | (dropped & self.clean_elsewhere), perhaps

    def without_done(self, fixes: Collection[tuple[str | None, str]]) -> "Needs":
        """Give the needs that are left when some fixes are done."""
        return replace(
            self,
            mx_line=np.where(self._has(self.mx_line, fixes), "", self.mx_line).astype(object),
            repair=np.where(self._has(self.repair, fixes), "", self.repair).astype(object),
        )

    def _has(
        self, wanted: npt.NDArray[np.object_], fixes: Collection[tuple[str | None, str]]
    ) -> Mask:
        everywhere = {fix for domain, fix in fixes if domain is None}
        somewhere = {pair for pair in fixes if pair[0] is not None}
        has = np.array(pd.Series(wanted).isin(list(everywhere)), dtype="bool")
        for domain, fix in somewhere:
            has |= (self.policy_domain == domain) & (wanted == fix)
        return has


def parse_fix(fix: str) -> tuple[str, str]:
    """Take the id of a fix apart into its kind and the MX host.

    Examples
    --------
    >>> parse_fix("repair certificate mx1.example.com")
    ('repair certificate', 'mx1.example.com')
    """
    kind, _, host = fix.rpartition(" ")
    if kind not in KINDS or not host:
        raise PolicyError(f"{fix!r} is no fix: give one of {', '.join(KINDS)} and an MX host")
    return kind, host


def needs(
    refused: Refusals,
    patterns: Mapping[str, tuple[str, ...]],
    usable_hosts: Mapping[str, Collection[str]],
) -> Needs:
    """Tell what each detail of `refused` needs to block no more.

    Parameters
    ----------
    refused : Refusals
        The refused sessions.
    patterns : mapping
        The ``mx`` patterns of each domain's policy.
    usable_hosts : mapping
        The hosts of each domain that senders may use: from its MX records, or named in the policy.
    """
    combinations, inverse = _combinations(refused)
    uncovered = _uncovered(combinations, patterns)
    faulty = {
        str(domain): set(hosts) for domain, hosts in combinations.groupby("policy_domain")["host"]
    }
    rows = [
        _need(row, uncovered, faulty=faulty, usable=usable_hosts)
        for row in combinations.itertuples(index=False, name=None)
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    arrays = [np.array(column, dtype=object)[inverse] for column in columns]
    domain, host, line, repair = arrays[:4]
    return Needs(domain, host, line, repair, arrays[4].astype("bool"), arrays[5].astype("bool"))


def ladder(refused: Refusals, needed: Needs) -> pd.DataFrame:
    """Order the fixes of every domain, each step the one that wins back most after those before.

    Returns
    -------
    DataFrame
        `FIXES`, without the shares; dropping a host has a missing ``step``, as it is another way
        and is measured against the state before all fixes.
    """
    domains = refused.blocks["policy_domain"].astype("str").fillna("").to_numpy(dtype=object)
    rows: list[dict[str, object]] = []
    for domain in sorted(set(needed.policy_domain) - {""}):
        its = needed.policy_domain == domain
        of_domain = Refusals(refused.blocks[domains == domain], refused.details[its]).renumbered()
        its_needs = Needs(*(getattr(needed, name)[its] for name in Needs.__slots__))
        rows += [{"policy_domain": domain, **row} for row in _steps(of_domain, its_needs)]
    return pd.DataFrame(rows, columns=FIXES).astype({"step": "Int64"})


def _steps(refused: Refusals, needed: Needs) -> list[dict[str, object]]:
    """Give the greedy ladder of one domain, then the hosts that could be dropped instead."""
    counts = refused.details["count"].to_numpy("int64")
    left = sorted({*needed.mx_line, *needed.repair} - {""})
    touched = {
        fix: int(counts[(needed.mx_line == fix) | (needed.repair == fix)].sum()) for fix in left
    }
    start = total_bounds(refused)
    before = start
    done: list[str] = []
    rows: list[dict[str, object]] = []
    while left:
        after = {fix: _after(refused, needed, [*done, fix]) for fix in left}
        best = min(left, key=lambda fix: (after[fix][1], after[fix][0], -touched[fix], fix))
        left.remove(best)
        done.append(best)
        rows.append({"step": len(done), **_step(best, before, after[best])})
        before = after[best]
    for host in sorted(set(needed.host) - {""}):
        drop = f"{DROP_MX} {host}"
        rows.append({"step": None, **_step(drop, start, _after(refused, needed, [drop]))})
    return rows


def _after(refused: Refusals, needed: Needs, fixes: Collection[str]) -> tuple[int, int]:
    return total_bounds(refused.without(*needed.mended({(None, fix) for fix in fixes})))


def _step(fix: str, before: tuple[int, int], after: tuple[int, int]) -> dict[str, object]:
    kind, host = parse_fix(fix)
    gains = sorted(max(0, b - a) for b, a in zip(before, after, strict=True))
    return {
        "fix": fix,
        "kind": kind,
        "receiving_mx_hostname": host,
        "would_block_low_before": before[0],
        "would_block_high_before": before[1],
        "would_block_low_after": after[0],
        "would_block_high_after": after[1],
        "won_back_low": gains[0],
        "won_back_high": gains[1],
    }


def _combinations(refused: Refusals) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Give the distinct domain, host, type and code of the details, and which one each has."""
    details = refused.details
    domains = refused.blocks["policy_domain"]
    domain = pd.Categorical(domains.iloc[details["block"].to_numpy("int64")])
    columns = [
        domain,
        *(
            details[name].array
            for name in ("receiving_mx_hostname", "result_type", "failure_reason_code")
        ),
    ]
    key = np.zeros(len(details), "int64")
    for column in columns:
        key = key * (len(column.categories) + 1) + column.codes + 1
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    names = ("policy_domain", "host", "result_type", "code")
    frame = pd.DataFrame(
        {
            name: pd.Series(column[first]).astype("str").fillna("")
            for name, column in zip(names, columns, strict=True)
        }
    )
    return frame, inverse.astype("int64")


def _uncovered(
    combinations: pd.DataFrame, patterns: Mapping[str, tuple[str, ...]]
) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    pairs = combinations[["policy_domain", "host"]].drop_duplicates()
    for domain, host in pairs.itertuples(index=False, name=None):
        if domain and host and is_covered(patterns, domain, host) is False:
            found.setdefault(domain, set()).add(host)
    return found


def _need(
    row: tuple[str, str, str, str],
    uncovered: Mapping[str, set[str]],
    *,
    faulty: Mapping[str, set[str]],
    usable: Mapping[str, Collection[str]],
) -> tuple[str, str, str, str, bool, bool]:
    domain, host, kind, code = row
    missing = uncovered.get(domain, set())
    elsewhere = bool(set(usable.get(domain, ())) - faulty.get(domain, set()) - {host})
    if not host:
        is_one = code in MISMATCH_CODES and len(missing) == 1
        line = f"{ADD_MX} {next(iter(missing))}" if is_one else ""
        return domain, host, line, "", True, elsewhere
    line = f"{ADD_MX} {host}" if host in missing else ""
    is_only_line = bool(line) and (kind == "validation-failure" or code in MISMATCH_CODES)
    return domain, host, line, "" if is_only_line else f"{_repair(kind)} {host}", False, elsewhere


def _repair(result_type: str) -> str:
    if result_type == "starttls-not-supported":
        return STARTTLS
    return CERTIFICATE if result_type.startswith("certificate-") else TLS
