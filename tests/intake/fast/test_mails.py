"""The fast reader of mails yields what the tolerant reader yields, or leaves them to it."""

import base64
import quopri
import random
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutated_inputs import mutated
from support.readings import as_tolerant
from support.wrappings import (
    REPORT,
    WRAPPINGS,
    forwarded,
    gzipped,
    mailed,
    mbox,
    ordinary_mail,
    report_document,
    zipped,
)

from tlsrpt_analysis.intake.authenticity.wanted import Authentication
from tlsrpt_analysis.intake.fast import mails as plain_mails
from tlsrpt_analysis.intake.fast.files import FastRead
from tlsrpt_analysis.intake.fast.mails import exact_mail, read_mbox
from tlsrpt_analysis.intake.limits import DEFAULT_LIMITS
from tlsrpt_analysis.intake.outcomes import Outcome
from tlsrpt_analysis.intake.tolerant.reader import read_content
from tlsrpt_analysis.intake.wrappings.streams import Stream
from tlsrpt_analysis.loading.load import load_reports
from tlsrpt_analysis.tables import SCHEMAS

LENIENT = Path(__file__).parents[2] / "data/leniencies"
SAMPLES = Path(__file__).parents[3] / "sample_reports"
MAILS = sorted(LENIENT.glob("*.eml"))
NAIVE = report_document(
    date_range={"start-datetime": "2026-07-01T00:00:00", "end-datetime": "2026-07-01T23:59:59"}
)
"""With dates as Microsoft writes them."""


def read_tolerantly(raw: bytes) -> list[Outcome]:
    """Return the outcomes of the tolerant reader for a mail."""
    return list(read_content("it", raw, DEFAULT_LIMITS))


def is_read_at_once(raw: bytes) -> bool:
    """Whether a mail is read fast; compare its outcome with the tolerant reader's."""
    read = exact_mail("it", raw)
    if read is not None:
        assert [as_tolerant(read)] == read_tolerantly(raw)
    return read is not None


def assert_mbox_read_alike(content: bytes) -> list[FastRead | Outcome]:
    """Compare both paths for an mbox."""
    actual = list(read_mbox("it", Stream.of(content), DEFAULT_LIMITS))
    assert [as_tolerant(outcome) for outcome in actual] == read_tolerantly(content)
    return actual


# --- mails from exact to unusual -----------------------------------------------------------------------

BOUNDARIES = ["b", "=-=1=-=", "----=_Part_1.2", "a b", "b'()+_,-./:=?", "e\u00e4"]


def _chosen(*usual: str, odd: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """Draw what reporters write, and one time in twenty something unusual."""
    return st.sampled_from(usual * (1 + 20 * len(odd) // len(usual)) + odd)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """Write a report mail, in most cases with something unusual."""
    boundary = draw(_chosen(*BOUNDARIES[:3], odd=tuple(BOUNDARIES)))
    quoted = draw(_chosen(f'"{boundary}"', odd=(boundary, f"'{boundary}'", f'"<{boundary}>"')))
    kind = draw(
        _chosen(
            f'multipart/report; report-type="tlsrpt";\n boundary={quoted}',
            f"Multipart/Report; boundary={quoted}; report-type=TLSRPT",
            f"multipart/mixed; boundary={quoted}",
            odd=(
                f"multipart/report; report-type=tlsrpt; boundary={quoted};",
                f'multipart/report;boundary="other"; report-type*=tlsrpt; boundary={quoted}',
                f"multipart/report;\n\tboundary={quoted} ; report-type = tlsrpt",
                f"multipart/digest; boundary*0={quoted}",
                "multipart/report; report-type=tlsrpt",
                "text/plain",
                "message/rfc822",
            ),
        )
    )
    header = draw(_header(kind))
    parts = draw(st.lists(_text_part(), max_size=2))
    parts.insert(draw(st.integers(0, len(parts))), draw(_report_part()))
    parts += draw(st.lists(_odd_part(), max_size=1)) if draw(st.integers(0, 7)) == 0 else []
    body = draw(
        _chosen(
            "",
            "This is a multi-part message.\n",
            odd=(f"--{boundary}x\n", "{\n", "ContentType: x\n"),
        )
    )
    for part in parts:
        body += f"--{boundary}{draw(_chosen('', odd=(' ', 'x')))}\n{part}\n"
    body += draw(
        _chosen(
            f"--{boundary}--\n",
            f"--{boundary}--",
            odd=("", f"--{boundary}\n", f"--{boundary}-- \n", f"--{boundary}--x\n--{boundary}--\n"),
        )
    )
    body += draw(_chosen("", "\n", odd=("scanned\n", "ContentType: x\n", f"--{boundary}\n\n{{")))
    raw = f"{header}\n{body}".encode()
    ending = draw(_chosen("\n", "\r\n", odd=("\r", "\n\r\n"))).encode()
    return (
        raw if ending == b"\n" else raw.replace(b"\n", ending, draw(st.sampled_from([-1, -1, 3])))
    )


@st.composite
def _header(draw: st.DrawFn, kind: str) -> str:
    fields = [
        "From: reports@google.com",
        draw(_chosen("Subject: Report Domain: example.com", odd=("Subject: \u00e9", "X :", "odd"))),
        draw(
            _chosen(
                "TLS-Report-Submitter: google.com",
                "TLS-Report-Submitter: mail.google.com ",
                odd=(
                    "TLS-Report-Submitter: example.net",
                    "TLS-Report-Submitter:\n example.net",
                    "TLS-Report-Submitter: example.net\nTLS-Report-Submitter: google.com",
                    "Tls-report-submitter:",
                    "X-None: 1",
                ),
            )
        ),
        draw(_received()),
        draw(_chosen("MIME-Version: 1.0", odd=("Content-Transfer-Encoding: base64", " folded"))),
        draw(
            _chosen(
                f"Content-Type: {kind}",
                odd=(f"content-type:{kind}", f"ContentType: {kind}", f"Content-Type : {kind}"),
            )
        ),
    ]
    order = draw(st.permutations(fields))
    folded = draw(
        _chosen("", odd=("X-Long:\n " + "x" * 9_000 + "\n", "Content-Type: text/plain\n"))
    )
    return "".join(f"{field}\n" for field in order if field) + folded


def _received() -> st.SearchStrategy[str]:
    way = "Received: from a (a [192.0.2.1])\n\tby b with ESMTPS id 1; "
    return _chosen(
        "",
        f"{way}Thu, 2 Jul 2026 04:00:00 +0200",
        f"{way}\n\tThu,  2 Jul 2026 04:00:00 -0730 (PDT)",
        f"{way}02 jul 2026 23:59:59 -0000\n{way}Thu, 3 Jul 2026 04:00:00 +0200",
        odd=(
            f"{way}Thu, 32 Jul 2026 04:00:00 +0200",
            f"{way}Thu, 2 Jul 26 04:00 GMT",
            f"{way}yesterday",
            f"Received:\n by b; Thu, 2 Jul 2026 04:00:00 +0200\n{way}1 Jan 2026 04:00:00 +0000",
            "Received:",
            "Received: by b",
            f"Received: {'x' * 4_000}; Thu, 2 Jul 2026 04:00:00 +0200",
            f"{way}Thu, 2 Jul 9999 23:00:00 -0200",
        ),
    )


@st.composite
def _text_part(draw: st.DrawFn) -> str:
    text = draw(
        _chosen(
            "This is a report.\n",
            "",
            "\n  Dear all\n",
            odd=(
                "{",
                '{"policies": 1}',
                "=7B",
                "\u00e9t\u00e9",
                "BZh91AY&SY",
                "\ufeff{}",
                "=====\n",
                "Dear all\nContentType: none\n",
                "ContentType : none\n",
            ),
        )
    )
    encoding = draw(_chosen("", "7bit", "quoted-printable", odd=("base64", "8bit ", "x-odd", "")))
    if encoding == "base64":
        text = base64.encodebytes(text.encode()).decode()
    elif encoding == "quoted-printable" and draw(st.booleans()):
        text = quopri.encodestring(text.encode()).decode()
    kind = draw(_chosen("text/plain; charset=utf-8", "text/html", odd=("text", "text/plain; a b")))
    field = f"Content-Transfer-Encoding: {encoding}\n" if encoding else ""
    return f"Content-Type: {kind}\n{field}\n{text}"


@st.composite
def _report_part(draw: st.DrawFn) -> str:
    content = draw(
        st.one_of(
            *[st.sampled_from([gzipped(REPORT), gzipped(NAIVE), REPORT])] * 20,
            st.sampled_from([zipped(REPORT), gzipped(REPORT)[:-9], b"", gzipped(b"{}"), b"odd"]),
        )
    )
    kind = draw(
        _chosen(
            "application/tlsrpt+gzip",
            "application/tlsrpt+json",
            "application/gzip",
            odd=("Application/Octet-Stream", "text/plain", "message/tlsrpt", "tlsrpt", "image/x"),
        )
    )
    name = draw(_chosen('name="a.json.gz"', 'NAME="b b"', odd=('name="\u00e9"', "name", 'name=""')))
    place = draw(
        _chosen(
            'attachment; filename="c!d!1!2.json.gz"',
            "attachment;\n filename=e.json.gz",
            "attachment",
            odd=(
                "",
                'attachment; filename="../f\\"g"',
                "attachment; filename*=utf-8''%C3%A9",
                'attachment; filename=""',
                'attachment; filename="a"; filename="b"',
                'attachment; filename="' + "x" * 300 + '"',
                "attachment filename=x",
            ),
        )
    )
    encoded = base64.encodebytes(content).decode()
    encoded = draw(
        _chosen(encoded, odd=(encoded.replace("\n", " \n"), encoded.rstrip("=\n"), f"{encoded}x"))
    )
    fold = draw(_chosen("; ", ";\n "))
    header = f"Content-Type: {kind}{fold}{name}\n"
    header += draw(
        _chosen(
            "",
            'Content-Description: "a" report\n',
            odd=('Content-Description: 5" x\n', 'X"y: z"\n', "ContentType: x\n", "X : y\n"),
        )
    )
    header += f"Content-Disposition: {place}\n" if place else ""
    encoding = draw(_chosen("base64", odd=("BASE64", "base64 ", "7bit", "base64\nX: y")))
    return f"{header}Content-Transfer-Encoding: {encoding}\n\n{encoded}"


def _odd_part() -> st.SearchStrategy[str]:
    packed = base64.encodebytes(gzipped(report_document(report_id="another"))).decode()
    return st.sampled_from(
        [
            f"Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n{packed}",
            "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n",
            'Content-Type: multipart/mixed; boundary="in"\n\n--in\n\nx\n--in--\n',
            "Content-Type: message/rfc822\n\nSubject: x\n\n{}",
            "\nno header",
            "no blank line",
        ]
    )


@settings(max_examples=300, deadline=None)
@given(mails())
def test_any_mail_is_read_alike(raw: bytes) -> None:
    """From exact ones to unusual ones."""
    is_read_at_once(raw)


@settings(max_examples=40, deadline=None)
@given(st.lists(mails(), min_size=1, max_size=4), st.sampled_from([b"\n", b"\r\n"]))
def test_any_mbox_is_read_alike(raws: list[bytes], newline: bytes) -> None:
    """With its mails quoted and numbered."""
    assert_mbox_read_alike(mbox([ordinary_mail(), *raws], newline=newline))


# --- those that must be read at once ---------------------------------------------------------------


def _plain(report: bytes = REPORT, *, line_break: str = "\n", **changed: str) -> bytes:
    fields = {
        "received": "Received: by b; Thu, 2 Jul 2026 04:00:00 +0200\n",
        "root": 'multipart/report; report-type="tlsrpt"; boundary="b"',
        "text": "This is an aggregate TLS report.\n",
        "kind": "application/tlsrpt+gzip",
    } | changed
    packed = base64.encodebytes(gzipped(report)).decode()
    raw = (
        f"{fields['received']}From: a@google.com\nTLS-Report-Submitter: google.com\n"
        f"Content-Type: {fields['root']}\n\n--b\nContent-Type: text/plain\n\n{fields['text']}\n--b\n"
        f'Content-Type: {fields["kind"]}\nContent-Disposition: attachment; filename="r.json.gz"\n'
        f"Content-Transfer-Encoding: base64\n\n{packed}\n--b--\n"
    )
    return raw.replace("\n", line_break).encode()


PLAIN: list[tuple[str, bytes]] = [
    ("as it should be", _plain()),
    ("with CRLF", _plain(line_break="\r\n")),
    ("without a time zone", _plain(NAIVE)),
    ("without Received", _plain(received="")),
    ("no report-type", _plain(root="multipart/mixed; boundary=b")),
    ("another media type", _plain(kind="application/gzip; name=x")),
    ("as Python writes it", mailed(gzipped(REPORT))),
    ("with JSON", WRAPPINGS["mail with json"]),
    ("text with equals signs", _plain(text="=" * 300)),
    ("not multipart", (LENIENT / "not-multipart.eml").read_bytes()),
    ("a proper one", (LENIENT / "proper.eml").read_bytes()),
]


@pytest.mark.parametrize("raw", [raw for _, raw in PLAIN], ids=[name for name, _ in PLAIN])
def test_plain_mails_are_read_at_once(raw: bytes) -> None:
    """Or the fast path is for nothing."""
    assert is_read_at_once(raw)


def test_what_is_forgiven_in_a_plain_mail_is_reported() -> None:
    """With the tolerant reader's messages, the mail's before the report's."""
    raw = _plain(NAIVE, root="multipart/mixed; boundary=b", kind="application/gzip")
    raw = raw.replace(b"Submitter: google.com", b"Submitter: example.net")
    read = exact_mail("it", raw)

    assert read is not None
    assert [text.partition(",")[0] for text in (*read.remarks, *read.decoded.leniencies)] == [
        "no part is multipart/report with report-type=tlsrpt (RFC 8460 §5.3)",
        "it is not what its media type says",
        "TLS-Report-Submitter is example.net",
        "a date without a time zone",
    ]
    assert is_read_at_once(raw)


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_every_lenient_mail_is_read_alike(path: Path) -> None:
    """Alone and in an mbox, whatever becomes of it."""
    raw = path.read_bytes()
    is_read_at_once(raw)
    assert_mbox_read_alike(mbox([_plain(), raw, _plain(NAIVE)]))


def test_one_unusual_mail_does_not_send_the_mbox_to_the_tolerant_reader() -> None:
    """Nor do ordinary mails and copies."""
    odd = forwarded(mailed(gzipped(REPORT)))
    actual = assert_mbox_read_alike(mbox([_plain(), odd, ordinary_mail(), _plain()]))
    kinds = [isinstance(outcome, FastRead) for outcome in actual]

    assert kinds == [True, False, False, True]


def test_text_that_was_quoted_in_an_mbox_is_unquoted() -> None:
    """As the tolerant reader does."""
    raw = _plain(text="From here\n>From there\n")
    (read,) = assert_mbox_read_alike(mbox([raw]))

    assert isinstance(read, FastRead)


def test_damaged_mails_are_read_alike() -> None:
    """Bytes changed, cut out, doubled or spliced."""
    generator = random.Random(8460)  # noqa: S311 - the same inputs every time
    sound = [raw for _, raw in PLAIN]
    read = sum(
        is_read_at_once(mutated(generator.choice(sound), sound, generator)) for _ in range(4_000)
    )
    assert read > 200


def test_every_other_input_is_no_plain_mail() -> None:
    """Or it is read alike."""
    for content in WRAPPINGS.values():
        is_read_at_once(content)


def test_what_an_mbox_unpacks_to_is_counted_over_both_paths() -> None:
    """The tolerant reader reports what exceeds the limit, and nothing after it is read."""
    content = mbox([_plain(), forwarded(_plain()), _plain(), _plain()])
    for unpacked in (len(REPORT) * number + more for number in range(5) for more in (-1, 0, 1)):
        limits = type(DEFAULT_LIMITS)(unpacked_bytes=unpacked)
        actual = list(read_mbox("it", Stream.of(content), limits))
        assert list(map(as_tolerant, actual)) == list(read_content("it", content, limits))


def test_tables_of_mails_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cell by cell: a Maildir, an mbox and an archive of mails, with late and doubled ones."""
    late, lenient = report_document(report_id="late"), report_document(report_id="lenient")
    raws = [
        *(raw for _, raw in PLAIN),
        _plain(late, received="Received: by b; 2 Jul 2036 04:00:00 +0000\n"),
        _plain(lenient, root="multipart/mixed; boundary=b"),
    ]
    raws += [path.read_bytes() for path in MAILS]
    for number, raw in enumerate(raws):
        (tmp_path / f"{number:03}.eml").write_bytes(raw)
    (tmp_path / "box.mbox").write_bytes(mbox(raws))
    (tmp_path / "box.zip").write_bytes(zipped(*raws))
    actual = load_reports(tmp_path)
    for module in ("intake.fast.mails", "intake.fast.members", "loading.reading"):
        monkeypatch.setattr(f"tlsrpt_analysis.{module}.exact_mail", lambda _name, _raw: None)
    expected = load_reports(tmp_path)

    assert actual.balance == expected.balance
    for name in SCHEMAS:
        pd.testing.assert_frame_equal(getattr(actual, name), getattr(expected, name))
    assert actual.balance.duplicates > 0
    assert {"red flag", "mail"} <= set(actual.problems["stage"])


def test_no_mail_is_read_at_once_when_signatures_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the tolerant reader checks them."""
    (tmp_path / "a.eml").write_bytes(_plain())
    (tmp_path / "a.mbox").write_bytes(mbox([_plain()]))
    (tmp_path / "a.zip").write_bytes(zipped(_plain()))
    monkeypatch.setattr(plain_mails, "_read", None)  # would raise
    tables = load_reports(tmp_path, authentication=Authentication())

    assert set(tables.reports["authenticity"]) == {"unsigned"}


def test_the_samples_are_read_at_once_where_they_are_mails() -> None:
    """Of the sample mails nearly all."""
    raws = [path.read_bytes() for path in SAMPLES.rglob("*.eml")]
    assert all(is_read_at_once(raw) for raw in raws)
