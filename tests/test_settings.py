"""Settings: a file and the environment say what the command line does not."""

import json
import os
from pathlib import Path

import pytest

from tlsrpt_analysis.cli import _parser, main
from tlsrpt_analysis.cli.arguments import read_arguments
from tlsrpt_analysis.cli.options import ONE_COMMAND_ONLY, commands_of, options_of
from tlsrpt_analysis.cli.settings import FILE_NAME, RUNS_A_PROGRAM, variables_of
from tlsrpt_analysis.errors import UsageError

SAMPLE = Path(__file__).parents[1] / "sample_reports" / "google" / "7ae392567f2e001fc514.eml"
TEXTS = ("2026-08-31", "7", "192.0.2.1", "192.0.2.1:25=192.0.2.2:25", "a text")
OTHERS = ("2026-09-01", "8", "192.0.2.9", "192.0.2.9:25=192.0.2.2:25", "another text")
COMMANDS = commands_of(_parser())
OPTIONS = [
    option for name, command in COMMANDS.items() for option in options_of(name, command).values()
]
NAMES = [f"{option.command}-{option.name}" for option in OPTIONS]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Stand in an empty folder, where no user has settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in list(os.environ):
        if name.startswith("TLSRPT_ANALYSIS_"):
            monkeypatch.delenv(name)


def text_for(option, texts=TEXTS):
    """Return a text that an option takes."""
    if option.is_switch:
        return ""
    if option.action.choices:
        return list(option.action.choices)[0 if texts is TEXTS else -1]
    for text in texts:
        try:
            option.value_of(text)
        except UsageError:
            continue
        return text
    raise AssertionError(option.name)


def words_for(option, text):
    """Return the words that give an option."""
    value = [] if option.is_switch else [text]
    return [f"--{option.name}", *value] if option.action.option_strings else value


def demanded(option):
    """Return the words without which the command of an option does not run, but for this option."""
    words = []
    for action in COMMANDS[option.command]._actions:
        is_demanded = action.required and action.nargs != "*"
        if is_demanded and action.dest != option.action.dest:
            words += [*action.option_strings[-1:], "there"]
    return words


def value(option, *words, **environment):
    """Return what a command gets for an option."""
    given = read_arguments(_parser(), [option.command, *demanded(option), *words], environment)
    return getattr(given, option.action.dest)


def write(text):
    """Write the settings of the current folder."""
    Path(FILE_NAME).write_text(text)


def setting(option, text):
    """Return a line for an option in a file."""
    return f"{option.name} = {'true' if option.is_switch else json.dumps(text)}\n"


@pytest.mark.parametrize("option", OPTIONS, ids=NAMES)
def test_each_option_of_each_command_is_set_by_file_and_environment(option):
    """As if it had been typed, and a typed one wins over both."""
    text, other = text_for(option), text_for(option, OTHERS)
    expected = value(option, *words_for(option, text))
    expected_other = False if option.is_switch else value(option, *words_for(option, other))
    named = ["--config", FILE_NAME] if option.name.endswith(RUNS_A_PROGRAM) else []
    write(f"[{option.command}]\n" + setting(option, text))
    assert value(option, *named) == expected
    for variable in variables_of(option):
        assert (
            value(option, *named, **{variable: "no" if option.is_switch else other})
            == expected_other
        )
    variables = dict.fromkeys(variables_of(option), "yes" if option.is_switch else text)
    opposite = option.name.removeprefix("no-") if "no-" in option.name else f"no-{option.name}"
    words = [f"--{opposite}"] if option.is_switch else words_for(option, other)
    assert value(option, *named, *words, **variables) == expected_other
    if option.name not in ONE_COMMAND_ONLY:
        write(setting(option, text))
        assert value(option, *named) == expected
    if named:
        with pytest.raises(UsageError, match="may not: write it into your own file"):
            value(option)


def test_variables_of_two_options_never_have_one_name():
    """A command's own variable could be the general one of another option."""
    general = {variables_of(option)[0]: option.name for option in OPTIONS}
    for option in OPTIONS:
        for variable in variables_of(option):
            assert general.get(variable, option.name) == option.name


def test_a_table_wins_over_what_is_for_all_commands():
    """And the environment over both."""
    write('title = "All"\n[report]\ntitle = "Report"\n')
    option = next(each for each in OPTIONS if (each.command, each.name) == ("report", "title"))
    assert value(option) == "Report"
    assert value(option, TLSRPT_ANALYSIS_TITLE="Everywhere") == "Everywhere"
    both = {"TLSRPT_ANALYSIS_TITLE": "Everywhere", "TLSRPT_ANALYSIS_REPORT_TITLE": "Here"}
    assert value(option, **both) == "Here"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('stroe = "a"', 'stroe is no option of any command: did you mean "store"?'),
        ("[reprot]", 'there is no command [reprot]: did you mean "report"?'),
        ('[report]\ntilte = "a"', 'report.tilte is no option of report: did you mean "title"?'),
        ("store = 5", "store: must be a text"),
        ("store = [1]", "store: must be a text"),
        ("own-domain = [1]", "own-domain: must be a text or a list of texts"),
        ("authenticate = 1", "authenticate: must be true or false"),
        ('[fleet]\nworkers = "many"', 'fleet.workers: "many" is not a number'),
        ('since = "soon"', "since: 'soon' is not a day: write it as 2026-08-31"),
        ('[summary]\nformat = "jsno"', 'not "jsno": did you mean "json"?'),
        ('output = "a.html"', "output means something else in each command"),
        ('imap-password = "hunter2"', "imap-password: secrets do not belong in this file"),
        ("store = ", "is no TOML"),
        (f"workers = 1{'0' * 5_000}", "is no TOML: Exceeds the limit"),
        (f"store = {'[' * 5_000}", "is no TOML: maximum recursion depth exceeded"),
    ],
)
def test_a_wrong_file_is_one_plain_error(text, message, capsys):
    """With the file and the key, whatever the command."""
    write(text)
    assert main(["compact", "there"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tlsrpt-analysis: {FILE_NAME}: ")
    assert message in line
    assert "hunter2" not in line


def test_help_comes_also_with_a_wrong_file(capsys):
    """It says how to do it right."""
    write("stroe")
    with pytest.raises(SystemExit):
        main(["summary", "--help"])
    assert "--store" in capsys.readouterr().out


def test_a_day_and_a_number_may_be_written_as_such():
    """TOML has both."""
    write("since = 2026-08-01\n[probe]\ntimeout = 12.5\n")
    given = {(each.command, each.name): each for each in OPTIONS}
    assert value(given["summary", "since"]) == "2026-08-01"
    assert value(given["probe", "timeout"]) == 12.5


def test_several_values_in_a_variable_are_separated_by_commas():
    """Or written as in TOML, where one holds a comma."""
    option = next(each for each in OPTIONS if (each.command, each.name) == ("summary", "sources"))
    assert value(option, TLSRPT_ANALYSIS_SOURCES="a, ~/b") == ["a", str(Path("~/b").expanduser())]
    assert value(option, TLSRPT_ANALYSIS_SOURCES='["a,b"]') == ["a,b"]
    for wrong in ("[a", "[" * 5_000, f"[1{'0' * 5_000}]"):
        with pytest.raises(UsageError, match="TLSRPT_ANALYSIS_SOURCES: is no list"):
            value(option, TLSRPT_ANALYSIS_SOURCES=wrong)


def test_the_file_is_named_or_here_or_the_users(tmp_path, capsys):
    """In this order."""
    users = tmp_path / "config" / "tlsrpt-analysis" / FILE_NAME
    users.parent.mkdir(parents=True)
    users.write_text('title = "user"')
    named = tmp_path / "other.toml"
    named.write_text('title = "named"')
    option = next(each for each in OPTIONS if (each.command, each.name) == ("report", "title"))
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert value(option, **environment) == "user"
    assert value(option, HOME=str(tmp_path)) == ""
    write('title = "here"')
    assert value(option, **environment) == "here"
    assert value(option, "--config", str(named), **environment) == "named"
    assert value(option, TLSRPT_ANALYSIS_CONFIG=str(named), **environment) == "named"
    assert main(["--config", "none.toml", "settings"]) == 2
    assert "none.toml: cannot be read" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner here")
def test_a_file_here_that_others_may_write_is_refused(capsys):
    """They would decide which files are read and written."""
    write('store = "there"')
    Path(FILE_NAME).chmod(0o666)
    assert main(["summary"]) == 2
    assert f"name it with --config {FILE_NAME}" in capsys.readouterr().err
    assert main(["--config", FILE_NAME, "summary"]) == 1
    assert "there" in capsys.readouterr().err


def test_typed_paths_win_over_a_store_in_a_file():
    """They are alternatives; where both are settings, the store is what a summary opens."""
    write('store = "reports.store"\nsources = ["mail"]\n')
    summary = read_arguments(_parser(), ["summary", "here"], {})
    assert (summary.paths, summary.store) == (["here"], None)
    assert "paths" in summary.typed
    summary = read_arguments(_parser(), ["summary"], {})
    assert (summary.paths, summary.store) == ([], "reports.store")
    summary = read_arguments(_parser(), ["summary"], {"TLSRPT_ANALYSIS_SOURCES": "mail"})
    assert (summary.paths, summary.store) == (["mail"], None)
    import_ = read_arguments(_parser(), ["import"], {})
    assert (import_.paths, import_.store) == (["mail"], "reports.store")


def test_a_store_of_the_settings_says_nothing_about_another_domain(capsys):
    """A probe of it goes on; one whose store was typed does not."""
    assert main(["import", str(SAMPLE), "--store", "reports.store"]) == 0
    write('store = "reports.store"\n[probe]\nnameserver = "127.0.0.1"\nnameserver-port = 9\n')
    assert main(["probe", "nobody.example", "--timeout", "1"]) in {1, 3}
    output = capsys.readouterr()
    assert "no report is about" in output.err
    assert "nobody.example" in output.out
    assert main(["probe", "nobody.example", "--store", "reports.store"]) == 1
    assert "nobody.example" not in capsys.readouterr().out


def test_settings_prints_values_and_where_they_come_from(monkeypatch, capsys):
    """Also of one command with all that has its default."""
    write('store = "reports.store"\n[probe]\nhelo = "mail.example.com"\n')
    monkeypatch.setenv("TLSRPT_ANALYSIS_OWN_DOMAIN", "example.com")
    assert main(["settings"]) == 0
    printed = capsys.readouterr().out
    assert f"Settings file: {FILE_NAME}" in printed
    assert f'helo = "mail.example.com"  ({FILE_NAME}; probe)' in printed
    assert 'own-domain = ["example.com"]  (TLSRPT_ANALYSIS_OWN_DOMAIN; ' in printed
    assert main(["settings", "probe"]) == 0
    printed = capsys.readouterr().out
    assert "timeout = 180.0  (default; TLSRPT_ANALYSIS_TIMEOUT)" in printed
    assert main(["settings", "prob"]) == 2
    assert 'did you mean "probe"?' in capsys.readouterr().err


def test_a_variable_that_is_no_setting_is_named(monkeypatch, capsys):
    """It may be a typing error, or for another version."""
    monkeypatch.setenv("TLSRPT_ANALYSIS_STROE", "a")
    assert main(["settings"]) == 0
    message = 'TLSRPT_ANALYSIS_STROE is no setting: did you mean "TLSRPT_ANALYSIS_STORE"?'
    assert message in capsys.readouterr().err
    assert main(["--quiet", "settings"]) == 0
    assert capsys.readouterr().err == ""


def test_a_mail_is_kept_when_settings_are_wrong():
    """The mail server tries again, after they are put right."""
    write("stroe = 1")
    assert main(["import", "-", "--store", "reports.store"]) == 75
