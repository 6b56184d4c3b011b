"""Whether a report was sent by the domain it names: the rules of RFC 8460 §3, one case each."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.signed_mails import (
    MAIL,
    RECEIVED,
    SIGNED,
    key_record,
    keys,
    signed,
    signed_with_ed25519,
)
from support.wrappings import (
    REPORT,
    base64_mail,
    forwarded,
    gzipped,
    mailed,
    mbox,
    report_document,
    zipped,
)

from tlsrpt_analysis.intake.authenticity.dkim_signatures import signature_tags, tag_fault
from tlsrpt_analysis.intake.authenticity.verdict import attached_mails, authenticate
from tlsrpt_analysis.intake.authenticity.wanted import Authentication, KeyUnavailable
from tlsrpt_analysis.intake.outcomes import ReportRead
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.reader import read_source
from tlsrpt_analysis.standards.report import parse_report

BY_KEYS = Authentication(keys=keys())
BY_SERVER = Authentication(trusted_servers=("mx.example.com",))


def _verdict_of(raw: bytes, how: Authentication = BY_KEYS, report: bytes = REPORT) -> str:
    found = authenticate(raw, parse_report(report).report, how)
    return f"{found.verdict} {found.domain or ''}: {found.reason}"


def _read(folder: Path, content: bytes, how: Authentication | None) -> ReportRead:
    path = folder / "it"
    path.write_bytes(content)
    (outcome,) = read_source(Source("it", str(path), len(content)), authentication=how)
    assert isinstance(outcome, ReportRead)
    return outcome


VERIFIED = {
    "signed by the contact's domain": SIGNED,
    "with CRLF": SIGNED.replace(b"\n", b"\r\n"),
    "by one of two signers": signed(signed(MAIL), domain="mailer.example"),
    "after an empty line": b"\n" + SIGNED,
    "below another header": RECEIVED + b"X-Spam: no\n" + SIGNED,
    "expired since it came": RECEIVED + signed(MAIL, more_tags="t=1781000000; x=1783000000"),
    "with an expiry of twelve digits": RECEIVED
    + signed(MAIL, more_tags="t=1781000000; x=999999999999"),
    "oversigned": signed(MAIL, fields=("From", "From", "Subject", "Subject", "To")),
    "for a subdomain": signed(MAIL, more_tags="i=a@reports.google.com"),
}


@pytest.mark.parametrize("raw", VERIFIED.values(), ids=VERIFIED.keys())
def test_a_good_signature_of_the_sender_verifies(raw: bytes) -> None:
    """With keys that the caller provides, without network."""
    assert _verdict_of(raw) == "verified google.com: its DKIM signature verifies"


FAILED = {
    "changed on the way": (SIGNED.replace(b"aggregate", b"forged"), "body hash mismatch"),
    "signed for a part of the body": (signed(MAIL, length=True), "(l=)"),
    "expired when it came": (
        RECEIVED + signed(MAIL, more_tags="t=1781000000; x=1782000000"),
        "expired (x=)",
    ),
    "expires before it was made": (
        RECEIVED + signed(MAIL, more_tags="t=1782900001; x=1782900000"),
        "before it was made",
    ),
    "expires at no time": (signed(MAIL, more_tags="x=soon"), "x= is not a time"),
    "field added to an oversigned mail": (
        b"Subject: another\n" + signed(MAIL, fields=("From", "Subject", "Subject")),
        "changed or forged",
    ),
    "for another domain": (signed(MAIL, more_tags="i=a@evil.example"), "i= domain"),
    "made with SHA-1": (SIGNED.replace(b"a=rsa-sha256", b"a=rsa-sha1"), "SHA-1"),
    "sender not signed": (signed(MAIL, more_tags="h=subject"), "does not cover the sender"),
    "two senders": (b"From: a@evil.example\n" + SIGNED, "does not have exactly one sender"),
    "endless sender": (
        b"From: " + b"(" * 100_000 + b"\n" + SIGNED,
        "does not have exactly one sender",
    ),
    "signature cut off": (b"DKIM-Signature: v\n" + MAIL, "cannot be read"),
    "signature of nothing": (
        b"DKIM-Signature: v=1; d=google.com; h=from\n" + MAIL,
        "has no a, b, bh, s",
    ),
    "by an outsider": (
        signed(MAIL, domain="evil.example"),
        "its signature is by evil.example, its sender is at google.com",
    ),
    "two headers in one": (
        b"X: y\rDKIM-Signature: v=1; a=rsa-sha256; b=YWJj; bh=YWJj; d=google.com; h=from; s=tests\n"
        + signed(MAIL, length=True),
        "ambiguous: a line in it ends in CR without LF",
    ),
    "two types of content": (
        b"ContentType: multipart/mixed; boundary=x\n" + SIGNED,
        "ambiguous: it has more than one Content-Type",
    ),
    "a tag twice for one reader only": (
        SIGNED.replace(b"\nFrom:", b"\nFrom x\n ; bh=YWJj\nFrom:", 1),
        "does not verify (b'bh')",
    ),
    "runs of blanks": (SIGNED + b" " * 5_000, "long runs of blanks"),
}


@pytest.mark.parametrize(("raw", "why"), FAILED.values(), ids=FAILED.keys())
def test_what_is_wrong_with_a_signature_is_reported(raw: bytes, why: str) -> None:
    """A forger can do all of these."""
    message = _verdict_of(raw)

    assert message.startswith("failed")
    assert why in message


_HEADER, _, _BODY = SIGNED.partition(b"\n\n")
_TYPE = b"multipart/report; report-type=tlsrpt; boundary=x"
_FORGED = b"--x\nContent-Type: application/tlsrpt+json\n\n%s\n--x--\n" % b" ".join(
    report_document(report_id="forged").split()
)
REPLAYED = {
    "in a field of the header": b"X: a\r\r" + _FORGED.replace(b"\n", b"\r"),
    "in a field, between other line ends": b"X: a\n \r\n\t\r\r" + _FORGED.replace(b"\n", b"\r"),
}


@pytest.mark.parametrize("how", [BY_KEYS, BY_SERVER], ids=["by keys", "by a server"])
@pytest.mark.parametrize("added", REPLAYED.values(), ids=REPLAYED.keys())
def test_nobody_puts_a_report_into_a_genuine_mail(
    tmp_path: Path, added: bytes, how: Authentication
) -> None:
    """Fields may be added to a signed mail, so none of them may be read as its body."""
    above = b"Authentication-Results: mx.example.com; dkim=pass header.d=google.com\n"
    unsigned = _HEADER.replace(b"Content-Type", b"Old-Content-Type")
    raw = (above if how is BY_SERVER else b"") + b"Content-Type: %s\n%s\n%s\n\n%s" % (
        _TYPE,
        unsigned,
        added,
        _BODY,
    )
    found = _read(tmp_path, raw, how)

    assert found.report.report_id == "forged"
    assert found.authenticity == "failed"


def test_nobody_hides_the_signature_of_a_genuine_mail(tmp_path: Path) -> None:
    """Below what is read as the end of the header, a trusted server still finds it."""
    sender = b"From: noreply-smtp-tls-reporting@google.com\n"
    results = b"Authentication-Results: mx.example.com; dkim=pass header.d=google.com\n"
    added = sender + REPLAYED["in a field of the header"]
    rest = _HEADER.replace(sender, b"").replace(b"Content-Type", b"Old-Content-Type")
    raw = results + b"Content-Type: %s\n%s\n%s\n\n%s" % (_TYPE, added, rest, _BODY)
    found = _read(tmp_path, raw, BY_SERVER)

    assert found.report.report_id == "forged"
    assert found.authenticity == "failed"


@pytest.mark.parametrize(
    ("extra", "verdict"),
    [
        ("", "verified"),  # absent stands for any service (RFC 6376 §3.6.1)
        ("s=*; ", "verified"),
        ("s=tlsrpt; ", "verified"),
        ("s=email:tlsrpt; ", "verified"),
        ("s=email; ", "failed"),
        ("s=; ", "failed"),
        ("t=y; ", "failed"),  # a test, so as good as unsigned (RFC 6376 §3.6.1)
        ("t=s:Y; ", "failed"),
        ("t=s; ", "verified"),
        ("h=sha256; ", "verified"),
        ("h=sha1:sha256; ", "verified"),
        ("h=sha1; ", "failed"),
        ("h=; ", "failed"),
    ],
)
def test_the_key_must_be_for_reports(extra: str, verdict: str) -> None:
    """RFC 8460 §3 asks for the service type tlsrpt; senders leave it out."""
    assert _verdict_of(SIGNED, Authentication(keys=keys(extra=extra))).split()[0] == verdict


@pytest.mark.parametrize(
    ("identity", "verdict"),
    [("a@google.com", "verified"), ("a@reports.google.com", "failed"), ("@google.com", "verified")],
)
def test_a_strict_key_is_for_no_subdomain(identity: str, verdict: str) -> None:
    """t=s in the key compares i= with d= (RFC 6376 §3.6.1)."""
    raw = signed(MAIL, more_tags=f"i={identity}")

    assert _verdict_of(raw, Authentication(keys=keys(extra="t=s; "))).split()[0] == verdict


def test_a_signature_that_expires_is_unknown_where_the_time_of_receipt_is() -> None:
    """A mail that somebody saved before sending it; only a good signature is worth the doubt."""
    expiring = signed(MAIL, more_tags="t=1781000000; x=1783000000")

    assert _verdict_of(expiring).startswith("unknown google.com: its signature expires (x=)")
    assert _verdict_of(expiring.replace(b"aggregate", b"forged")).startswith("failed")


@pytest.mark.parametrize(("length", "verdict"), [(8_192, "verified"), (8_193, "failed")])
def test_a_key_record_has_a_longest_length(length: int, verdict: str) -> None:
    """A key of 16,384 bits needs a third of it."""
    note = "n=" + "a" * (length - len(key_record("n=; "))) + "; "
    record = key_record(note)
    assert len(record) == length

    keys_of_google = {"tests._domainkey.google.com": record}
    assert _verdict_of(SIGNED, Authentication(keys=keys_of_google)).split()[0] == verdict


@pytest.mark.parametrize(("others", "verdict"), [(3, "verified"), (4, "failed")])
def test_only_the_first_signatures_are_checked(others: int, verdict: str) -> None:
    """Four of them, from the top; real reports have one or two."""
    raw = SIGNED
    for _ in range(others):
        raw = signed(raw, domain="evil.example")

    assert _verdict_of(raw).split()[0] == verdict


@pytest.mark.parametrize(("late", "is_expired"), [(36_000, False), (36_001, True)])
def test_an_expired_signature_has_ten_hours_of_slack(late: int, *, is_expired: bool) -> None:
    """For clocks that are wrong."""
    expiry = 1_783_000_000
    tags = signature_tags(f"v=1; a=x; b=x; bh=x; d=x; h=from; s=x; x={expiry}")
    assert tags is not None

    fault = tag_fault(tags, datetime.fromtimestamp(expiry + late, UTC))

    assert ("had expired" in fault) == is_expired


def _silent(name: str) -> str | None:
    raise KeyUnavailable(f"no answer for {name}")


@pytest.mark.parametrize(
    ("find_key", "message"),
    [
        ({}, "failed google.com: the key at tests._domainkey.google.com no longer exists"),
        ({"tests._domainkey.google.com": "nonsense"}, "failed google.com: the key at"),
        ({"tests._domainkey.google.com": "v=DKIM1; p=YWJj"}, "failed google.com: its signature"),
        ({"tests._domainkey.google.com": "p=" + "A" * 9_000}, "failed google.com: the key at"),
        (_silent, "unknown google.com: its key cannot be looked up now: no answer"),
    ],
)
def test_a_key_that_cannot_be_looked_up_is_reported(
    find_key: Mapping[str, str], message: str
) -> None:
    """A key that no longer exists fails; DNS that does not answer leaves it unknown."""
    assert _verdict_of(SIGNED, Authentication(keys=find_key)).startswith(message)


def test_an_outsider_cannot_make_dns_fail_for_another() -> None:
    """Only keys of the domain that the report names are looked up."""
    raw = signed(MAIL, domain="evil.example")

    assert _verdict_of(raw, Authentication(keys=_silent)).startswith("failed")


def test_a_mail_without_signature_is_unsigned() -> None:
    """RFC 8460 §3 has it ignored."""
    assert _verdict_of(MAIL) == "unsigned : the mail has no DKIM signature (RFC 8460 §3)"


def test_the_contact_and_the_submitter_must_be_the_signers() -> None:
    """Otherwise any domain could sign as itself and report as Google (RFC 8460 §5.3)."""
    evil = MAIL.replace(b"From: noreply-smtp-tls-reporting@google.com", b"From: a@evil.example")
    how = Authentication(keys=keys("evil.example"))
    honest = evil.replace(
        b"TLS-Report-Submitter: google.com", b"TLS-Report-Submitter: evil.example"
    )
    own = report_document(contact_info="a@evil.example")

    assert "its contact-info is at google.com" in _verdict_of(
        signed(evil, domain="evil.example"), how
    )
    assert "its TLS-Report-Submitter is at google.com" in _verdict_of(
        signed(evil, domain="evil.example"), how, own
    )
    assert _verdict_of(signed(honest, domain="evil.example"), how, own).startswith("verified")


def test_a_parent_and_a_sister_of_one_organization_may_sign() -> None:
    """GMX writes from three domains; the owner of a parent controls its subdomains."""
    raw = MAIL.replace(b"noreply-smtp-tls-reporting@google.com", b"a@reports.gmx.net").replace(
        b"TLS-Report-Submitter: google.com", b"TLS-Report-Submitter: gmx.de"
    )
    report = report_document(contact_info="a@gmx.com")
    how = Authentication(keys=keys("gmx.net"))

    assert _verdict_of(signed(raw, domain="gmx.net"), how, report).startswith("verified gmx.net")


def test_newer_kinds_of_keys_are_read() -> None:
    """Ed25519 (RFC 8463 §4)."""
    pytest.importorskip("nacl", reason="PyNaCl is not installed")
    raw, record = signed_with_ed25519(MAIL)

    how = Authentication(keys={"tests._domainkey.google.com": record})
    assert _verdict_of(raw, how).startswith("verified")


def _results(text: str, server: str = "mx.example.com") -> bytes:
    return f"Authentication-Results: {server};\n {text}\n".encode() + SIGNED


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (_results("dkim=pass header.d=google.com header.s=a"), "verified google.com"),
        (_results("spf=fail; dkim=pass header.i=@google.com"), "verified google.com"),
        (_results("dkim=pass header.d=evil.example"), "failed evil.example"),
        (_results("dkim=fail header.d=google.com"), "failed"),
        (_results("dkim=pass header.d=google.com", "mx.evil.example"), "unknown"),
        (_results("spf=pass smtp.mailfrom=a@google.com"), "unknown"),
        (_results("dkim=pass ("), "unknown"),
        (_results("(" * 100_000), "unknown"),
        (_results("dkim=pass header.d=google.com", "(" * 100_000), "unknown"),
        (_results("dkim=pass header.d=google.com", '"mx.example.com"'), "verified google.com"),
        (_results("dkim=pass header.d=google.com", r'"mx\.example.com"'), "verified google.com"),
        (_results("dkim=pass header.d=google.com", "mx.example.com."), "verified google.com"),
        (_results("dkim=pass header.d=google.com", "(a;(b)) MX.example.com 1"), "verified"),
        (_results("dkim=pass header.d=google.com", "mx.example.com.evil.example"), "unknown"),
        (_results("dkim=pass header.d=google.com", "mx.example.com evil"), "unknown"),
        (b"Authentication-Results: MX.example.com; dkim=none\n" + MAIL, "unsigned"),
        (MAIL, "unsigned"),
    ],
)
def test_a_server_that_the_user_names_is_believed(raw: bytes, message: str) -> None:
    """Only that one: anybody can write such a field (RFC 8601 §5)."""
    assert _verdict_of(raw, BY_SERVER).startswith(message)


OWN = "mx.example.com"


@pytest.mark.parametrize(
    "top",
    [
        "dkim=pass (",  # cannot be read
        "spf=pass smtp.mailfrom=a@google.com",
        "none",
        "",
    ],
)
@pytest.mark.parametrize("server", [OWN, f'"{OWN}"', f"{OWN}.", f"(x) {OWN} 1"])
def test_a_lower_field_does_not_replace_the_servers_own(top: str, server: str) -> None:
    """Whoever wrote the mail may have written it (RFC 8601 §5)."""
    own = f"Authentication-Results: {server}; {top}\n".encode()

    assert _verdict_of(own + _results("dkim=pass header.d=google.com"), BY_SERVER).startswith("unk")


def _zipped(raw: bytes) -> bytes:
    attached = mailed(zipped(raw, name="a.eml"), subtype="zip", name="a.zip")
    return attached.replace(b"noreply-smtp-tls-reporting@google.com", b"a@evil.example")


ATTACHED = {
    "message/rfc822": forwarded,
    "in base64": base64_mail,
    "octet-stream": lambda raw: mailed(raw, subtype="octet-stream", name="a.eml"),
    "in a zip": _zipped,
    "twice": lambda raw: forwarded(forwarded(raw)),
}


@pytest.mark.parametrize("wrap", ATTACHED.values(), ids=ATTACHED.keys())
def test_a_server_is_not_believed_inside_an_attached_mail(
    tmp_path: Path, wrap: Callable[[bytes], bytes]
) -> None:
    """It wrote only into the mail that it received; what is attached is the sender's work."""
    field = b"Authentication-Results: mx.example.com; dkim=pass header.d=google.com\n"

    read = _read(tmp_path, wrap(field + MAIL), BY_SERVER)

    assert (read.authenticity, read.signer) == ("unsigned", None)


@pytest.mark.parametrize("wrap", [lambda raw: mbox([raw]), lambda raw: zipped(raw, name="a.eml")])
def test_a_server_is_believed_in_the_mails_that_a_user_packed(
    tmp_path: Path, wrap: Callable[[bytes], bytes]
) -> None:
    """An mbox and an archive are no mails: what they hold is outermost."""
    read = _read(tmp_path, wrap(_results("dkim=pass header.d=google.com")), BY_SERVER)

    assert (read.authenticity, read.signer) == ("verified", "google.com")


def test_a_server_is_not_believed_about_a_part_of_the_body() -> None:
    """It may accept l=, which reports must not have."""
    raw = b"Authentication-Results: mx.example.com; dkim=pass header.d=google.com\n"

    assert "(l=)" in _verdict_of(raw + signed(MAIL, length=True), BY_SERVER)


WRAPPED = {
    "mail": SIGNED,
    "mbox": mbox([SIGNED]),
    "forwarded as an attachment": forwarded(SIGNED),
    "forwarded in base64": base64_mail(SIGNED),
    "gzip": gzipped(SIGNED),
}


@pytest.mark.parametrize("content", WRAPPED.values(), ids=WRAPPED.keys())
def test_a_signature_is_found_however_the_mail_is_wrapped(tmp_path: Path, content: bytes) -> None:
    """The domain that signed is kept, as it names the reporter."""
    read = _read(tmp_path, content, BY_KEYS)

    assert (read.authenticity, read.signer, read.problems) == ("verified", "google.com", ())


def test_a_true_mail_attached_to_a_forged_one_proves_nothing(tmp_path: Path) -> None:
    """It must hold the very report."""
    forged = report_document(report_id="forged")
    text = forwarded(SIGNED).replace(
        b"--=-=forwarded=-=--", b"--=-=forwarded=-=\nContent-Type: application/json\n\n" + forged
        + b"\n--=-=forwarded=-=--"
    )  # fmt: skip
    path = tmp_path / "it"
    path.write_bytes(text)

    found = list(read_source(Source("it", str(path), 1), authentication=BY_KEYS))

    assert [(one.report.report_id, one.authenticity) for one in found] == [
        ("2026-07-01T00:00:00Z_example.com", "verified"),
        ("forged", "unsigned"),
    ]


def test_nothing_is_authenticated_unless_asked_for(tmp_path: Path) -> None:
    """It needs DNS; and of a bare file nothing can be known."""
    assert _read(tmp_path, SIGNED, None).authenticity == "unknown"
    assert _read(tmp_path, REPORT, BY_KEYS).authenticity == "unknown"


@settings(max_examples=300)
@given(st.data())
def test_no_mail_makes_it_raise(data: st.DataObject) -> None:
    """Signatures are untrusted."""
    raw = bytearray(data.draw(st.sampled_from([SIGNED, _results("dkim=pass header.d=google.com")])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, 900))
        raw[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    how = Authentication(keys=keys(), trusted_servers=("mx.example.com",))

    list(attached_mails(bytes(raw)))
    found = authenticate(bytes(raw), parse_report(REPORT).report, how)

    assert found.verdict in {"verified", "failed", "unsigned", "unknown"}
