"""The way from a leaf to a root, in chains as they are served and as they could be made up."""

import dataclasses
import datetime as dt
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from lab.certificates import issue

from tlsrpt_analysis.probes.chain import Trust, chain_advice, chain_fault, path_from

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PAST = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
HOST = "mx.lab.test"
ROOT = issue("Root", is_authority=True)
MIDDLE = issue("Intermediate", ROOT, is_authority=True)
LATE = issue("Late Intermediate", ROOT, is_authority=True, end=PAST)
NO_AUTHORITY = issue("No Authority", ROOT)
OTHER = issue("Other", is_authority=True)
LEAF = issue(HOST, MIDDLE, names=(HOST,))
TRUST = Trust((ROOT.certificate,))


def fault_of(*chain, trust=TRUST):
    """Give the code of what is wrong with a chain."""
    fault = chain_fault([issued.certificate for issued in chain], trust, NOW)
    return fault and fault.code


def advice_of(*chain):
    """Give the codes of what some senders may mind."""
    served = [issued.certificate for issued in chain]
    return [told.code for told in chain_advice(served, TRUST, NOW, HOST)]


FAULTS = [
    ([LEAF, MIDDLE], None),
    ([LEAF, MIDDLE, ROOT], None),
    ([LEAF], "incomplete-chain"),
    ([LEAF, OTHER], "incomplete-chain"),  # the wrong intermediate
    ([issue(HOST, LATE, names=(HOST,)), LATE], "intermediate-expired"),
    ([issue(HOST, NO_AUTHORITY, names=(HOST,)), NO_AUTHORITY], "incomplete-chain"),
    ([issue(HOST, names=(HOST,))], "self-signed"),
    ([issue(HOST, OTHER, names=(HOST,)), OTHER], "untrusted-root"),
]


@pytest.mark.parametrize(("chain", "code"), FAULTS)
def test_why_a_chain_leads_to_no_root(chain, code):
    """Each fault apart, where OpenSSL has one code for several."""
    assert fault_of(*chain) == code


def test_what_another_host_served_names_what_is_missing():
    """For sure, then: the signature fits."""
    known = dataclasses.replace(TRUST, known=(MIDDLE.certificate,))
    fault = chain_fault([LEAF.certificate], known, NOW)
    assert fault.code == "incomplete-chain"
    assert fault.message == "the chain lacks CN=Intermediate: serve it after the leaf"


ADVICE = [
    ([LEAF, MIDDLE], []),
    ([LEAF, MIDDLE, ROOT], ["root-served"]),
    ([LEAF, OTHER, MIDDLE], ["chain-order", "unrelated-certificates"]),
]


@pytest.mark.parametrize(("chain", "codes"), ADVICE)
def test_what_some_senders_may_mind(chain, codes):
    """It works, and is said all the same."""
    assert advice_of(*chain) == codes


def test_a_chain_that_is_made_to_branch_ends_soon():
    """Sixty issuers of one name and key, each of which could have issued each other one."""
    twins = [twin(number) for number in range(60)]
    leaf = issue(HOST, OTHER, names=(HOST,)).certificate
    start = time.monotonic()
    path = path_from(leaf, twins, TRUST.roots)
    assert time.monotonic() - start < 5
    assert path[0] == leaf
    assert path[-1] in twins


def twin(number):
    """Issue the authority's certificate again, under another number."""
    old = OTHER.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(number + 1)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc)
    )
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(OTHER.key, hashes.SHA256())
