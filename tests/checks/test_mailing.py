"""Mails through a real Postfix: its sendmail, and its sink for SMTP."""

import email
import email.policy
import subprocess
import time

import pytest
from lab.mail_sink import mail_sink
from lab.needed_programs import need
from lab.ports import free_port, program
from support.wrappings import report_document

from tlsrpt_analysis import mailing
from tlsrpt_analysis.cli import main
from tlsrpt_analysis.errors import TlsrptError
from tlsrpt_analysis.mailing import Mailer, mail, send


@pytest.fixture
def sink(tmp_path):
    """Run Postfix's sink, which keeps each mail in a file."""
    with mail_sink(tmp_path) as target:
        yield target, tmp_path


def received(folder):
    """Return the one mail that the sink kept."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = [path for path in folder.iterdir() if path.name.startswith("mail.")]
        if found and found[0].stat().st_size:
            return email.message_from_bytes(found[0].read_bytes(), policy=email.policy.default)
    raise AssertionError("no mail came")


def parts(message):
    """Return the text of a mail, and its attachments by name."""
    body = message.get_body(("plain",)).get_content()
    return body, {each.get_filename(): each.get_content() for each in message.iter_attachments()}


def test_a_mail_with_a_page_arrives_by_smtp(sink):
    """Letters outside ASCII in the text and in the subject, and a line with a lone dot."""
    target, folder = sink
    page = folder / "page.html"
    page.write_text("<p>ü</p>")
    mailer = Mailer(("hostmaster@example.com",), "tlsrpt@example.com", target)
    send(mail(mailer, "Bericht für Müller", "Größe\n.\nEnde\n", [page]), mailer)
    message = received(folder)
    assert message["Subject"] == "Bericht für Müller"
    assert (message["From"], message["To"]) == ("tlsrpt@example.com", "hostmaster@example.com")
    assert message["Auto-Submitted"] == "auto-generated"
    assert parts(message) == ("Größe\n.\nEnde\n", {"page.html": "<p>ü</p>"})


def test_a_mail_goes_to_the_queue_of_sendmail(tmp_path, monkeypatch):
    """With the recipients of the headers, and whole behind a lone dot."""
    need("sendmail", "postcat", root=True)
    folder = tmp_path / "postfix"
    for queue in ("maildrop", "public", "pid"):
        (folder / "spool" / queue).mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "main.cf").write_text(
        f"compatibility_level = 3.6\nqueue_directory = {folder}/spool\n"
        f"data_directory = {folder}/data\nmyhostname = mail.example\n"
    )
    monkeypatch.setattr(mailing, "SENDMAIL", (program("sendmail"), "-C", str(folder), "-t", "-i"))
    mailer = Mailer(("hostmaster@example.com", "root"))
    send(mail(mailer, "Two alerts", "one\n.\ntwo\n"), mailer)
    (queued,) = (folder / "spool" / "maildrop").iterdir()
    words = [program("postcat"), "-c", str(folder), str(queued)]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "\nSubject: Two alerts\n" in shown
    assert "recipient: hostmaster@example.com" in shown
    assert "recipient: root" in shown
    assert "\none\n.\ntwo\n" in shown


def test_no_text_becomes_a_header():
    """Subjects name domains, which strangers choose; addresses are refused as a whole."""
    mailer = Mailer(("a@b.example",))
    message = mail(mailer, "TLS reports\r\nBcc: c@d.example", "text")
    read = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    assert read["Bcc"] is None
    assert set(read.keys()) == {
        "Subject",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "A <a@b.example>",
        "-oQ/tmp@b.example ",
        "a@b@c",
        "",
        '"a b"@c.example',
        "a@b.example\x00",
    ],
)
def test_what_is_no_plain_address_is_refused(address):
    """Also as the sender."""
    with pytest.raises(TlsrptError, match="is not a mail address"):
        Mailer((address,))


def test_a_page_that_is_too_large_is_named_instead(tmp_path, monkeypatch):
    """Servers would refuse the mail."""
    monkeypatch.setattr(mailing, "LARGEST_ATTACHMENT", 3)
    page = tmp_path / "page.html"
    page.write_text("<p>large</p>")
    assert parts(mail(Mailer(("a@b.example",)), "s", "text\n", [page])) == (
        "text\n\npage.html is too large for a mail.\n",
        {},
    )


def test_a_server_that_does_not_answer_is_one_error():
    """It names the server and the way out."""
    mailer = Mailer(("a@b.example",), smtp=f"127.0.0.1:{free_port()}")
    with pytest.raises(TlsrptError, match=r"to a@b\.example was not sent .*refused.*: check"):
        send(mail(mailer, "s", "text"), mailer)


def test_a_mailer_that_fails_is_named_with_what_it_said(monkeypatch):
    """As for a full queue."""
    monkeypatch.setattr(mailing, "SENDMAIL", ("/bin/sh", "-c", "echo queue full >&2; exit 75"))
    with pytest.raises(TlsrptError, match=r"was not sent \(queue full\)"):
        send(mail(Mailer(("a@b.example",)), "s", "text"), Mailer(("a@b.example",)))


def test_the_report_of_monday_is_mailed_with_its_page(sink, capsys):
    """The headlines in the text, the page beside it, and nothing else than without the mail."""
    target, folder = sink
    path = folder / "report.json"
    path.write_bytes(report_document())
    page = folder / "impact.html"
    words = ["report", str(path), "-o", str(page)]
    assert main([*words, "--mail-to", "boss@example.com", "--smtp", target]) == 0
    said = capsys.readouterr().out
    text, pages = parts(message := received(folder))
    assert message["Subject"] == "TLS reports: 1 not ready"
    assert text.rstrip() in said
    assert "[not ready]" in text
    assert pages == {"impact.html": page.read_text()}


def test_a_report_to_what_is_no_address_is_refused_before_the_work(tmp_path, capsys):
    """As wrong arguments are."""
    words = ["report", "no-such-folder", "-o", str(tmp_path / "a.html"), "--mail-to", "a b"]
    assert main(words) == 2
    assert "is not a mail address" in capsys.readouterr().err
