"""Every command on an archive in which each text is hostile: no output forges a line or hides one."""

import contextlib
import email
import email.policy
import json
import re
import shutil

import pytest

from tlsrpt_analysis import diagnose, load_reports, mailing
from tlsrpt_analysis.analyses.causes.letter import letter
from tlsrpt_analysis.checks.state_file import STATE
from tlsrpt_analysis.cli import main

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Controls other than tab and newline, bidirectional marks and what has no width."""

ENDS = ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029")
FORGED = "[ready] all is well"
TEXT = "".join(f"{end}{FORGED}" for end in ENDS) + "\x1b]0;title\x07\x9b31m\x00\u202e\u200b\x08"
DOMAINS = ("example.com", f"shop.example{TEXT}")


def hostile_report(reporter, day, failed):
    """Return a report in which each text ends in forged lines and controls."""
    date = f"2026-{7 + day // 31:02d}-{1 + day % 31:02d}"
    details = [
        {
            "result-type": result_type,
            "receiving-mx-hostname": f"mx2.example{TEXT}",
            "receiving-mx-helo": f"helo{TEXT}",
            "receiving-ip": f"192.0.2.1{TEXT}",
            "sending-mta-ip": f"192.0.2.2{TEXT}",
            "failed-session-count": failed // 3,
            "additional-information": f"https://example.net/{TEXT}",
            "failure-reason-code": f"verify error:num=10{TEXT}",
        }
        for result_type in ("certificate-expired", "validation-failure", f"odd{TEXT}")
    ]
    return {
        "organization-name": f"{reporter}{TEXT}",
        "contact-info": f"tlsrpt@example.net{TEXT}",
        "report-id": f"{reporter}{day}{TEXT}",
        "date-range": {"start-datetime": f"{date}T00:00:00Z", "end-datetime": f"{date}T23:59:59Z"},
        "policies": [
            {
                "policy": {
                    "policy-type": "sts",
                    "policy-domain": domain,
                    "policy-string": ["version: STSv1", "mode: testing", f"mx: mx1.example{TEXT}"],
                    "mx-host": [f"mx1.example{TEXT}"],
                },
                "summary": {
                    "total-successful-session-count": 100 - failed,
                    "total-failure-session-count": failed,
                },
                "failure-details": details if failed else [],
            }
            for domain in DOMAINS
        ],
    }


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Return a folder with hostile reports, a store of them, and a file of each kind to write."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "in").mkdir()
    for day in range(20):
        for reporter in ("Google", "Evil"):
            content = hostile_report(reporter, day, 30 if day >= 15 else 0)
            (folder / "in" / f"{reporter}-{day}.json").write_text(json.dumps(content))
    assert main(["import", str(folder / "in"), "--store", str(folder / "store"), "--quiet"]) == 0
    check = ["check", "--store", str(folder / "store"), "--today", "2026-07-15"]
    assert main(check) == 0
    shutil.copy(folder / "store" / STATE, folder)
    return folder


COMMANDS = {
    "summary": "summary IN",
    "summary as CSV": "summary IN --format csv",
    "summary as Markdown": "summary IN --format markdown",
    "summary as JSON": "summary IN --format json",
    "plan": "plan IN",
    "plan in Markdown": "plan IN --format markdown",
    "plan as calendar": "plan IN -o OUT.ics",
    "replay": "replay IN --domain example.com --add-mx mx9.example",
    "redact": "redact IN/Evil-19.json",
    "verify": "verify STORE",
    "compact": "compact STORE",
    "import": "import IN --store STORE",
    "import verbosely": "import IN --store STORE -v",
    "fleet": "fleet --store STORE --workers 1",
    "fleet as CSV": "fleet --store STORE --workers 1 -o OUT.csv",
    "fleet as JSON": "fleet --store STORE --workers 1 -o OUT.json",
    "fleet as page": "fleet --store STORE --workers 1 -o OUT.html",
    "report": "report IN -o OUT.html",
    "check": "check --store STORE --today 2026-07-21 --prometheus OUT.prom",
    "check by mail": "check --store STORE --today 2026-07-21 --mail-to a@b.example",
    "report by mail": "report IN -o OUT.html --mail-to a@b.example",
    "check as JSON": "check --store STORE --today 2026-07-21 --format json",
    "settings": f"settings --config |x{TEXT}",
    "a command that does not exist": f"settings |x{TEXT}",
    "login": f"login |imaps://user@host{TEXT}",
    "a file that is not there": f"summary |x{TEXT}",
    "a domain that is not there": f"summary IN --domain |x{TEXT}",
    "redaction of no file": f"redact |x{TEXT}",
}


def words(line, archive, out):
    """Return the words of a command line; what stands behind a bar is one word."""
    plain, *rest = line.split("|", 1)
    names = {"IN": str(archive / "in"), "STORE": str(archive / "store"), "OUT": str(out)}
    replaced = [
        re.sub(r"\b(IN|STORE|OUT)\b", lambda found: names[found[0]], word) for word in plain.split()
    ]
    return [*replaced, *rest]


def lines_forged(text):
    """Return the lines that a stranger wrote, at the start of a line."""
    return [line for line in text.split("\n") if line.strip().casefold().startswith(FORGED)]


def mail_texts(path):
    """Return the header and the text of a mail, which has the expected fields only."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    content = ("Content-Type", "Content-Transfer-Encoding", "MIME-Version")
    assert {*message.keys()} - {*content} == {
        *("Subject", "To", "Date", "Message-ID", "Auto-Submitted")
    }
    return [*map(str, message.values()), message.get_body(("plain",)).get_content()]


@pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS.keys())
def test_no_command_prints_or_writes_a_forged_line(line, archive, tmp_path, capsys, monkeypatch):
    """On standard output, on standard error, in each file, and in each mail."""
    keeping = f"cat > {tmp_path}/mail.eml"
    monkeypatch.setattr(mailing, "SENDMAIL", ("/bin/sh", "-c", keeping))
    shutil.copy(archive / STATE, archive / "store")  # or a check before this one said it all
    with contextlib.suppress(SystemExit):  # an argument was refused
        main(words(line, archive, tmp_path / "out"))
    captured = capsys.readouterr()
    written = [path.read_bytes().decode() for path in tmp_path.glob("out.*")]
    mailed = [text for path in tmp_path.glob("mail.*") for text in mail_texts(path)]
    assert bool(mailed) == ("--mail-to" in line)
    for text in (captured.out, captured.err, *written, *mailed):
        plain = text.replace("\r\n", "\n")  # CSV and calendars
        if plain.startswith("BEGIN:VCALENDAR"):
            plain = plain.replace("\n ", "")  # RFC 5545 §3.1: a folded line
        assert UNSEEN.findall(plain) == []
        assert lines_forged(plain) == []


def test_no_letter_holds_a_forged_line(archive):
    """A letter is copied into a mail of one's own."""
    causes = diagnose(load_reports(archive / "in", progress=False))
    texts = [letter(row) for row in causes.to_dict("records")]

    assert texts
    for text in texts:
        assert UNSEEN.findall(text) == []
        assert lines_forged(text) == []
