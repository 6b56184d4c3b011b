"""Each cause is one complete record, and every sign leads to a cause of the catalogue."""

import importlib
import pkgutil
import re

import pytest
from support.made_reports import failure, month, policy, tables

from tlsrpt_analysis import diagnose, selective_failures
from tlsrpt_analysis.analyses import cause_catalogue
from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family
from tlsrpt_analysis.analyses.cause_catalogue.causes import (
    BY_CODE,
    BY_REASON,
    BY_SELECTIVE_TYPE,
    CAUSES,
)
from tlsrpt_analysis.analyses.cause_catalogue.reasons import folded, openssl_codes
from tlsrpt_analysis.analyses.cause_catalogue.signs import (
    MX_MISMATCH_WORDS,
    TRY_AGAIN_WORDS,
    failing_address,
)
from tlsrpt_analysis.standards.result_types import ResultType

MX = "mx1.example.com"
FILES = [
    importlib.import_module(f"{cause_catalogue.__name__}.{found.name}")
    for found in pkgutil.iter_modules(cause_catalogue.__path__)
]
DEFINED = [
    (name, cause)
    for module in FILES
    for name, cause in vars(module).items()
    if isinstance(cause, Cause)
]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.code)
def test_each_record_is_complete(cause: Cause) -> None:
    """A cause without a cure is a riddle, and one without a command stays a guess."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cause.code)
    assert cause.title[0].isupper()
    assert not cause.title.endswith(".")
    assert isinstance(cause.family, Family)
    assert cause.confirm.strip()
    assert re.match(r"[A-Z].*[^ ]$", cause.cure, re.DOTALL)
    assert cause.when_selective in {None, *CAUSES}
    assert cause.step[0].islower()
    assert len(cause.step) < 80
    assert set(re.findall(r"(?<!\$)\{[^}]*\}", cause.confirm + cause.cure + cause.step)) <= {
        "{domain}",
        "{host}",
    }


def test_each_record_is_listed_once_and_named_after_its_code() -> None:
    """A record that no list has would never be found."""
    assert {cause for _, cause in DEFINED} == set(CAUSES)
    assert len(BY_CODE) == len(CAUSES)
    assert {
        name for name, cause in DEFINED if name != cause.code.upper().replace("-", "_")
    } == set()


def test_each_file_holds_one_family() -> None:
    """And each family has one file."""
    families = [{cause.family for cause in module.CAUSES} for module in FILES if _is_family(module)]

    assert [len(found) for found in families] == [1] * len(Family)
    assert {family for found in families for family in found} == set(Family)


def _is_family(module: object) -> bool:
    return hasattr(module, "CAUSES") and not hasattr(module, "BY_CODE")


def test_reason_words_are_tried_in_one_order() -> None:
    """Two patterns of one rank would be tried in the order of the files."""
    ranks = [words.rank for cause in CAUSES for words in cause.reasons]

    assert sorted(ranks) == list(range(1, len(ranks) + 1))
    assert [cause for _, cause in BY_REASON] == [
        cause
        for rank in sorted(ranks)
        for cause in CAUSES
        if rank in {words.rank for words in cause.reasons}
    ]


def test_every_cause_that_a_sign_points_to_is_in_the_catalogue() -> None:
    """A code that only a word pattern knows would end an analysis in a `KeyError`."""
    by_address = [
        failing_address(addresses, is_only_host=is_only_host)
        for addresses in ([], ["192.0.2.7"], ["2001:db8::7"])
        for is_only_host in (True, False)
    ]
    pointed_to = {
        *(cause for _, cause in BY_REASON),
        *(cause.when_selective or cause for _, cause in BY_REASON),
        *(cause for cause in by_address if cause),
    }

    assert pointed_to <= set(CAUSES)


def test_a_result_type_that_only_some_report_points_to_one_cause() -> None:
    """Two causes of one type would hide one another; two types say nothing by themselves."""
    types = [result_type for cause in CAUSES for result_type in cause.selective_types]

    assert len(types) == len(BY_SELECTIVE_TYPE)
    assert set(ResultType) - set(types) == {
        ResultType.VALIDATION_FAILURE,
        ResultType.TLSA_INVALID,
    }


REASONS = [  # reason, cause where all fail, cause where only some fail
    ("io-timeout-during-handshake", "timeouts", "timeouts"),
    ("tls-remote-alert-45-certificate-expired", "tls-parameters", "tls-parameters"),
    ("certificate-revoked", "certificate-revoked", "certificate-revoked"),
    ("x509: certificate has expired or is not yet valid", "certificate-expired", "one-backend"),
    (
        "certificate is not valid for mx1.example.com",
        "certificate-host-mismatch",
        "sni-dependent-certificate",
    ),
    ("no-system-roots", "sender-root-store", "sender-root-store"),
    ("EE certificate key too weak", "certificate-weak", "certificate-weak"),
    ("incompatible-usage", "certificate-usage", "certificate-usage"),
    ("self signed certificate in chain", "untrusted-certificate", "sni-dependent-certificate"),
    ("unable to get local issuer certificate", "incomplete-chain", "incomplete-chain"),
    ("5.7.321 starttls-not-supported", "selective-starttls", "selective-starttls"),
    ("no shared cipher", "tls-parameters", "tls-parameters"),
]


@pytest.mark.parametrize(("reason", "cause", "when_selective"), REASONS)
def test_each_pattern_of_words_leads_to_its_cause(
    reason: str, cause: str, when_selective: str
) -> None:
    """Where all fail, and where others are clean."""
    detail = failure(10, "validation-failure", MX, reason=reason)
    failing, good = policy(20, 10, detail), policy(40)
    all_fail = tables(*month(failing), *month(failing, reporter="Yahoo"))
    one_fails = tables(
        *month(failing, reporter="GMX"), *month(good), *month(good, reporter="Yahoo")
    )

    assert diagnose(all_fail)["cause"].tolist() == [cause]
    assert selective_failures(one_fails)["points_to"].dropna().tolist() == [when_selective]


def test_each_pattern_of_words_has_an_example() -> None:
    """A new pattern asks for one."""
    first = [
        next(
            place
            for place, (pattern, _) in enumerate(BY_REASON)
            if re.search(pattern, folded(reason))
        )
        for reason, _, _ in REASONS
    ]

    assert first == list(range(len(BY_REASON)))


SAID = [  # as Postfix, OpenSSL, mox and Exchange write it, and the cause where all fail
    ("unable_to_get_local_issuer_certificate", "incomplete-chain"),
    ("unable to verify the first certificate", "incomplete-chain"),
    ("verify error:num=20:unable to get it", "incomplete-chain"),
    ("Verify return code: 21", "incomplete-chain"),
    ("Reason: PartialChain", "incomplete-chain"),
    ("error 18 at 0 depth lookup", "untrusted-certificate"),
    ("self-signed_certificate_in_certificate_chain", "untrusted-certificate"),
    ("19", "untrusted-certificate"),
    ("5.7.5 Remote certificate failed MTA-STS validation. Reason: UntrustedRoot", "untrusted-certificate"),
    ("X509_V_ERR_10", "certificate-expired"),
    ("5.7.322 certificate-expired", "certificate-expired"),
    ("Reason: NotTimeValid", "certificate-expired"),
    ("Verify return code: 62 (Hostname mismatch)", "certificate-host-mismatch"),
    ("Reason: NameMismatch", "certificate-host-mismatch"),
    ("not-authorized-to-sign", "certificate-usage"),
    ("unsuitable_certificate_purpose", "certificate-usage"),
    ("insecure algorithm SHA1-RSA", "certificate-weak"),
    ("dh key too small", "unexplained"),
    ("Destination mail server must support TLS to receive mail", "starttls-missing"),
    ("210 sessions, error 2010", "unexplained"),
    # GnuTLS (Exim of Debian), Node.js, rustls, Go, Java and Windows
    ("The certificate is NOT trusted. The name in the certificate does not match the expected.", "certificate-host-mismatch"),
    ("The certificate is NOT trusted. The certificate issuer is unknown.", "incomplete-chain"),
    ("The certificate is NOT trusted. The certificate chain uses expired certificate.", "certificate-expired"),
    ("The certificate chain does not match the intended purpose.", "certificate-usage"),
    ("GNUTLS_CERT_SIGNER_NOT_FOUND", "incomplete-chain"),
    ("GNUTLS_CERT_UNEXPECTED_OWNER", "certificate-host-mismatch"),
    ("GNUTLS_CERT_NOT_ACTIVATED", "certificate-expired"),
    ("GNUTLS_CERT_SIGNER_NOT_CA", "certificate-usage"),
    ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "incomplete-chain"),
    ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "incomplete-chain"),
    ("ERR_TLS_CERT_ALTNAME_INVALID", "certificate-host-mismatch"),
    ("invalid peer certificate: UnknownIssuer", "incomplete-chain"),
    ("invalid peer certificate: NotValidForName", "certificate-host-mismatch"),
    ("invalid peer certificate: CaUsedAsEndEntity", "certificate-usage"),
    ("x509: certificate relies on legacy Common Name field, use SANs instead", "certificate-host-mismatch"),
    ("unable to find valid certification path to requested target", "incomplete-chain"),
    ("SEC_E_WRONG_PRINCIPAL", "certificate-host-mismatch"),
    ("unknown CA", "incomplete-chain"),
    ("tlsv1 alert unknown ca", "tls-parameters"),
    ("ETIMEDOUT", "timeouts"),
    ("TLS is required, but was not offered by host mx1.example.com", "starttls-missing"),
    ("502 smtp-starttls-reply-code-502", "starttls-missing"),
]  # fmt: skip


@pytest.mark.parametrize("result_type", ["validation-failure", "certificate-not-trusted"])
@pytest.mark.parametrize(("reason", "cause"), SAID)
def test_words_decide_however_they_are_joined(reason: str, cause: str, result_type: str) -> None:
    """And stand in the evidence as they were written."""
    detail = failure(10, result_type, MX, reason=reason)
    failing = policy(0, 10, detail, mx=(MX, "mx2.example.com"))
    found = diagnose(tables(*month(failing), *month(failing, reporter="Yahoo")))
    is_left = cause == "unexplained" and result_type == "certificate-not-trusted"

    assert found["cause"].tolist() == ["untrusted-certificate" if is_left else cause]
    assert f"the reasons given: {reason}" in found["evidence"].iloc[0]


CODES = [
    ("20", True),
    ("num=21", True),
    ("verify return code: 20 (unable)", True),
    ("error 21 at 0 depth", True),
    ("120", False),
    ("num=210", False),
    ("20 sessions", False),
]


@pytest.mark.parametrize(("reason", "expected"), CODES)
def test_a_code_is_a_whole_number_that_is_said_to_be_one(reason: str, *, expected: bool) -> None:
    """A count or a reply is none."""
    assert bool(re.search(openssl_codes(20, 21), folded(reason))) == expected


WORDS = [
    (
        MX_MISMATCH_WORDS,
        [
            "MX_HOSTS_MISMATCH",
            "mx-mismatch",
            "mx host mismatch",
            "E_HOST_MISMATCH",  # RFC 8461 Appendix B
            "No MX host matched policy",
            "MX not authorized by MTA-STS policy",
            "mx-not-in-policy",
            "host not listed in STS policy",
        ],
        ["mismatch", "certificate-host-mismatch", "not in policy"],
    ),
    (TRY_AGAIN_WORDS, ["454 4.7.0 tls not available", "greylisted"], ["554 no", "1454"]),
]


@pytest.mark.parametrize(("pattern", "good", "bad"), WORDS)
def test_other_words_match_what_servers_write(
    pattern: str, good: list[str], bad: list[str]
) -> None:
    """Whole numbers, and no more than is said."""
    assert all(re.search(pattern, folded(reason)) for reason in good)
    assert not any(re.search(pattern, folded(reason)) for reason in bad)
