"""The steps of the ladder and the rows of `diagnose` are one list."""

import pandas as pd
import pytest
from support.made_reports import DOMAIN, failure, month, mx_records, policy, report, tables

from tlsrpt_analysis import diagnose, enforce_impact

MX1, MX2 = "mx1.example.com", "mx2.example.com"
V, EXPIRED = "validation-failure", "certificate-expired"
MISMATCH = failure(25, V, reason="MX_HOSTS_MISMATCH")


class Probe:
    """The findings of a probe, as checks of MX hosts."""

    domain = DOMAIN

    def __init__(self, *checks):
        self._checks = checks

    def checks(self):
        """Return one row a check."""
        columns = ["policy_domain", "mx_hostname", "check", "outcome", "code", "message"]
        return pd.DataFrame([(DOMAIN, *check) for check in self._checks], columns=columns)

    def by_mx(self):
        """Return one row an MX host."""
        return pd.DataFrame({"mx_hostname": [check[0] for check in self._checks]})


def alias(*hosts, named=None):
    """Return reports of which Google's are clean and Microsoft's fail at an alias."""
    detail = failure(25, V, named) if named else MISMATCH
    return tables(
        *month(policy(200, mx=hosts), days=60),
        *month(policy(25, 25, detail, mx=hosts), reporter="Microsoft", days=60),
    )


def steps(given, **options):
    """Return the steps of the ladder."""
    return enforce_impact(given, **options).fixes.dropna(subset="step").to_dict("records")


@pytest.mark.parametrize("named", [None, MX1])
def test_the_step_of_an_alias_replaces_it(named):
    """It is no certificate that has to be repaired; the only MX needs no name."""
    (step,) = steps(alias(MX1, named=named))
    assert (step["fix"], step["receiving_mx_hostname"]) == (f"replace CNAME {MX1}", MX1)
    assert (step["cause"], step["responsible"], step["left"]) == ("cname-mx", "you", "0 %")
    assert step["cure"] == f"give {MX1} A and AAAA records instead of the CNAME"
    (row,) = diagnose(alias(MX1, named=named)).to_dict("records")
    assert (row["cause"], row["fix"]) == ("cname-mx", step["fix"])
    assert row["receiving_mx_hostname"] == MX1


def test_an_alias_that_nobody_names_is_one_step_for_the_host_that_is_not_given():
    """It may be either of two, and one of them was never seen to fail."""
    (step,) = steps(alias(MX1, MX2))
    assert step["fix"] == "replace CNAME (not given)"
    (planned,) = enforce_impact(alias(MX1, MX2)).plan().steps.to_dict("records")
    assert planned["title"] == "Find the MX host that fails, and repair it"
    assert f"Most likely the cure is to {step['cure']}. Confirm" in planned["instructions"]
    assert pd.isna(step["receiving_mx_hostname"])
    assert step["cure"].startswith("give the host that Microsoft does not name A and AAAA")
    assert step["left"] == "0 %"
    assert diagnose(alias(MX1, MX2))["fix"].tolist() == [step["fix"]]


def test_a_probe_fills_in_the_host_that_nobody_names():
    """It found one of the two to be an alias."""
    probe = Probe((MX1, "mx-alias", "passed", "", ""), (MX2, "mx-alias", "failed", "alias", "is"))
    (row,) = diagnose(alias(MX1, MX2), probe).to_dict("records")
    assert (row["receiving_mx_hostname"], row["status"]) == (MX2, "confirmed")
    assert f"Microsoft named no host, and a probe found this at {MX2} alone" in row["evidence"]
    (step,) = steps(alias(MX1, MX2), mx_preferences=probe)
    assert step["fix"] == row["fix"] == f"replace CNAME {MX2}"


def test_what_is_left_is_a_range_where_a_reporter_names_no_host():
    """Google names mx2; what Microsoft met may have been there or elsewhere."""
    hosts = [MX1, MX2]
    given = tables(
        *month(policy(80, 20, failure(20, EXPIRED, MX2), mx=hosts)),
        *month(policy(80, 20, failure(20, EXPIRED), mx=hosts), reporter="Microsoft"),
    )
    named, unnamed = steps(given)
    assert named["fix"] == f"repair certificate {MX2}"
    assert named["left"] == "0 % to 10.0 %: Microsoft named no host"
    assert (unnamed["fix"], unnamed["left"]) == ("repair certificate (not given)", "0 %")
    assert unnamed["cure"].startswith("renew the certificate of the host that Microsoft does not")
    assert set(diagnose(given)["fix"]) == {named["fix"], unnamed["fix"]}


def test_unnamed_mismatches_fall_with_the_only_unlisted_host():
    """Google names it, so it is one step and one row."""
    google = month(policy(80, 20, failure(20, V, MX2)))
    given = tables(*google, *month(policy(25, 25, MISMATCH), reporter="Microsoft"))
    (step,) = steps(given)
    assert (step["fix"], step["left"]) == (f"add mx {MX2}", "0 %")
    (row,) = diagnose(given, mx_preferences=mx_records(MX1, MX2)).to_dict("records")
    assert (row["fix"], row["failed_session_count"]) == (step["fix"], 28 * 45)
    assert "Microsoft named no host, and no other is missing from the policy" in row["evidence"]


def test_an_unnamed_mismatch_without_a_host_that_fits_asks_for_the_records():
    """Nobody knows yet which host it is."""
    given = tables(
        *month(policy(25, 25, MISMATCH)),
        *month(policy(25, 25, MISMATCH), reporter="Microsoft"),
    )
    (step,) = steps(given)
    assert (step["fix"], step["responsible"]) == ("add mx (not given)", "unknown")
    assert step["cure"].startswith("compare the MX records with the policy")
    assert step["left"] == "0 %"


def test_a_host_that_may_be_a_strangers_is_listed_only_if_it_is_yours():
    """As in the cure of `diagnose`."""
    (step,) = steps(tables(*month(policy(80, 20, failure(20, V, MX2)))))
    assert step["cure"] == f"if {MX2} is yours, list it in the policy, under a new id"


def test_what_is_repaired_has_no_step():
    """mx2 was repaired two weeks ago, mx1 fails to this day."""
    hosts = [MX1, MX2]
    both = policy(89, 11, failure(10, EXPIRED, MX1), failure(1, EXPIRED, MX2), mx=hosts)
    one = policy(90, 10, failure(10, EXPIRED, MX1), mx=hosts)
    days = [report(both if day < 30 else one, day=day) for day in range(44)]
    (step,) = steps(tables(*days))
    assert step["fix"] == f"repair certificate {MX1}"
    assert step["would_block_high_before"] == 28 * 10
    rows = diagnose(tables(*days)).set_index("receiving_mx_hostname")
    assert rows["fix"][MX1] == step["fix"]
    assert pd.isna(rows["fix"][MX2])
    assert "it is over: 14 days" in rows["evidence"][MX2]


def test_what_a_probe_finds_repaired_has_no_step():
    """The reports are older than the new certificate."""
    given = tables(*month(policy(90, 10, failure(10, EXPIRED, MX1))))
    probe = Probe((MX1, "certificate-dates", "passed", "ok", ""))
    (row,) = diagnose(given, probe).to_dict("records")
    assert row["status"] == "refuted"
    assert "a probe finds nothing of it any more" in row["evidence"]
    assert pd.isna(row["fix"])
    assert steps(given, findings=probe) == []


def test_a_hypothesis_that_a_probe_refutes_keeps_its_step():
    """The failures have another cause, which is still to be found."""
    probe = Probe((MX1, "mx-alias", "passed", "ok", ""))
    (row,) = diagnose(alias(MX1), probe).to_dict("records")
    assert (row["status"], row["fix"]) == ("refuted", f"replace CNAME {MX1}")
    assert "look at the next" in row["evidence"]


def test_a_rare_fault_is_not_over_after_a_week_without_it():
    """On three days of twenty it shows, and then for a week by chance not."""
    bad = policy(90, 10, failure(10, EXPIRED, MX1))
    days = [report(bad if day in {2, 9, 19} else policy(100), day=day) for day in range(28)]
    (row,) = diagnose(tables(*days)).to_dict("records")
    assert "over" not in row["evidence"]
    assert row["fix"] == f"repair certificate {MX1}"


def test_the_fault_of_a_sender_is_a_step_of_the_sender():
    """There is nothing to repair."""
    kinds = ("certificate-host-mismatch", EXPIRED, "starttls-not-supported")
    given = tables(
        *month(policy(1, 6, *(failure(2, kind, MX1) for kind in kinds)), reporter="isp.example"),
        *month(policy(400)),
        *month(policy(400), reporter="Microsoft"),
    )
    (step,) = steps(given)
    assert (step["fix"], step["responsible"]) == ("ask sender isp.example", "the sender")
    planned = enforce_impact(given).plan().steps.iloc[0]
    assert "has a letter to isp.example" in planned["instructions"]
    assert "probe" not in planned["instructions"] + planned["go_on_when"]
    assert planned["go_on_when"].startswith("The next reports of isp.example count no failure")
    assert pd.isna(step["receiving_mx_hostname"])
    after = enforce_impact(given).after(step["fix"]).by_domain
    assert after["would_block_high"].item() == 0


def test_words_say_which_repair():
    """A validation failure whose reason names the chain is one of the certificate."""
    detail = failure(20, V, MX1, reason="unable_to_get_local_issuer_certificate")
    (step,) = steps(tables(*month(policy(80, 20, detail))))
    assert (step["fix"], step["cause"]) == (f"repair certificate {MX1}", "incomplete-chain")


def test_several_causes_of_one_step_are_named_in_the_order_of_their_sessions():
    """And every cure."""
    details = [failure(5, EXPIRED, MX1), failure(20, "certificate-not-trusted", MX1)]
    (step,) = steps(tables(*month(policy(75, 25, *details))))
    assert step["cause"] == "untrusted-certificate, certificate-expired"
    assert step["cure"] == (
        f"serve a certificate of a public CA at {MX1}, with its whole chain; renew the certificate"
        f" of {MX1}, and reload the server"
    )


def test_dropping_a_host_says_when_its_line_may_go():
    """It has no cause."""
    fixes = enforce_impact(
        tables(*month(policy(90, 10, failure(10, EXPIRED, MX1), mx=[MX1, MX2])))
    ).fixes
    (drop,) = fixes[fixes["step"].isna()].to_dict("records")
    assert pd.isna(drop["cause"])
    assert drop["cure"].startswith(f"remove {MX1} from the MX records")


def test_after_takes_every_id_of_the_ladder_without_a_domain():
    """Also those that name no host."""
    given = alias(MX1, MX2)
    assert (
        enforce_impact(given)
        .after("replace CNAME (not given)")
        .by_domain["would_block_high"]
        .item()
        == 0
    )
