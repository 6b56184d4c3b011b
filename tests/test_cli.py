"""The command line as a user types it."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from support.signed_mails import SIGNED, keys
from support.wrappings import mailed, report_document

import tlsrpt_analysis
from tlsrpt_analysis.cli import main
from tlsrpt_analysis.views.page.file_names import page_name

ROOT = Path(__file__).parents[1]


@pytest.fixture
def report_file(tmp_path):
    """Write a small report of a domain whose policy misses an MX."""
    document = {
        "organization-name": "Company-X",
        "date-range": {
            "start-datetime": "2026-08-01T00:00:00Z",
            "end-datetime": "2026-08-01T23:59:59Z",
        },
        "report-id": "1",
        "policies": [
            {
                "policy": {
                    "policy-type": "sts",
                    "policy-domain": "example.com",
                    "policy-string": ["version: STSv1", "mode: testing", "mx: mx1.example.com"],
                },
                "summary": {
                    "total-successful-session-count": 7,
                    "total-failure-session-count": 3,
                },
                "failure-details": [
                    {
                        "result-type": "validation-failure",
                        "receiving-mx-hostname": "mx2.example.com",
                        "failed-session-count": 3,
                    }
                ],
            }
        ],
    }
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document))
    return path


def test_summary_prints_balance_verdict_and_headline(report_file, capsys):
    """Everything at a glance."""
    assert main(["summary", str(report_file)]) == 0
    output = capsys.readouterr().out
    assert "1 input = 1 report + 0 duplicates + 0 rejected + 0 skipped" in output
    assert "[not ready] Enforce mode would refuse 30.0 % of the tested sessions" in output
    assert "all of them at mx2.example.com, which the policy does not list" in output


def test_a_wrong_path_is_one_plain_line(capsys):
    """It says what, where and what to do, without a traceback."""
    assert main(["summary", "no-such-folder"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("tlsrpt-analysis: ")
    assert "no-such-folder" in captured.err
    assert "Traceback" not in captured.err


def test_a_folder_without_reports_is_one_plain_line(tmp_path, capsys):
    """With the reason for the first input."""
    (tmp_path / "readme.txt").write_text("nothing here")
    assert main(["summary", str(tmp_path)]) == 1
    output = capsys.readouterr().err
    assert "no TLS report in 1 input;" in output
    assert f"{tmp_path / 'readme.txt'}: no JSON object, mail or archive" in output


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (
            ["--domain", "exmaple.com"],
            'no report is about "exmaple.com": did you mean "example.com"?',
        ),
        (["--reporter", "Conpany-X"], 'no report is from "Conpany-X": did you mean "Company-X"?'),
        (["--since", "2027-01-01"], "choose others"),
        (["--until", "2026-07-31"], "choose others"),
    ],
)
def test_a_choice_that_leaves_nothing_is_one_plain_line(report_file, capsys, options, answer):
    """There are reports, but not about the choice."""
    assert main(["summary", str(report_file), *options]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert answer in line


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["summary", "FILE", "--since", "2026-08-02", "--until", "2026-08-01"], "exchange them"),
        (["summary", "FILE", "--store", "there"], "give either the paths of reports, or a store"),
        (["probe", "a.example", "--reports", "FILE", "--store", "there"], "give either --reports"),
        (["settings", "sumary"], 'did you mean "summary"?'),
    ],
)
def test_wrong_usage_is_one_plain_line_and_exit_code_2(report_file, capsys, words, answer):
    """As argparse has it for words that it does not know."""
    assert main([str(report_file) if word == "FILE" else word for word in words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert answer in line


@pytest.mark.parametrize("kind", ["paths", "store"])
def test_only_own_domains_are_in_the_headlines(kind, report_file, tmp_path, capsys):
    """And how many others there are is said."""
    other = report_file.read_text().replace(
        '"policy-domain": "example.com"', '"policy-domain": "b.example"'
    )
    (tmp_path / "other.json").write_text(other)
    paths = [str(report_file), str(tmp_path / "other.json")]
    if kind == "store":
        assert main(["import", *paths, "--store", str(tmp_path / "store")]) == 0
        paths = ["--store", str(tmp_path / "store")]
    assert main(["summary", *paths, "--own-domain", "Example.com"]) == 0
    output = capsys.readouterr()
    assert "sessions of example.com" in output.out
    assert "b.example" not in output.out
    assert "1 domain that is not yours is left out" in output.err
    assert main(["summary", *paths, "--own-domain", "c.example"]) == 1
    assert "no report is about your own domains" in capsys.readouterr().err


def test_quiet_prints_results_only_and_verbose_what_was_done(report_file, capsys):
    """Both beside the results, on standard error."""
    report_file.with_name("torn.json").write_text("{")
    assert main(["summary", str(report_file.parent), "--quiet"]) == 0
    quiet = capsys.readouterr()
    assert quiet.err == ""
    assert main(["-v", "summary", str(report_file.parent)]) == 0
    verbose = capsys.readouterr()
    assert verbose.out == quiet.out
    assert re.search(rf"reading {report_file.parent}: \d+\.\d\d s", verbose.err)
    assert "torn.json" in verbose.err
    assert main(["summary", "no-such-folder", "-q"]) == 1
    assert "no-such-folder" in capsys.readouterr().err


def test_one_unknown_domain_of_two_is_named_and_the_other_shown(report_file, tmp_path, capsys):
    """From reports and from a store."""
    main(["import", str(report_file), "--store", str(tmp_path / "store")])
    for source in ([str(report_file)], ["--store", str(tmp_path / "store")]):
        capsys.readouterr()
        domains = ["--domain", "example.com", "--domain", "exmaple.com"]
        assert main(["summary", *source, *domains]) == 0
        captured = capsys.readouterr()
        assert "example.com" in captured.out
        assert 'did you mean "example.com"?' in captured.err
    assert main(["summary", *source, "--domain", "exmaple.com"]) == 1
    assert 'did you mean "example.com"?' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (["sumary", "mail"], "summary"),
        (["summary", "mail", "--domian", "example.com"], "--domain"),
        (["lab", "--no-brwoser"], "--no-browser"),
    ],
)
def test_a_mistyped_command_or_option_is_answered_with_the_nearest(words, nearest, capsys):
    """With exit code 2, as for any wrong argument."""
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.endswith(f': did you mean "{nearest}"?\n')


def test_lab_makes_no_mistyped_folder(tmp_path, capsys):
    """It names the folder that was probably meant, and makes one only when asked."""
    (tmp_path / "reports").mkdir()
    assert main(["lab", str(tmp_path / "reprots")]) == 1
    assert 'did you mean "reports"?' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


def test_lab_passes_its_options_to_jupyterlab(tmp_path, monkeypatch):
    """Its own ones, and what follows two hyphens."""
    started = []

    def run(command, *, check):
        started.extend(command)
        return subprocess.CompletedProcess(command, 0 if not check else 1)

    monkeypatch.setattr(subprocess, "run", run)
    words = ["--port", "9999", "--ip", "0.0.0.0", "--no-browser", "--allow-root", "--create"]  # noqa: S104 - only passed on
    assert main(["lab", str(tmp_path / "new"), *words, "--", "--debug"]) == 0
    assert started[1:3] == ["-m", "jupyterlab"]
    assert started[-5:] == [
        "--ServerApp.port=9999",
        "--ServerApp.ip=0.0.0.0",
        "--no-browser",
        "--allow-root",
        "--debug",
    ]
    assert (tmp_path / "new" / "01-load-and-look.ipynb").is_file()


def test_a_domain_may_be_written_in_any_case(report_file, capsys):
    """Domain names ignore case."""
    assert main(["summary", str(report_file), "--domain", "Example.COM."]) == 0
    assert "example.com" in capsys.readouterr().out


def test_an_invalid_day_is_refused(report_file, capsys):
    """With the form that is expected."""
    with pytest.raises(SystemExit) as stopped:
        main(["summary", str(report_file), "--since", "yesterday"])
    assert stopped.value.code == 2
    assert "write it as 2026-08-31" in capsys.readouterr().err


def test_terminal_control_characters_are_replaced(report_file, capsys):
    """The name of a domain may be hostile."""
    report_file.write_text(report_file.read_text().replace("example.com", "ex\\u001b[31mample.com"))
    assert main(["summary", str(report_file)]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_report_writes_the_page(report_file, tmp_path, capsys):
    """One file, named at the end."""
    page = tmp_path / "impact.html"
    assert main(["report", str(report_file), "--output", str(page)]) == 0
    assert capsys.readouterr().out.endswith(f"Wrote {page}\n")
    assert "mx2.example.com" in page.read_text()


def test_report_writes_the_charts_as_well(report_file, tmp_path, capsys):
    """Each as PNG and SVG, named by its analysis."""
    page, charts = tmp_path / "impact.html", tmp_path / "charts"
    arguments = ["report", str(report_file), "--output", str(page), "--charts", str(charts)]
    assert main(arguments) == 0
    output = capsys.readouterr().out.splitlines()
    assert output[-2:] == [f"Wrote {page}", f"Wrote {charts}"]
    first = charts / "01-enforce-impact"
    assert first.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert "mx2.example.com" in (charts / "03-failure-share-by-mx.svg").read_text()


def test_report_bears_title_and_author_and_its_python_when_asked(report_file, tmp_path):
    """The Python names no path of this machine."""
    page = tmp_path / "impact.html"
    arguments = ["report", str(report_file), "--output", str(page), "--since", "2026-01-01"]
    assert main([*arguments, "--title", "Mail of <us>", "--author", "A. Person"]) == 0
    plain = page.read_text()
    assert "Mail of &lt;us&gt;" in plain
    assert "A. Person" in plain
    assert "load_reports" not in plain
    assert main([*arguments, "--code"]) == 0
    text = page.read_text()
    assert "tables = tables.select(since=&#39;2026-01-01&#39;)" in text
    assert str(tmp_path) not in text


def test_report_starts_no_kernel_and_loads_no_notebook(report_file, tmp_path):
    """What a page needs is loaded in a fraction of a second."""
    code = (
        "import sys; from tlsrpt_analysis.cli import main;"
        f" main(['report', {str(report_file)!r}, '-o', {str(tmp_path / 'x.html')!r}]);"
        " print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"altair", "IPython", "nbconvert", "nbclient", "vl_convert", "zmq"} & set(
        run.stderr.split()
    )


def test_a_page_per_domain_holds_nothing_about_the_others(report_file, tmp_path, capsys):
    """Even when one report is about all; a domain that cannot be a file name gets another one."""
    report = json.loads(report_file.read_text())
    (policy,) = report["policies"]
    policy["failure-details"][0] |= {
        "receiving-ip": "IP",
        "additional-information": "https://example.com/told",
        "failure-reason-code": "reason-of-example.com",
    }
    domains = ["one.example", "two.example", "three.example", "con", "../<b>x"]
    report["policies"] = [
        json.loads(
            json.dumps(policy).replace("example.com", domain).replace("IP", f"192.0.2.{place}1")
        )
        for place, domain in enumerate(domains, start=1)
    ]
    named = report_file.with_name("three.example.json")
    named.write_text(json.dumps(report))
    folder = tmp_path / "pages"
    arguments = ["report", str(named), "--per-domain", str(folder)]
    arguments += [word for domain in domains for word in ("--domain", domain)]
    assert main([*arguments, "--own-domain", "one.example", "--own-domain", "two.example"]) == 0
    output = capsys.readouterr().out.splitlines()
    assert output[-1] == f"Wrote {folder / 'index.html'}"
    pages = {path.name: path.read_text() for path in folder.iterdir()}
    index = pages.pop("index.html")
    names = [page_name(domain) for domain in domains]
    assert sorted(pages) == sorted(names)
    assert names[:3] == ["one.example.html", "two.example.html", "three.example.html"]
    assert all(f'href="{name}"' in index for name in pages)
    assert "../&lt;b&gt;x" in index
    for place, name in enumerate(names[:3], start=1):
        assert f"mx2.{domains[place - 1]}" in pages[name]
        others = [domain for domain in domains if domain not in {domains[place - 1], "con"}]
        for other in [*others, "\\u003cb", "192.0.2.41", "reason-of-con"]:
            assert other not in pages[name]


def test_pages_per_domain_are_pages_only(report_file, tmp_path, capsys):
    """Pictures and a PDF are of one page."""
    arguments = ["report", str(report_file), "--per-domain", str(tmp_path), "--charts", "x"]
    assert main(arguments) == 2
    assert "leave out --pdf and --charts" in capsys.readouterr().err


def test_import_fills_a_store_that_summary_opens(report_file, tmp_path, capsys):
    """The second import reads nothing."""
    store = str(tmp_path / "store")
    assert main(["import", str(report_file), "--store", store]) == 0
    assert main(["import", str(report_file), "--store", store]) == 0
    output = capsys.readouterr().out.splitlines()
    assert output[0] == "1 file read, 0 known before"
    assert output[2] == "0 files read, 1 known before"
    assert main(["summary", "--store", store]) == 0
    assert "[not ready] Enforce mode would refuse" in capsys.readouterr().out


def test_summary_takes_paths_or_a_store(tmp_path, capsys):
    """Neither is an error that says so, and so is a folder that is not a store."""
    assert main(["summary"]) == 2
    assert main(["summary", "--store", str(tmp_path)]) == 1
    output = capsys.readouterr().err
    assert "give either the paths of reports, or a store" in output
    assert "is not a store of reports" in output


def test_reports_are_authenticated_when_asked_for(tmp_path, capsys):
    """With saved keys; what fails is reported, and counts only if asked for."""
    keys_file = tmp_path / "keys.json"
    keys_file.write_text(json.dumps(dict(keys())))
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "true.eml").write_bytes(SIGNED)
    forged = mailed(report_document(report_id="2", contact_info="a@evil.example"))
    (mails / "forged.eml").write_bytes(forged)
    arguments = ["summary", str(mails), "--dkim-keys", str(keys_file), "--own-domain", "a.example"]
    arguments += ["--domain", "example.com"]

    assert main(arguments) == 0
    strict = capsys.readouterr().out
    assert main([*arguments, "--include-failed"]) == 0
    lax = capsys.readouterr().out

    line = "Authenticity: 1 verified, 0 failed, 1 unsigned, 0 unknown (1 left out of the analyses)"
    assert line in strict
    assert main(["summary", str(mails / "true.eml")]) == 0
    assert "Authenticity: no report was authenticated\n" in capsys.readouterr().out
    assert "(0 left out of the analyses)" in lax


def test_verify_and_compact_keep_a_store_in_order(report_file, tmp_path, capsys):
    """They report what is wrong, and create no store for a misspelt name."""
    store = tmp_path / "store"
    assert main(["import", str(report_file), "--store", str(store)]) == 0
    assert main(["compact", str(store)]) == main(["verify", str(store)]) == 0
    assert "The store is intact." in capsys.readouterr().out
    damaged = next(store.glob("policies-*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert main(["verify", str(store)]) == 1
    assert f"{damaged.name} is not as it was written" in capsys.readouterr().out
    for command in ("verify", "compact"):
        assert main([command, str(tmp_path / "stroe")]) == 1
        assert "is not a store of reports" in capsys.readouterr().err
    assert not (tmp_path / "stroe").exists()


@pytest.mark.parametrize("command", ["summary", "report"])
def test_a_store_refuses_options_that_only_apply_to_reading(command, tmp_path, capsys):
    """They would be ignored, and the user would not know."""
    options = ["--authenticate", "--trust-server", "mx.example.com"]
    assert main([command, "--store", str(tmp_path), *options]) == 2
    output = capsys.readouterr().err
    assert "--authenticate, --trust-server: the reports in a store were authenticated" in output
    assert "pass this to `tlsrpt-analysis import`" in output


def test_a_store_keeps_the_keys_of_its_reports(tmp_path, capsys):
    """Keys in the store are not queried again."""
    store = tmp_path / "store"
    forged = tmp_path / "forged.eml"
    forged.write_bytes(SIGNED.replace(b"aggregate", b"changed"))
    (tmp_path / "true.eml").write_bytes(SIGNED)
    (tmp_path / "bare.json").write_bytes(report_document(report_id="bare"))
    assert main(["import", str(tmp_path / "bare.json"), "--store", str(store)]) == 0
    (store / "dkim-keys.json").write_text(json.dumps(dict(keys())))

    mails = str(tmp_path / "*.eml")
    assert main(["import", mails, "--store", str(store), "--authenticate"]) == 0
    assert main(["summary", "--store", str(store)]) == 0
    line = "1 verified, 1 failed, 0 unsigned, 1 unknown (1 left out of the analyses)"
    assert line in capsys.readouterr().out


def test_a_reader_that_leaves_ends_a_command_quietly(report_file):
    """`| head` does so; a traceback would hide the output."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "tlsrpt_analysis.cli", "summary", str(report_file)]
    ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_redact_prints_a_report_without_its_names(report_file, tmp_path, capsys):
    """On the terminal, or into a file."""
    assert main(["redact", str(report_file)]) == 0
    printed = capsys.readouterr().out
    assert "name1.example" in printed
    assert "example.com" not in printed
    output = tmp_path / "redacted.json"
    assert main(["redact", str(report_file), "--output", str(output)]) == 0
    assert output.read_text() == printed
    assert main(["summary", str(output)]) == 0


def test_the_version_is_printed_by_the_command_and_by_the_module():
    """As bug reports ask for it."""
    for module in ("tlsrpt_analysis", "tlsrpt_analysis.cli"):
        words = [sys.executable, "-m", module, "--version"]
        printed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        assert printed == f"tlsrpt-analysis {tlsrpt_analysis.__version__}\n"


def test_commands_and_options_complete_in_a_shell(capsys):
    """By a script that bash reads."""
    with pytest.raises(SystemExit):
        main(["--print-completion", "bash"])
    script = capsys.readouterr().out
    asked = (
        "COMP_WORDS=(tlsrpt-analysis report --per) COMP_CWORD=2\n"
        "_shtab_tlsrpt_analysis_cli tlsrpt-analysis --per report 2>/dev/null\n"
        'echo "${COMPREPLY[@]}"'
    )
    function = re.search(r"complete .*-F (\w+) tlsrpt-analysis", script)[1]
    asked = asked.replace("_shtab_tlsrpt_analysis_cli", function)
    words = ["bash", "-c", f"{script}\n{asked}"]
    printed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["--per-domain"]


def test_fleet_prints_the_worst_domains_and_writes_all(report_file, tmp_path, capsys):
    """To each kind of file."""
    store = tmp_path / "store"
    assert main(["import", str(report_file), "--store", str(store)]) == 0
    capsys.readouterr()
    for ending in ("csv", "json", "parquet", "html"):
        output = tmp_path / f"domains.{ending}"
        assert main(["fleet", "--store", str(store), "--output", str(output)]) == 0
        assert b"example.com" in output.read_bytes()
    printed = capsys.readouterr().out
    assert printed.count("1 domain: 1 not ready\n") == 4
    assert main(["fleet", "--store", str(store)]) == 0
    assert "Wrote" not in capsys.readouterr().out
    assert "example.com: [not ready] 30.0 % refused today" in printed
    assert "\n0 analysed now" in printed
    assert main(["fleet", "--store", str(store), "--output", "domains.xls"]) == 2
    assert "name a file that ends in .html, .csv, .json, .parquet" in capsys.readouterr().err


def test_fleet_counts_domains_and_not_hosts_with_dane_results(report_file, tmp_path, capsys):
    """As the page does."""
    document = json.loads(report_file.read_bytes())
    dane = json.loads(json.dumps(document["policies"][0]))
    host = dane["failure-details"][0]["receiving-mx-hostname"]
    dane["policy"] |= {"policy-type": "tlsa", "policy-string": [], "policy-domain": host}
    dane["failure-details"][0]["result-type"] = "tlsa-invalid"
    document["policies"].append(dane)
    report_file.write_text(json.dumps(document))
    store = tmp_path / "store"
    assert main(["import", str(report_file), "--store", str(store)]) == 0
    capsys.readouterr()
    assert main(["fleet", "--store", str(store)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("1 domain: 1 not ready\n1 other name is of")
    assert "\n2 analysed now" in printed


def test_summary_prints_json_as_its_schema_describes(report_file, capsys):
    """So that scripts can rely on it."""
    assert main(["summary", str(report_file), "--format", "json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    schema = json.loads((ROOT / "docs" / "schemas" / "summary.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(printed, schema, jsonschema.Draft202012Validator)
    assert printed["balance"]["reports"] == 1
    assert printed["domains"][0]["today_would_block_share"] == 0.3
    columns = schema["properties"]["domains"]["items"]["properties"]
    assert sorted(printed["domains"][0]) == sorted(columns)


def test_summary_prints_csv_and_markdown(report_file, capsys):
    """One row for each domain."""
    assert main(["summary", str(report_file), "--format", "csv"]) == 0
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert (row["policy_domain"], row["verdict"]) == ("example.com", "not ready")
    assert main(["summary", str(report_file), "--format", "markdown"]) == 0
    assert "| example.com | not ready | Enforce mode would refuse" in capsys.readouterr().out


def test_rejected_inputs_are_named_and_counted(report_file, tmp_path, capsys):
    """Five on standard error, and all in a file."""
    for number in range(7):
        (tmp_path / f"bad{number}.json").write_text('{"organization-name": ')
    problems = tmp_path / "problems.csv"
    words = ["summary", str(report_file), *map(str, tmp_path.glob("bad*.json"))]
    assert main([*words, "--problems", str(problems)]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert sum("bad" in line and "JSON" in line for line in lines) == 5
    assert lines[-1].startswith("tlsrpt-analysis: rejected: 2 more: see ")
    assert problems.read_text().count('"rejected"') == 7
    assert main(words) == 0
    assert "2 more: --problems FILE names them" in capsys.readouterr().err


def test_a_plan_is_not_written_to_a_file_of_an_unknown_kind(report_file, tmp_path, capsys):
    """It would be text under another name."""
    output = tmp_path / "plan.pdf"
    assert main(["plan", str(report_file), "--output", str(output)]) == 2
    assert "name a file that ends in .txt, .md, .csv, .json, .ics" in capsys.readouterr().err
    assert not output.exists()
