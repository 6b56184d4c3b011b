"""Where a refused session can go next: the MX hosts of a domain and what reporters show of them.

A sender goes on to the next host of equal or later preference (RFC 8461 §5.1, RFC 5321 §5.1).
A host of earlier preference was passed over because it was unreachable at the time, so it takes
the mail later: that is a delay.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.impact.question import Patterns
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
    "delays": "max",
}
"""How the pairs of a host at fault and another host become one row."""


@dataclass(frozen=True, slots=True)
class MxKnowledge:
    """The MX hosts that senders may use, and the domains whose MX records are known.

    ``hosts`` has ``policy_domain mx_hostname preference traffic_share``, or is `None` where no MX
    records were given.
    """

    hosts: pd.DataFrame | None = None
    known_domains: frozenset[str] = frozenset()

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
            ``policy_domain reporter day session_count``: the tested sessions.

        Returns
        -------
        DataFrame
            In the order and with the index of `at_hosts`: ``lost_most`` (at most this part is
            refused by every other host as well, by the rule of three over what each other host
            took without failing), ``reroutes`` and ``delays`` (whether it can be),
            ``rerouted_least`` and ``delayed_least`` (parts), ``is_alone`` (no other host could
            take it). Where the MX records are unknown, anything is possible.
        """
        if self.hosts is None:
            return unknown_routes(at_hosts)
        pairs = _with_other_hosts(at_hosts, tested_days, self.hosts)
        best = pairs.groupby("row").agg(_ENDS).reindex(np.arange(len(at_hosts)))
        best = best.set_axis(at_hosts.index)
        is_known = at_hosts["policy_domain"].astype("str").isin(list(self.known_domains))
        reroutes = best["reroutes"].eq(True)  # noqa: FBT003 - a value to compare with
        return pd.DataFrame(
            {
                "lost_most": best["lost_most"].fillna(1.0),
                "reroutes": reroutes | ~is_known,
                "delays": best["delays"].eq(True) | ~is_known,  # noqa: FBT003 - as above
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
    ``traffic_share`` is taken from `traffic`. Without it all hosts of the best preference share
    equally (RFC 5321 §5.1 has senders choose among them at random) and the others take nothing.
    """
    if records is None:
        return MxKnowledge()
    covered = [
        is_covered(patterns, domain, host) is not False
        for domain, host in zip(records["policy_domain"], records["mx_hostname"], strict=True)
    ]
    hosts = records.assign(traffic_share=_equal_shares(records))
    if traffic is not None:
        hosts = records.merge(traffic, on=RECORD_KEYS, how="left")
        hosts["traffic_share"] = hosts["traffic_share"].fillna(0.0)
    is_usable = np.array(covered, dtype="bool") & ~np.asarray(hosts["is_bad"], dtype="bool")
    return MxKnowledge(hosts.loc[is_usable], frozenset(records["policy_domain"]))


def unknown_routes(refused: pd.DataFrame) -> pd.DataFrame:
    """Return routes for rows about which no MX record is known: anything is possible."""
    same = {
        "lost_most": 1.0, "reroutes": True, "delays": True,
        "rerouted_least": 0.0, "delayed_least": 0.0, "is_alone": False,
    }  # fmt: skip
    return pd.DataFrame(same, index=refused.index)


def _equal_shares(records: pd.DataFrame) -> "pd.Series[float]":
    """Return equal shares for the hosts of the best preference of each domain, 0 for the rest."""
    best = records.groupby("policy_domain")["preference"].transform("min")
    is_first = records["preference"].eq(best)
    count = is_first.groupby(records["policy_domain"]).transform("sum")
    return (1 / count.clip(lower=1)).where(is_first, 0.0)


def _with_other_hosts(
    at_hosts: pd.DataFrame, tested_days: pd.DataFrame, hosts: pd.DataFrame
) -> pd.DataFrame:
    """Pair each ``row`` of a host at fault with each other host that its sender could use."""
    known = hosts[[*RECORD_KEYS, "preference"]]
    own = known.rename(columns={"mx_hostname": HOST, "preference": "own_preference"})
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
        delays=is_earlier,
        later_fails=fails.where(is_later & is_known, 1.0),
        earlier_fails=fails.where(is_earlier & is_known, 1.0),
    )


def _most_failing(
    at_hosts: pd.DataFrame, tested_days: pd.DataFrame, hosts: pd.DataFrame
) -> pd.DataFrame:
    """Bound how often each host fails for a reporter on a day on which it was not at fault.

    The bound is the rule of three over the sessions that the host is expected to have taken: of
    that day, or, if this reporter never found it at fault, of all days, each day counting at most
    once because sessions of one day may depend on each other.
    A day with refused sessions at an unnamed host shows no host free of failures.
    """
    text = {"policy_domain": "str", "reporter": "str"}
    days = tested_days[[*DOMAIN_DAY, "session_count"]].astype(text)
    usable = hosts[[*RECORD_KEYS, "traffic_share"]]
    table = days.merge(usable[usable["traffic_share"] > 0], on="policy_domain")
    faults = at_hosts[[*DOMAIN_DAY, HOST]].astype({**text, HOST: "str"})
    unnamed = faults.loc[faults[HOST].isna(), DOMAIN_DAY].drop_duplicates()
    named = faults.rename(columns={HOST: "mx_hostname"}).drop_duplicates()
    table = table.merge(unnamed.assign(is_unnamed=True), on=DOMAIN_DAY, how="left")
    table = table.merge(named.assign(is_named=True), on=[*DOMAIN_DAY, "mx_hostname"], how="left")
    is_faulty = table["is_unnamed"].eq(True) | table["is_named"].eq(True)  # noqa: FBT003 - values
    expected = (table["session_count"] * table["traffic_share"]).where(~is_faulty, 0.0)
    groups = [table["policy_domain"], table["reporter"], table["mx_hostname"]]
    capped = expected.clip(upper=1.0).groupby(groups).transform("sum")
    capped = capped.where(~is_faulty.groupby(groups).transform("any"), 0.0)
    shown = np.maximum(expected.to_numpy("float64"), capped.to_numpy("float64"))
    most = np.minimum(1.0, RULE_OF_THREE / np.maximum(shown, 1e-9))
    return table[[*DOMAIN_DAY, "mx_hostname"]].assign(most_failing=most)
