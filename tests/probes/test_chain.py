"""The way from a leaf to a root, in chains as they are served and as they could be made up."""

import dataclasses
import datetime as dt
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from lab.certificates import issue

from tlsrpt_analysis.probes.certificate_rules import Certificates, session_verdicts
from tlsrpt_analysis.probes.chain import (
    LONGEST_PATH,
    MOST_ISSUERS,
    Trust,
    chain_advice,
    chain_fault,
    date_fault,
    name_fault,
    path_from,
)
from tlsrpt_analysis.probes.evidence import TlsSession

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
    """Return the code of what is wrong with a chain."""
    fault = chain_fault([issued.certificate for issued in chain], trust, NOW)
    return fault and fault.code


def advice_of(*chain):
    """Return the codes of what some senders may refuse."""
    served = [issued.certificate for issued in chain]
    return [fault.code for fault in chain_advice(served, TRUST, NOW, HOST)]


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


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ((HOST,), None),
        (("*.lab.test",), None),
        (("other.lab.test",), "host-mismatch"),
        (("*.test",), "host-mismatch"),  # a wildcard of a whole top-level domain
        (("*.test.",), "host-mismatch"),
        ((), "no-san"),
    ],
)
def test_a_certificate_is_for_the_names_in_its_san(names, code):
    """The common name does not count (RFC 8461 §4.1)."""
    hostname = "lab.test" if names and names[0].startswith("*.test") else HOST
    fault = name_fault(issue("any", MIDDLE, names=names).certificate, hostname)
    assert (fault and fault.code) == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(-1, "not-yet-valid"), (0, None), (3600, None), (3601, "expired")],
)
def test_a_certificate_is_valid_from_its_first_to_its_last_second(seconds, code):
    """Both ends are in the period of validity."""
    hour = dt.timedelta(hours=1)
    fault = date_fault(
        issue("hour", MIDDLE, start=NOW, end=NOW + hour).certificate,
        NOW + dt.timedelta(seconds=seconds),
    )
    assert (fault and fault.code) == code


@pytest.mark.parametrize(("bits", "codes"), [(2047, ["weak-key"]), (2048, [])])
def test_a_short_rsa_key_is_worth_advice(bits, codes):
    """2048 bits are the least that every sender takes."""
    key = rsa.generate_private_key(65_537, bits)
    leaf = issue(HOST, MIDDLE, names=(HOST,), key=key)
    assert advice_of(leaf, MIDDLE) == codes


@pytest.mark.parametrize(
    ("length", "is_anchored"), [(LONGEST_PATH, True), (LONGEST_PATH + 1, False)]
)
def test_a_path_ends_at_the_longest_length(length, is_anchored):
    """The certificates of a path are counted with leaf and root."""
    issuers = [ROOT]
    for number in range(length - 2):
        issuers.append(issue(f"Intermediate {number}", issuers[-1], is_authority=True))
    leaf = issue(HOST, issuers[-1], names=(HOST,)).certificate
    path = path_from(leaf, [issued.certificate for issued in issuers[1:]], TRUST.roots)
    assert (path[-1] == ROOT.certificate) == is_anchored


@pytest.mark.parametrize(("others", "is_found"), [(MOST_ISSUERS - 1, True), (MOST_ISSUERS, False)])
def test_only_so_many_issuers_of_one_name_are_tried(others, is_found):
    """The true one is the last."""
    impostors = [
        issue("Intermediate", key_name=f"other {n}", is_authority=True) for n in range(others)
    ]
    served = [issued.certificate for issued in (*impostors, MIDDLE)]
    path = path_from(LEAF.certificate, served, TRUST.roots)
    assert (path[-1] == ROOT.certificate) == is_found


@pytest.mark.parametrize(("days", "is_soon"), [(13, True), (14, False)])
def test_a_certificate_that_expires_within_two_weeks_is_worth_advice(days, *, is_soon):
    """Fourteen days are enough to renew it."""
    leaf = issue(HOST, MIDDLE, names=(HOST,), end=NOW + dt.timedelta(days=days)).certificate
    session = TlsSession(server_name=HOST, outcome="ok", protocol="TLSv1.3", chain=("leaf",))
    certificates = Certificates({"leaf": leaf}, TRUST, NOW)
    codes = [verdict.fault.code for verdict in session_verdicts(session, HOST, certificates)]
    assert ("expires-soon" in codes) == is_soon


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
