"""The command ``probe``: its output, exit codes and progress, and what it compares."""

import io
import json
import tempfile
from pathlib import Path

import pytest
from lab.domains import Lab
from lab.faces import POLICY, host_of, mail_faces, policy_faces
from lab.servers import PythonServers
from lab.smtp import sends

from tlsrpt_analysis.cli import main
from tlsrpt_analysis.probes import load_findings


@pytest.fixture(scope="module")
def lab():
    """Start a good domain, two with bad certificates, and one that is silent."""
    with tempfile.TemporaryDirectory(prefix="lab") as folder:
        made = Lab(Path(folder), PythonServers)
        faces = mail_faces(made.authority)
        hosts = made.servers.mail({case: faces[case] for case in ("good", "wrongname", "expired")})
        hosts["silent"] = made.servers.serve(sends(b"", then_wait=False))
        policies = made.servers.policies({"good": policy_faces(made.authority)["good"]})
        lines = made.zones["lab.test"]
        lines.append(f"mta-sts.good 60 IN A {made.at(policies['good'], 443)}")
        for case, target in hosts.items():
            lines += [
                f"{case} 60 IN MX 10 mx.{case}",
                f"mx.{case} 60 IN A {made.at(target, 25)}",
                f'_smtp._tls.{case} 60 IN TXT "v=TLSRPTv1; rua=mailto:r@lab.test"',
            ]
            if case == "good":
                lines.append('_mta-sts.good 60 IN TXT "v=STSv1; id=1;"')
        try:
            yield made.start()
        finally:
            made.close()


@pytest.fixture
def lab_options(lab):
    """Return the options that lead the command into the lab."""
    given = ["--nameserver", "127.0.0.1", "--nameserver-port", str(lab.options.nameserver_port)]
    given += ["--roots", str(lab.authority.root_file), "--allow-private", "--helo", "p.lab.test"]
    for address, target in lab.connect_to.items():
        given += ["--connect-to", f"{address}={target}"]
    return given


REPORT = {
    "organization-name": "Sender",
    "date-range": {
        "start-datetime": "2026-10-01T00:00:00Z",
        "end-datetime": "2026-10-01T23:59:59Z",
    },
    "contact-info": "r@sender.test",
    "report-id": "1",
}


def reported(path, domain, text, failures=()):
    """Write a report on a domain."""
    failed = sum(failure["failed-session-count"] for failure in failures)
    policy = {
        "policy": {
            "policy-type": "sts",
            "policy-domain": domain,
            "policy-string": text.splitlines(),
            "mx-host": [host_of("good")],
        },
        "summary": {"total-successful-session-count": 9, "total-failure-session-count": failed},
        "failure-details": list(failures),
    }
    path.write_text(json.dumps(REPORT | {"policies": [policy]}))
    return str(path)


SERVE = {
    "good": "\nThe policy to serve is unchanged: ",
    "wrongname": f"\nmx: {host_of('wrongname')}\nmax_age: 604800\n_mta-sts.wrongname.lab.test. IN",
}


@pytest.mark.parametrize(("case", "code"), [("good", 0), ("wrongname", 1)])
def test_the_command_prints_the_table_and_writes_the_findings(
    lab_options, tmp_path, capsys, case, code
):
    """The exit code is for scripts, the table for people."""
    saved = tmp_path / "findings.json"
    assert main(["probe", f"{case}.lab.test", "--save", str(saved), *lab_options]) == code
    output = capsys.readouterr()
    assert "valid_certificate" in output.out
    assert SERVE[case] in output.out
    assert ("IN TXT" in output.out) == bool(code)
    assert not output.err
    assert load_findings(saved).is_failed == bool(code)
    assert "> EHLO p.lab.test" in saved.read_text()
    assert "127.0.0.1:" not in saved.read_text()


def test_what_was_not_measured_has_an_exit_code_of_its_own(lab_options, tmp_path):
    """A script must not mistake silence for success."""
    saved = tmp_path / "findings.json"
    code = main(["probe", "silent.lab.test", "--save", str(saved), *lab_options])
    found = load_findings(saved)
    failed = {finding.check for finding in found.findings if finding.outcome == "failed"}
    assert failed == {"policy-record"}
    assert code == 1
    assert not found.is_measured


def test_a_silent_resolver_is_not_measured(lab_options):
    """No check is known to have failed."""
    assert main(["probe", "servfail.test", *lab_options]) == 3


def test_reports_are_compared_with_what_is_served(lab_options, tmp_path, capsys):
    """Both the policy that senders saw and the causes that their failures suggest."""
    old = POLICY.format(mx="other.lab.test")
    failure = {
        "result-type": "certificate-host-mismatch",
        "receiving-mx-hostname": host_of("good"),
        "failed-session-count": 3,
    }
    path = reported(tmp_path / "report.json", "good.lab.test", old, [failure])
    assert main(["probe", "good.lab.test", *lab_options, "--reports", path]) == 0
    output = capsys.readouterr().out
    assert "[advice: policy-changed]" in output
    assert "Causes that the reports suggest:\n[refuted]" in output


def test_a_store_can_replace_the_reports(lab_options, tmp_path, capsys):
    """`import` wrote it."""
    path = reported(tmp_path / "report.json", "good.lab.test", POLICY.format(mx=host_of("good")))
    store = str(tmp_path / "store")
    assert main(["import", path, "--store", store]) == 0
    assert main(["probe", "good.lab.test", *lab_options, "--store", store]) == 0
    output = capsys.readouterr().out
    assert "The reports suggest no cause of failures." in output
    assert "policy-changed" not in output


def test_reports_about_others_are_a_plain_error(lab_options, tmp_path, capsys):
    """Perhaps the domain is misspelt."""
    path = reported(tmp_path / "report.json", "good.lab.test", POLICY.format(mx="mx.test"))
    assert main(["probe", "wrongname.lab.test", *lab_options, "--reports", path]) == 1
    error = capsys.readouterr().err
    assert 'no report is about "wrongname.lab.test": did you mean "good.lab.test"?' in error
    assert error.count("wrongname.lab.test") == 1


def test_progress_is_shown_to_a_person(lab_options, monkeypatch):
    """One line is rewritten, and cleared at the end."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    assert main(["probe", "good.lab.test", *lab_options]) == 0
    shown = screen.getvalue().split("\r\x1b[K")
    assert shown == ["", f"1 of 1 MX hosts done, last {host_of('good')}", ""]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--connect-to", "192.0.2.1:25", "is not ADDRESS:PORT=TARGET:PORT"),
        ("--connect-to", "192.0.2.1:25=here:25", "'here' is not an IP address"),
        ("--connect-to", "192.0.2.1:25=127.0.0.1:x", "'x' is not a port"),
        ("--nameserver", "dns.example", "'dns.example' is not an IP address"),
        ("--nameserver-port", "0", "'0' is not a port"),
        ("--nameserver-port", "65536", "'65536' is not a port"),
        ("--timeout", "soon", "'soon' is not a number of seconds"),
        ("--timeout", "0", "'0' is not a number of seconds"),
        ("--timeout", "86400", "'86400' is not a number of seconds"),
        ("--timeout", "-1", "'-1' is not a number of seconds"),
    ],
)
def test_a_malformed_option_is_a_plain_error(capsys, option, value, message):
    """Before anything is asked."""
    with pytest.raises(SystemExit) as ended:
        main(["probe", "lab.test", f"{option}={value}"])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_the_cure_of_a_cause_is_printed(lab_options, tmp_path, capsys):
    """Below its evidence."""
    failure = {
        "result-type": "certificate-expired",
        "receiving-mx-hostname": host_of("expired"),
        "failed-session-count": 3,
    }
    text = POLICY.format(mx=host_of("expired"))
    path = reported(tmp_path / "report.json", "expired.lab.test", text, [failure])
    assert main(["probe", "expired.lab.test", *lab_options, "--reports", path]) == 1
    output = capsys.readouterr().out
    assert "[confirmed] The certificate of an MX had expired" in output
    assert "\n    Renew the certificate, have every server behind" in output


def test_a_script_gets_all_of_a_probe_as_one_document(lab_options, tmp_path, capsys):
    """Also while the findings are saved; the exit codes are the same."""
    report = reported(tmp_path / "report.json", "good.lab.test", POLICY)
    words = ["probe", "good.lab.test", *lab_options, "--reports", report, "--format", "json"]
    code = main([*words, "--save", str(tmp_path / "findings.json")])
    printed = json.loads(capsys.readouterr().out)
    assert printed["policy_domain"] == "good.lab.test"
    assert printed["is_failed"] == (code == 1)
    assert [row["check"] for row in printed["checks"]] == list(
        load_findings(tmp_path / "findings.json").checks()["check"]
    )
    assert printed["causes"] == []
