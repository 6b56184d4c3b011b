"""Where a refused session can go next: the MX hosts of a domain and what reporters show of them.

A sender goes on to the next host of equal or later preference (RFC 8461 §5.1, RFC 5321 §5.1).
A host of earlier preference was passed over because it was unreachable at the time, so it takes
the mail later: that is a delay.

Reports count successes by policy, not by host, and a sender may have a favourite host (RFC 5321
§5.1 asks for a random choice, and not all senders make one). So without MX traffic a host shows
nothing on a day on which a host that the policy covers was at fault: all successes may be of that
one. Where only hosts were at fault that the policy does not cover, the successes are of the others.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.question import Patterns, Question
from tlsrpt_analysis.analyses.mx_records import RECORD_KEYS
from tlsrpt_analysis.analyses.policy.reported import is_covered
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY

RULE_OF_THREE = 3.0
"""With no failure in n sessions, the failure rate is at most 3/n with 95 % confidence."""

HOST = "receiving_mx_hostname"

_ENDS = {
    "lost_most": "min",
    "later_fails": "min",
    "earlier_fails": "min",
    "reroutes": "max",
}
"""How the pairs of a host at fault and another host become one row."""


@dataclass(frozen=True, slots=True)
class MxKnowledge:
    """The MX hosts that senders may use, and the domains whose MX records are known.

    ``hosts`` has ``policy_domain mx_hostname preference traffic_share`` (missing where it is not
    known), or is `None` where no MX records were given. ``proven_domains`` are those whose
    successes were at usable hosts: they have one, and no host that was dropped or found bad.
    ``preferences`` are those of all hosts in the records.
    """

    hosts: pd.DataFrame | None = None
    known_domains: frozenset[str] = frozenset()
    proven_domains: frozenset[str] = frozenset()
    preferences: pd.DataFrame | None = None

    def usable_hosts(self) -> dict[str, set[str]]:
        """Return the hosts of each domain with a usable one."""
        if self.hosts is None:
            return {}
        by_domain = self.hosts.groupby("policy_domain")["mx_hostname"]
        return {str(domain): set(names) for domain, names in by_domain}

    def routes(self, at_hosts: pd.DataFrame, tested_days: pd.DataFrame) -> pd.DataFrame:
        """Return where the refused sessions of each day of a reporter and host could go.

        Parameters
        ----------
        at_hosts : DataFrame
            The refused sessions by day and ``receiving_mx_hostname``.
        tested_days : DataFrame
            ``policy_domain reporter day session_count success_count``: the tested sessions.

        Returns
        -------
        DataFrame
            In the order and with the index of `at_hosts`: ``lost_most`` (at most this part is
            refused by every other host as well, by the rule of three over what each other host
            took without failing), ``reroutes`` (whether another host can take it at once),
            ``rerouted_least`` and ``delayed_least`` (parts), ``is_alone`` (no other host could
            take it). Where the MX records are unknown, anything is possible.
        """
        if self.hosts is None:
            return unknown_routes(at_hosts)
        is_proven = tested_days["policy_domain"].isin(list(self.proven_domains)).to_numpy("bool")
        successes = tested_days["success_count"].where(is_proven, 0)
        shown = tested_days.assign(success_count=successes)
        preferences = self.hosts if self.preferences is None else self.preferences
        pairs = _with_other_hosts(at_hosts, shown, self.hosts, preferences)
        best = pairs.groupby("row").agg(_ENDS).reindex(np.arange(len(at_hosts)))
        best = best.set_axis(at_hosts.index)
        is_known = at_hosts["policy_domain"].astype("str").isin(list(self.known_domains))
        reroutes = best["reroutes"].eq(True)  # noqa: FBT003 - a value to compare with
        return pd.DataFrame(
            {
                "lost_most": best["lost_most"].fillna(1.0),
                "reroutes": reroutes | ~is_known,
                "rerouted_least": 1 - best["later_fails"].fillna(1.0),
                "delayed_least": (1 - best["earlier_fails"].fillna(1.0)).where(~reroutes, 0.0),
                "is_alone": best["lost_most"].isna() & is_known,
            }
        )


def mx_knowledge(
    records: pd.DataFrame | None, patterns: Patterns, traffic: pd.DataFrame | None
) -> MxKnowledge:
    """Return the MX hosts that senders may use, with the share of sessions that each one takes.

    Hosts that the policy does not cover or that a probe found bad are left out.
    """
    if records is None:
        return MxKnowledge()
    covered = [
        is_covered(patterns, domain, host) is not False
        for domain, host in zip(records["policy_domain"], records["mx_hostname"], strict=True)
    ]
    hosts = records.assign(traffic_share=np.nan)
    if traffic is not None:
        hosts = records.merge(traffic, on=RECORD_KEYS, how="left")
        is_given = hosts["policy_domain"].isin(traffic["policy_domain"])
        hosts["traffic_share"] = hosts["traffic_share"].mask(
            is_given & hosts["traffic_share"].isna(), 0.0
        )
    is_bad = np.asarray(hosts["is_bad"], dtype="bool")
    is_usable = np.array(covered, dtype="bool") & ~is_bad
    unproven = hosts.loc[np.array(covered, dtype="bool") & is_bad, "policy_domain"]
    usable = hosts.loc[is_usable]
    proven = frozenset(usable["policy_domain"]) - frozenset(unproven)
    return MxKnowledge(usable, frozenset(records["policy_domain"]), proven, records)


def usable_hosts(question: Question) -> dict[str, set[str]]:
    """Return the hosts of each domain that senders may use: of its MX records, or of its policy."""
    named = {
        domain: {pattern.lower() for pattern in patterns if "*" not in pattern}
        for domain, patterns in question.patterns.items()
    }
    mx = mx_knowledge(question.records, question.patterns, question.traffic)
    usable = named | mx.usable_hosts()
    if question.traffic is None:
        return usable
    unused = question.traffic[question.traffic["traffic_share"] <= 0]
    idle = set(unused[["policy_domain", "mx_hostname"]].itertuples(index=False, name=None))
    return {
        domain: {host for host in hosts if (domain, host) not in idle}
        for domain, hosts in usable.items()
    }


def unknown_routes(refused: pd.DataFrame) -> pd.DataFrame:
    """Return routes for rows about which no MX record is known: anything is possible."""
    same = {
        "lost_most": 1.0,
        "reroutes": True,
        "rerouted_least": 0.0,
        "delayed_least": 0.0,
        "is_alone": False,
    }
    return pd.DataFrame(same, index=refused.index)


def _with_other_hosts(
    at_hosts: pd.DataFrame,
    tested_days: pd.DataFrame,
    hosts: pd.DataFrame,
    preferences: pd.DataFrame,
) -> pd.DataFrame:
    """Pair each ``row`` of a host at fault with each other host that its sender could use."""
    known = hosts[[*RECORD_KEYS, "preference"]]
    own = preferences[[*RECORD_KEYS, "preference"]].rename(
        columns={"mx_hostname": HOST, "preference": "own_preference"}
    )
    rows = at_hosts[[*DOMAIN_DAY, HOST]].astype(
        dict.fromkeys(["policy_domain", "reporter", HOST], "str")
    )
    rows["row"] = np.arange(len(rows))
    pairs = rows.merge(own, on=["policy_domain", HOST], how="left").merge(known, on="policy_domain")
    pairs = pairs[pairs["mx_hostname"] != pairs[HOST].fillna("")]
    failing = _most_failing(at_hosts, tested_days, hosts)
    pairs = pairs.merge(failing, on=[*DOMAIN_DAY, "mx_hostname"], how="left")
    fails = pairs["most_failing"].fillna(1.0)
    is_later = ~(pairs["preference"] < pairs["own_preference"])
    is_earlier = ~(pairs["preference"] >= pairs["own_preference"])
    is_known = pairs["preference"].notna() & pairs["own_preference"].notna()
    return pairs.assign(
        lost_most=fails,
        reroutes=is_later,
        later_fails=fails.where(is_later & is_known, 1.0),
        earlier_fails=fails.where(is_earlier & is_known, 1.0),
    )


def _most_failing(
    at_hosts: pd.DataFrame, tested_days: pd.DataFrame, hosts: pd.DataFrame
) -> pd.DataFrame:
    """Bound how often each host fails for a reporter on a day on which it was not at fault.

    The bound is the rule of three over the sessions that the host has taken at least: by its
    traffic, or without it by `_shown_sessions`; of that day, or, if this reporter never found it at
    fault, of all days, each day counting at most once because sessions of one day may depend on
    each other. A day with refused sessions at an unnamed host shows no host free of failures.
    """
    text = {"policy_domain": "str", "reporter": "str"}
    days = tested_days[[*DOMAIN_DAY, "session_count", "success_count"]].astype(text)
    usable = hosts[[*RECORD_KEYS, "traffic_share"]]
    table = days.merge(usable[~(usable["traffic_share"] <= 0)], on="policy_domain")
    faults = at_hosts[[*DOMAIN_DAY, HOST]].astype({**text, HOST: "str"})
    unnamed = faults.loc[faults[HOST].isna(), DOMAIN_DAY].drop_duplicates()
    named = faults.rename(columns={HOST: "mx_hostname"}).drop_duplicates()
    table = table.merge(unnamed.assign(is_unnamed=True), on=DOMAIN_DAY, how="left")
    table = table.merge(named.assign(is_named=True), on=[*DOMAIN_DAY, "mx_hostname"], how="left")
    is_faulty = table["is_unnamed"].eq(True) | table["is_named"].eq(True)  # noqa: FBT003 - values
    shown, is_known = _shown_sessions(table, is_faulty)
    groups = [table["policy_domain"], table["reporter"], table["mx_hostname"]]
    capped = shown.where(is_known, 0.0).clip(upper=1.0).groupby(groups).transform("sum")
    capped = capped.where(~is_faulty.groupby(groups).transform("any"), 0.0)
    most = np.minimum(1.0, RULE_OF_THREE / np.maximum(np.maximum(shown, capped), 1e-9))
    return table[[*DOMAIN_DAY, "mx_hostname"]].assign(
        most_failing=np.asarray(most, dtype="float64")
    )


def _shown_sessions(
    table: pd.DataFrame, is_faulty: "pd.Series[bool]"
) -> tuple["pd.Series[float]", "pd.Series[bool]"]:
    """Return the sessions that each host has taken without a fault, and whether it is known which.

    Without traffic, of the usable hosts of a domain one at least took an equal part of the
    successes of a day on which none of them was at fault; which one is known if there is one only.
    """
    by_day = table.groupby(DOMAIN_DAY)["mx_hostname"]
    host_count = by_day.transform("size")
    is_any_faulty = is_faulty.groupby([table[name] for name in DOMAIN_DAY]).transform("any")
    by_traffic = (table["session_count"] * table["traffic_share"]).where(~is_faulty, 0.0)
    by_successes = (table["success_count"] / host_count).where(~is_any_faulty, 0.0)
    has_traffic = table["traffic_share"].notna()
    return by_traffic.where(has_traffic, by_successes), has_traffic | host_count.eq(1)
