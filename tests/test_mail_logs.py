"""Mail counts and MX records from files."""

import gzip

import pandas as pd
import pytest
from support.made_reports import failure, month, policy, tables

import tlsrpt_analysis as tlsrpt

LOG = """\
Oct  1 00:00:01 mx postfix/smtpd[7]: connect from mail-f41.google.com[192.0.2.1]
Oct  1 00:00:01 mx postfix/smtpd[7]: 4F1A2B3C4D: client=mail-f41.google.com[192.0.2.1]
Oct  1 00:00:02 mx postfix/smtpd[8]: 4F1A2B3C4E: client=x.outbound.protection.outlook.com[192.0.2.2]
Oct  1 00:00:03 mx postfix/submission/smtpd[8]: NOQUEUE: client=a.example[192.0.2.3]
Oct  1 00:00:04 mx postfix/smtpd[8]: 4F1A2B3C4F: client=unknown[192.0.2.3]
Oct  1 00:00:05 mx postfix/smtpd[8]: 4F1A2B3C50: client=mail-f42.google.com[192.0.2.1]
Oct  1 00:00:05 mx postfix/smtpd[8]: 4F1A2B3C51: client=evil-google.com[192.0.2.9]
Oct  1 00:00:06 mx postfix/smtpd[8]: 4F1A2B3C52: client=mout.web.de[192.0.2.10]
"""


def test_postfix_logs_count_messages_by_sender(tmp_path):
    """Connections without a message count nothing; unknown hosts are others."""
    (tmp_path / "mail.log.1.gz").write_bytes(gzip.compress(LOG.encode()))
    counted = tlsrpt.read_postfix_logs(tmp_path / "mail.log.1.gz")
    assert dict(counted.itertuples(index=False, name=None)) == {
        "Google": 2,
        "Microsoft": 1,
        "WEB.DE": 1,
        "(other senders)": 2,
    }


def test_what_is_read_sharpens_the_impact(tmp_path):
    """The two-column CSV and a zone."""
    (tmp_path / "inbound.csv").write_text("reporter,message_count\nGoogle,30\nothers,70\n")
    (tmp_path / "zone").write_text("; a zone\nexample.com. 60 IN MX 10 MX1.example.com.\n")
    row = tlsrpt.enforce_impact(
        tables(*month(policy(9, 1, failure(1, host="mx1.example.com")))),
        inbound_share=tlsrpt.read_inbound_share(tmp_path / "inbound.csv"),
        mx_preferences=tlsrpt.read_mx_records(tmp_path / "zone"),
    ).by_domain.iloc[0]
    assert row["denominator"] == "all inbound mail"
    assert row["would_block_share"] == pytest.approx(0.1)
    assert row["lost_share_high"] < 0.001  # the only MX takes nine of ten sessions


@pytest.mark.parametrize("read", [tlsrpt.read_inbound_share, tlsrpt.read_mx_records])
def test_another_kind_of_file_is_refused(tmp_path, read):
    """The error says what to give instead."""
    (tmp_path / "x").write_text("a;b\n1;2\n")
    with pytest.raises(tlsrpt.SourceError, match="give"):
        read(tmp_path / "x")
    with pytest.raises(tlsrpt.SourceError, match="cannot be read"):
        read(tmp_path / "missing")


def test_a_damaged_log_is_read_or_refused(tmp_path):
    """At any byte: what it then holds is read, or it is said to be unreadable."""
    content = gzip.compress(LOG.encode())
    for place in range(len(content)):
        path = tmp_path / "mail.log.gz"
        path.write_bytes(content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :])
        try:
            tlsrpt.read_postfix_logs(path)
        except tlsrpt.SourceError as error:
            assert "cannot be read" in str(error)  # noqa: PT017 - not every byte matters


def test_a_zone_is_read_with_its_origin(tmp_path):
    """Stated in the file, or beside it where a name server would know it."""
    (tmp_path / "stated").write_text("$ORIGIN example.com.\n@ IN MX 10 mx1\n  IN MX 20 mx2\n")
    (tmp_path / "known").write_text("@ IN MX 10 mx1\n  IN MX 20 mx2\n")
    stated = tlsrpt.read_mx_records(tmp_path / "stated")
    known = tlsrpt.read_mx_records(tmp_path / "known", origin="example.com")
    assert stated.to_numpy().tolist() == [
        ["example.com", "mx1.example.com", 10],
        ["example.com", "mx2.example.com", 20],
    ]
    pd.testing.assert_frame_equal(known, stated)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@ IN MX 10 mx1", "@ stands for no known domain: begin with a line such as"),
        ("a.example. IN MX 10", "line 1: expecting an identifier: correct or delete that line"),
        ("a.example. IN A 192.0.2.1", "has no MX record: give lines such as"),
    ],
)
def test_a_broken_zone_is_one_plain_error(tmp_path, text, message):
    """What is wrong, in which file and line, and what to do."""
    (tmp_path / "zone").write_text(text)
    with pytest.raises(tlsrpt.SourceError) as refusal:
        tlsrpt.read_mx_records(tmp_path / "zone")
    assert message in str(refusal.value)
    assert str(tmp_path / "zone") in str(refusal.value)
