"""Where a refused session can go next: the MX hosts of a domain and what reporters show of them.

A sender goes on to the next host of equal or later preference (RFC 8461 §5.1, RFC 5321 §5.1).
A host of earlier preference was passed over because it could not be reached then, so it takes the
mail later: that is a delay.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from tlsrpt_analysis.analyses.policy.reported import is_covered
from tlsrpt_analysis.analyses.sessions import DOMAIN_DAY

RULE_OF_THREE = 3.0
"""With no failure in n sessions, the failure rate is at most 3/n with 95 % confidence."""


def candidates(
    records: pd.DataFrame,
    patterns: Mapping[str, tuple[str, ...]],
    traffic: pd.DataFrame | None,
) -> pd.DataFrame:
    """Give the MX hosts that senders may use, with the share of sessions that each one takes.

    Hosts that the policy does not cover or that a probe found bad are none.
    ``traffic_share`` is that given in `traffic`; else all hosts of the best preference share
    equally (RFC 5321 §5.1 has senders choose among them at random) and the others take nothing.
    """
    covered = [
        is_covered(patterns, domain, host) is not False
        for domain, host in zip(records["policy_domain"], records["mx_hostname"], strict=True)
    ]
    best = records.groupby("policy_domain")["preference"].transform("min")
    first = records["preference"].eq(best)
    of_domain = first.groupby(records["policy_domain"]).transform("sum")
    share = np.where(first, 1 / of_domain.clip(lower=1), 0.0)
    hosts = records.assign(traffic_share=share)
    if traffic is not None:
        hosts = hosts.drop(columns="traffic_share").merge(
            traffic, on=["policy_domain", "mx_hostname"], how="left"
        )
        hosts["traffic_share"] = hosts["traffic_share"].fillna(0.0)
    is_usable = np.array(covered, dtype="bool") & ~np.asarray(hosts["is_bad"], dtype="bool")
    usable: pd.DataFrame = hosts.loc[is_usable]
    return usable


def routes(
    at_hosts: pd.DataFrame,
    sts_days: pd.DataFrame,
    *,
    hosts: pd.DataFrame,
    told_domains: Collection[str],
) -> pd.DataFrame:
    """Tell for every day of a reporter and host at fault where its refused sessions could go.

    Parameters
    ----------
    at_hosts : DataFrame
        The refused sessions by day and ``receiving_mx_hostname``.
    sts_days : DataFrame
        ``policy_domain reporter day session_count``: all sessions under MTA-STS.
    hosts : DataFrame
        `candidates`.
    told_domains : collection of str
        The domains whose MX records are known; elsewhere anything is possible.

    Returns
    -------
    DataFrame
        In the order and with the index of `at_hosts`: ``lost_most`` (at most this part is refused
        by every other host as well, by the rule of three over what each other host took without
        failing), ``reroutes`` and ``delays`` (whether it can be), ``rerouted_least`` and
        ``delayed_least`` (parts), ``is_alone`` (no other host could take it).
    """
    clean = _most_failing(at_hosts, sts_days, hosts)
    rows = at_hosts[[*DOMAIN_DAY, "receiving_mx_hostname"]].astype(
        {"policy_domain": "str", "reporter": "str", "receiving_mx_hostname": "str"}
    )
    rows["row"] = np.arange(len(rows))
    known = hosts[["policy_domain", "mx_hostname", "preference"]]
    own = known.rename(
        columns={"mx_hostname": "receiving_mx_hostname", "preference": "own_preference"}
    )
    rows = rows.merge(own, on=["policy_domain", "receiving_mx_hostname"], how="left")
    pairs = rows.merge(known, on="policy_domain")
    pairs = pairs[pairs["mx_hostname"] != pairs["receiving_mx_hostname"].fillna("")]
    pairs = pairs.merge(clean, on=[*DOMAIN_DAY, "mx_hostname"], how="left")
    fails = pairs["most_failing"].fillna(1.0)
    is_later = ~(pairs["preference"] < pairs["own_preference"])
    is_earlier = ~(pairs["preference"] >= pairs["own_preference"])
    is_known = pairs["preference"].notna() & pairs["own_preference"].notna()
    measured = pairs.assign(
        lost_most=fails,
        reroutes=is_later,
        delays=is_earlier,
        later_fails=fails.where(is_later & is_known, 1.0),
        earlier_fails=fails.where(is_earlier & is_known, 1.0),
    )
    how = {
        "lost_most": "min", "later_fails": "min", "earlier_fails": "min",
        "reroutes": "max", "delays": "max",
    }  # fmt: skip
    told = measured.groupby("row").agg(how).reindex(np.arange(len(rows)))
    told = told.set_axis(at_hosts.index)
    is_alone = told["lost_most"].isna()
    is_told_domain = at_hosts["policy_domain"].astype("str").isin(list(told_domains))
    reroutes = told["reroutes"].eq(True)  # noqa: FBT003 - a value to compare with
    return pd.DataFrame(
        {
            "lost_most": told["lost_most"].fillna(1.0),
            "reroutes": reroutes | ~is_told_domain,
            "delays": told["delays"].eq(True) | ~is_told_domain,  # noqa: FBT003 - as above
            "rerouted_least": 1 - told["later_fails"].fillna(1.0),
            "delayed_least": (1 - told["earlier_fails"].fillna(1.0)).where(~reroutes, 0.0),
            "is_alone": is_alone & is_told_domain,
        }
    )


def unknown_routes(at_hosts: pd.DataFrame) -> pd.DataFrame:
    """Give the routes of a day when no MX record is known: anything is possible."""
    same = {
        "lost_most": 1.0, "reroutes": True, "delays": True,
        "rerouted_least": 0.0, "delayed_least": 0.0, "is_alone": False,
    }  # fmt: skip
    return pd.DataFrame(same, index=at_hosts.index)


def _most_failing(
    at_hosts: pd.DataFrame, sts_days: pd.DataFrame, hosts: pd.DataFrame
) -> pd.DataFrame:
    """Bound how often each host fails for a reporter on a day on which it was not at fault.

    The bound is the rule of three over the sessions that the host is expected to have taken: of
    that day, or, if this reporter never found it at fault, of all days, each day counting at most
    once as sessions of one day may depend on each other.
    A day with refused sessions at a host that was not named shows no host free of failures.
    """
    text = {"policy_domain": "str", "reporter": "str"}
    days = sts_days[[*DOMAIN_DAY, "session_count"]].astype(text)
    usable = hosts[["policy_domain", "mx_hostname", "traffic_share"]]
    table = days.merge(usable[usable["traffic_share"] > 0], on="policy_domain")
    faults = at_hosts[[*DOMAIN_DAY, "receiving_mx_hostname"]].astype(
        {**text, "receiving_mx_hostname": "str"}
    )
    unnamed = faults.loc[faults["receiving_mx_hostname"].isna(), DOMAIN_DAY].drop_duplicates()
    named = faults.rename(columns={"receiving_mx_hostname": "mx_hostname"}).drop_duplicates()
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
