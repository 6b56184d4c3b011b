"""Header fields that are read by their outline say what the email package reads in them."""

from email import policy
from email.message import Message
from email.parser import BytesHeaderParser

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tlsrpt_analysis.intake.fast.mail_fields import content_fields, exact_header, exact_received
from tlsrpt_analysis.intake.wrappings.mail_header import received_datetime

VALUES = st.one_of(
    st.sampled_from(["a", "TLSRPT", "r.json.gz", "a b", " x", "", "a=b", "--", "é", "a:b: c"]),
    st.text('ab"\\;<>= \t\n\r:,()\x0b\x00', max_size=4),
)
NAMES = st.sampled_from(["boundary", "Report-Type", "name", "filename", "charset", "name*", "x y"])
QUOTED = st.sampled_from(['"%s"'] * 6 + ["%s", '"%s', "'%s'", '"%s"x'])
OPENINGS = [
    *["Content-Type: multipart/report", "content-disposition: attachment"] * 3,
    "Content-Transfer-Encoding: base64",
    "Content-Type: Application/TLSRPT+gzip",
    "Content-Description: a report",
    'Content-Description: "5" inches',
    'X"y: z',
    "ContentType: text/plain",
    "MIME-Version: 1.0",
    "no field",
]


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """Write the header of a part, each field with a line break before it."""
    header = ""
    for opening in draw(st.lists(st.sampled_from(OPENINGS), min_size=1, max_size=4)):
        header += f"\n{opening}"
        for name in draw(st.lists(NAMES, max_size=3)):
            joint = draw(st.sampled_from(["; "] * 6 + [";", ";\n ", " ;\n\t", ";\n", " "]))
            header += f"{joint}{name}={draw(QUOTED).replace('%s', draw(VALUES))}"
    return header.encode()


def fields_by_email(message: Message) -> tuple[str, str, str, str, str]:
    """Return what the email package reads in the fields."""
    return (
        message.get_content_type(),
        str(message.get("Content-Transfer-Encoding", "7bit")).lower(),
        message.get_boundary() or "",
        str(message.get_param("report-type") or ""),
        message.get_filename() or "",
    )


@settings(max_examples=1_500, deadline=None)
@given(headers())
def test_fields_that_are_read_say_what_the_tolerant_reader_reads(header: bytes) -> None:
    """Whatever stands between the quotes."""
    assume(b"\r" not in header.replace(b"\r\n", b""))  # `exact_mail` leaves such mails alone
    fields = content_fields(header)
    if fields is None:
        return
    message = BytesHeaderParser(policy=policy.compat32).parsebytes(header[1:] + b"\n\nText")
    outline = fields.outline
    read = (
        outline.media_type,
        outline.encoding,
        fields.boundary.rstrip(),  # one with spaces around it is left to the tolerant reader elsewhere
        fields.report_type,
        fields.file_name.strip(),
    )
    assert tuple(value.decode() for value in read) == fields_by_email(message)
    assert not message.defects
    assert message.get_payload() == "Text"


@pytest.mark.parametrize(
    "header",
    [
        b'\nContent-Type: application/tlsrpt+gzip; name="a!b.json.gz"',
        b"\nContent-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64",
        b'\nContent-Disposition: attachment;\n filename="x"\nContent-Type: text/plain',
        b'\nContent-Description: "quoted"\nContent-Type: text/plain; charset=utf-8',
    ],
)
def test_usual_fields_are_read(header: bytes) -> None:
    """Or the outline is for nothing."""
    assert content_fields(header) is not None


def test_fields_of_one_outline_have_each_their_own_values() -> None:
    """Though their outline is read once."""
    header = b'\nContent-Type: multipart/report; report-type=tlsrpt; x="%s"; boundary="%s"'
    read = [content_fields(header % pair) for pair in ((b"", b"b"), (b"q", b"C"), (b"b", b""))]

    assert [fields and fields.boundary for fields in read] == [b"b", b"C", b""]


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n"])
@pytest.mark.parametrize("first", [b"From: a@b.example", b"Content-Type: text/plain"])
def test_a_header_ends_where_its_mail_begins(line_break: bytes, first: bytes) -> None:
    """Whether its Content-Type comes first, which is unusual, or not."""
    fields = (first, b"X: 1", b" 2", b"Date: x") + (b"Content-type: text/plain",) * (b"@" in first)
    raw = line_break.join((*fields, b"", b"Text"))
    header = exact_header(raw, line_break)

    assert header is not None
    assert header.as_sent[1:] + line_break + b"Text" == raw
    assert header.content.outline.media_type == b"text/plain"


@settings(max_examples=500)
@given(
    st.sampled_from(["", "thu, ", "Thu, ", "x, "]),
    st.tuples(
        st.integers(0, 32),
        st.sampled_from(["Jul", "feb", "DEC", "xyz"]),
        st.sampled_from([26, 1_000, 1_969, 2_026, 2_999]),
    ),
    st.tuples(st.integers(0, 25), st.integers(0, 61), st.integers(0, 61)),
    st.sampled_from(["+0000", "-0000", "-0730", "+1459", "+1960", "GMT", "+0200 (CEST)", ""]),
)
def test_dates_of_receipt_are_those_of_the_tolerant_reader(
    week_day: str, date: tuple[int, str, int], time: tuple[int, int, int], zone: str
) -> None:
    """Or left to it."""
    day = " ".join(map(str, date))
    field = f"Received: by b; {week_day}{day} {time[0]:02}:{time[1]:02}:{time[2]:02} {zone}"
    read = exact_received(b"\n" + field.lower().encode())
    if read is not None:
        assert read == received_datetime(field.encode() + b"\n\n")


def test_usual_dates_of_receipt_are_read() -> None:
    """Two of one day, whose start is computed once."""
    field = b"\nreceived: from a\n\tby b; thu, 2 jul 2026 04:00:%02d +0200 (cest)"
    read = [exact_received(field % second) for second in (1, 59)]

    assert [moment and moment.isoformat() for moment in read] == [
        "2026-07-02T02:00:01+00:00",
        "2026-07-02T02:00:59+00:00",
    ]
