"""Mail counts and MX records from files."""

import bz2
import contextlib
import gzip
import lzma
import re
import tempfile
import time
from codecs import BOM_UTF8
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
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


MESSAGE_TRACE = """\
"origin_timestamp_utc","sender_address","recipient_status","message_subject","total_bytes","message_id","network_message_id","original_client_ip","directionality","connector_id","delivery_priority"
"2026-10-01T00:00:01.1230000Z","anna@gmail.com","bob@example.com##Receive, Deliver","Hello, you","1234","<1@gmail.com>","aa-1","192.0.2.1","Incoming","","Normal"
"2026-10-01T00:00:01.1230000Z","anna@gmail.com","eve@example.com##Receive, Deliver","Hello, you","1234","<1@gmail.com>","aa-1","192.0.2.1","Incoming","","Normal"
"2026-10-02T00:00:01.1230000Z","x@shop.example","bob@example.com##Receive, Deliver","Offer","1234","<2@shop.example>","aa-2","192.0.2.2","Incoming","","Normal"
"2026-10-02T00:00:02.1230000Z","bob@example.com","anna@gmail.com##Receive, Send","Re: Hello","1234","<3@example.com>","aa-3","192.0.2.3","Originating","","Normal"
"""
EXTENDED_TRACE = """\
date_time_utc,client_ip,client_hostname,server_ip,server_hostname,source_context,connector_id,source,event_id,internal_message_id,message_id,network_message_id,recipient_address,recipient_status,total_bytes,recipient_count,related_recipient_address,reference,message_subject,sender_address,return_path,message_info,directionality,tenant_id,original_client_ip,original_server_ip,custom_data
2026-10-01T00:00:01.000Z,192.0.2.1,AM0PR05MB1.eurprd05.prod.outlook.com,192.0.2.9,AM0PR05MB2.eurprd05.prod.outlook.com,,,SMTP,RECEIVE,1,<1@hotmail.com>,aa-1,bob@example.com,,1234,1,,,Hello,anna@hotmail.com,anna@hotmail.com,,Incoming,t,192.0.2.1,,S:x=1
2026-10-01T00:00:02.000Z,,,,,,,STOREDRIVER,DELIVER,1,<1@hotmail.com>,aa-1,bob@example.com,,1234,1,,,Hello,anna@hotmail.com,anna@hotmail.com,,Incoming,t,192.0.2.1,,
"""
TRACKING_LOG = """\
#Software: Microsoft Exchange Server
#Version: 15.02.1118.007
#Log-type: Message Tracking Log
#Date: 2026-10-01T00:00:00.000Z
#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version
2026-10-01T00:00:01.000Z,192.0.2.1,mail-f41.google.com,192.0.2.9,EX1,,EX1\\Default,SMTP,RECEIVE,1,<1@firma.example>,aa-1,bob@example.com;eve@example.com,,1234,2,,,Hello,anna@firma.example,anna@firma.example,,Incoming,,192.0.2.1,192.0.2.9,,Email,l-1,15.02
2026-10-01T00:00:02.000Z,,EX1,,EX1,,,STOREDRIVER,DELIVER,1,<1@firma.example>,aa-1,bob@example.com,,1234,1,,,Hello,anna@firma.example,anna@firma.example,,Incoming,,,,,Email,l-2,15.02
"""
LOG_SEARCH = """\
"Message ID","Start date","End date","Sender","Message size","Subject","Direction","Attachments","Recipient address","Event target","Event date","Event status","Event target IP address","Has encryption","Event SMTP reply code","Event description","Client Type","Device User Session ID"
"<1@yahoo.com>","2026/10/01 00:00:01 UTC","2026/10/01 00:00:02 UTC","anna@yahoo.com","1234","Hello","Received","","bob@example.com","gmail-ui","2026/10/01 00:00:02 UTC","DELIVERED","","Encrypted","250","","",""
"<2@example.com>","2026/10/01 00:00:01 UTC","2026/10/01 00:00:02 UTC","bob@example.com","1234","Hello","Sent","","anna@yahoo.com","smtp-outbound","2026/10/01 00:00:02 UTC","DELIVERED","","Encrypted","250","","",""
"""
EXIM_LOG = """\
2026-10-01 00:00:01 1uW3aB-000000001x2-0abc <= anna@firma.example H=mail-f41.google.com [192.0.2.1]:41234 P=esmtps X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no S=1234 id=1@firma.example for bob@example.com
2026-10-01 00:00:02 1uW3aB-000000001x2-0abc => bob <bob@example.com> R=local_user T=maildir_home
2026-10-01 00:00:03 1uW3aC-000000001x3-0abc <= bob@example.com H=(laptop) [192.0.2.7]:5 P=esmtpsa A=plain_login:bob S=1 for anna@gmail.com
2026-10-01 00:00:04 1uW3aD-000000001x4-0abc <= root@example.com U=root P=local S=1 for bob@example.com
2026-10-01 00:00:05 1uW3aE-000000001x5-0abc <= x@gmail.com H=(mail.google.com) [192.0.2.66]:5 P=esmtp S=1 for bob@example.com
2026-10-01 00:00:06 [192.0.2.66] <= half a line
"""
STALWART_LOG = """\
2026-10-01T00:00:01Z INFO SMTP connection started (smtp.connection-start) listenerId = "smtp", localPort = 25, remoteIp = 192.0.2.1, remotePort = 41234
2026-10-01T00:00:02Z INFO Queued message for delivery (queue.queue-message) listenerId = "smtp", localPort = 25, remoteIp = 192.0.2.1, spanId = 1, queueId = 2, from = "anna@gmx.net", to = ["bob@example.com"], size = 1234
2026-10-01T00:00:03Z INFO Queued message submission for delivery (queue.queue-message-authenticated) listenerId = "submissions", spanId = 3, queueId = 4, from = "bob@example.com", to = ["anna@gmx.net"], size = 1234
"""
RSPAMD_HISTORY = """\
{"version":2,"rows":[
{"id":"1","message-id":"1@gmail.com","ip":"192.0.2.1","unix_time":1790812801.5,"action":"no action","score":0.1,"user":"unknown","sender_smtp":"anna@gmail.com","sender_mime":"anna@gmail.com","rcpt_smtp":["bob@example.com"],"rcpt_mime":["bob@example.com"],"size":1234,"symbols":{}},
{"id":"2","message-id":"2@example.com","ip":"192.0.2.7","unix_time":1790812802.5,"action":"no action","score":0.1,"user":"bob","sender_smtp":"bob@example.com","sender_mime":"bob@example.com","rcpt_smtp":["anna@gmail.com"],"rcpt_mime":["anna@gmail.com"],"size":1234,"symbols":{}}
]}
"""
EXPORTS = {
    "message trace": (MESSAGE_TRACE, {"Google": 1, "(other senders)": 1}),
    "extended trace": (EXTENDED_TRACE, {"Microsoft": 1}),
    "tracking log": (TRACKING_LOG, {"Google": 1}),
    "log search": (LOG_SEARCH, {"Yahoo": 1}),
    "Postfix": (LOG, {"Google": 2, "Microsoft": 1, "WEB.DE": 1, "(other senders)": 2}),
    "Exim": (EXIM_LOG, {"Google": 1, "(other senders)": 1}),
    "Stalwart": (STALWART_LOG, {"GMX": 1}),
    "rspamd": (RSPAMD_HISTORY, {"Google": 1}),
}
PACKINGS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    "UTF-16": lambda content: content.decode().encode("utf-16"),
    "a byte order mark": lambda content: BOM_UTF8 + content,
}


@pytest.mark.parametrize(("text", "counts"), EXPORTS.values(), ids=EXPORTS)
def test_each_message_from_outside_counts_once(tmp_path, text, counts):
    """However many rows it has; mail that was sent, or submitted by a user, does not count."""
    (tmp_path / "export").write_text(text)
    counted = tlsrpt.read_inbound_share(tmp_path / "export")
    assert dict(counted.itertuples(index=False, name=None)) == counts


@pytest.mark.parametrize("packed", PACKINGS.values(), ids=PACKINGS)
def test_exports_are_read_in_each_packing_and_encoding(tmp_path, packed):
    """As consoles and log rotation write them; the name does not matter."""
    (tmp_path / "export").write_bytes(packed(MESSAGE_TRACE.encode()))
    counted = tlsrpt.read_inbound_share(tmp_path / "export")
    assert counted["message_count"].sum() == 2


@pytest.mark.parametrize(("text", "_counts"), EXPORTS.values(), ids=EXPORTS)
def test_no_address_of_a_person_leaves_the_function(tmp_path, text, _counts):
    """Neither in the frame nor in what stands beside it."""
    (tmp_path / "export").write_text(text)
    counted = tlsrpt.read_inbound_share(tmp_path / "export")
    shown = f"{counted.to_dict()} {counted.attrs}"
    assert not re.search(r"anna|bob|eve|@", shown)


def test_days_and_unread_lines_are_counted(tmp_path):
    """So that a count a week can be given, and a wrong file shows."""
    (tmp_path / "export").write_text(MESSAGE_TRACE + '"cut of')
    counted = tlsrpt.read_inbound_share(tmp_path / "export")
    assert counted.attrs == {
        "day_count": 2,
        "domain_message_counts": {"example.com": counted["message_count"].sum()},
        "unread_line_count": 1,
    }
    (tmp_path / "mainlog").write_text(EXIM_LOG)
    assert tlsrpt.read_inbound_share(tmp_path / "mainlog").attrs["unread_line_count"] == 1


def test_several_logs_add_up(tmp_path):
    """Also a table of counts beside them."""
    (tmp_path / "a").write_text(LOG)
    (tmp_path / "b").write_text("reporter,message_count\nGoogle,5\nGMX,1\n")
    counted = tlsrpt.read_inbound_share(tmp_path / "a", tmp_path / "b")
    assert dict(counted.itertuples(index=False, name=None))["Google"] == 7


def test_the_traffic_of_each_mx_host_is_counted_by_domain(tmp_path):
    """By the domain of the first recipient."""
    postfix = (
        LOG + "Oct  1 00:00:07 mx postfix/lmtp[9]: 4F1A2B3C4D: to=<bob@Example.com>, relay=local\n"
    )
    (tmp_path / "mail.log").write_text(postfix)
    (tmp_path / "mainlog").write_text(EXIM_LOG)
    traffic = tlsrpt.read_mx_traffic(
        {"MX1.example.com.": tmp_path / "mail.log", "mx2.example.com": [tmp_path / "mainlog"]}
    )
    assert traffic.to_numpy().tolist() == [
        ["example.com", "mx1.example.com", 1],
        ["example.com", "mx2.example.com", 2],
    ]
    assert traffic.attrs["undirected_count"] == 5


def test_a_log_of_something_else_is_one_plain_error(tmp_path):
    """That says what can be given."""
    (tmp_path / "x").write_text("nothing\nhere\n")
    with pytest.raises(tlsrpt.SourceError, match=r"no message in it .* give a mail log"):
        tlsrpt.read_inbound_share(tmp_path / "x")
    with pytest.raises(tlsrpt.SourceError, match="no message with a recipient"):
        tlsrpt.read_mx_traffic({"mx1.example.com": tmp_path / "x"})


@given(st.binary(max_size=400), st.sampled_from(sorted(EXPORTS)), st.integers(0, 400))
def test_damaged_exports_are_counted_or_refused(damage, name, place):
    """Never with a traceback."""
    content = EXPORTS[name][0].encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "export")
        path.write_bytes(content[:place] + damage + content[place + len(damage) :])
        with contextlib.suppress(tlsrpt.SourceError):
            tlsrpt.read_inbound_share(path)


@pytest.mark.parametrize(
    "line",
    [
        "a postfix",
        "x postfix/smtpd[1]: 4F1: client=",
        "2026-10-01 00:00:01 1uW3aB-000000001x2-0abc <= a H=",
        "H=a ",
        "(queue.queue-message from = ",
        "to = [",
        "a",
        "2026-10-01Tx x ",
    ],
)
def test_the_time_to_read_a_line_grows_with_it(tmp_path, line):
    """Not with its square."""

    def seconds(count):
        (tmp_path / "log").write_text(line * count + " <= (queue.queue-message")
        started = time.process_time()
        with contextlib.suppress(tlsrpt.SourceError):
            tlsrpt.read_inbound_share(tmp_path / "log")
        return time.process_time() - started

    seconds(100)
    short, long = (min(seconds(count) for _ in range(3)) for count in (2_000, 4_000))
    assert long < 3 * short + 0.02


def a_log(days, recipients=("example.com",), per_day=10):
    """Return lines of Postfix: one message in ten is Google's."""
    lines = []
    for day in range(1, days + 1):
        for number in range(per_day * len(recipients)):
            key = f"{day:02}{number:04}"
            client = "mail-f41.google.com" if number % 10 == 0 else "mx.other.example"
            to = recipients[number % len(recipients)]
            lines.append(
                f"2026-07-{day:02}T00:00:00Z mx postfix/smtpd[7]: A{key}: client={client}[192.0.2.1]"
            )
            if to:
                lines.append(
                    f"2026-07-{day:02}T00:00:01Z mx postfix/lmtp[8]: A{key}: to=<a@{to}>, relay=local"
                )
    return "\n".join(lines)


def refused_headline(path, *domains, **options):
    """Return the headline of a domain of which half of Google's sessions would be refused."""
    rows = [
        policy(5, 5, failure(5, host="mx2.example.com"), domain=domain)
        for domain in domains or ("example.com",)
    ]
    impact = tlsrpt.enforce_impact(
        tables(*month(*rows)), inbound_share=tlsrpt.read_inbound_share(path), **options
    )
    return impact.by_domain.set_index("policy_domain").loc["example.com", "headline"]


@pytest.mark.parametrize(
    ("log", "domains", "sentence"),
    [
        # 1,000 messages in ten days are 700 a week, of which half at most; of Google's 70 half of
        # the sessions, which are at least a fifth of the messages (14), as one may have four
        (a_log(10, per_day=100), (), "That is 9 to 350 messages a week of all your inbound mail."),
        (a_log(10, ("",)), (), "That is 1 to 35 messages a week of all your inbound mail."),
        (
            a_log(10, ("example.com", "b.example")),
            ("example.com", "b.example"),
            "1 to 35 messages",
        ),
        (a_log(10, ("b.example",)), (), None),
        (a_log(10, ("",)), ("example.com", "b.example"), None),
        (a_log(6), (), None),
    ],
)
def test_the_headline_counts_messages_a_week_of_all_inbound_mail(tmp_path, log, domains, sentence):
    """Of this domain, and only if logs of a week or more say so."""
    path = tmp_path / "mail.log"
    path.write_text(log)
    found = refused_headline(path, *domains)
    assert "of all inbound mail for example.com" in found
    assert sentence in found if sentence else "messages a week" not in found


def test_a_table_of_counts_says_nothing_about_a_week(tmp_path):
    """It has no days."""
    path = tmp_path / "inbound.csv"
    path.write_text("reporter,message_count\nGoogle,30\nothers,70\n")
    assert "messages a week" not in refused_headline(path)
