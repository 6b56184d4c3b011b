"""Tokens that a command prints, within bounds, and never in an error."""

import time

import pytest

from tlsrpt_analysis.errors import SourceError
from tlsrpt_analysis.intake.sources.oauth import tokens
from tlsrpt_analysis.intake.sources.oauth.tokens import CommandTokens, VariableTokens


def test_the_first_line_is_the_token() -> None:
    """What follows is for people; the command is run once until the token is refused."""
    found = CommandTokens("printf 'ya29.a-token\\nvalid for an hour\\n'")

    assert found.token() == "ya29.a-token"
    assert found.renewed()
    assert repr(found) == "CommandTokens()"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("", "cannot be run (IndexError)"),
        ("echo 'secret", "cannot be run (ValueError)"),
        ("no-such-command secret", "cannot be run (No such file or directory)"),
        ("false secret", "failed with exit code 1"),
        ("true secret", "printed nothing"),
        ("yes secret", "printed more than 16,384 bytes"),
        ("echo secret of two words", "is not an OAuth 2 token"),
        ("printf 'secret\\001auth=x'", "is not an OAuth 2 token"),
        ("printf 'secret\\377'", "is not an OAuth 2 token"),
    ],
)
def test_a_command_that_prints_no_token_is_said(command: str, why: str) -> None:
    """Without its words and what it printed, which may be secret."""
    with pytest.raises(SourceError) as raised:
        CommandTokens(command).token()
    assert why in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("command", ["sleep 30", "sh -c 'sleep 30; echo late'"])
def test_a_command_that_hangs_is_ended(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if it has started another one, which holds its output open."""
    monkeypatch.setattr(tokens, "COMMAND_SECONDS", 0.2)
    began = time.monotonic()
    with pytest.raises(SourceError, match="took more than"):
        CommandTokens(command).token()
    assert time.monotonic() - began < 5


def test_a_command_gets_nothing_of_what_is_piped_in() -> None:
    """As in `import -`."""
    with pytest.raises(SourceError, match="printed nothing"):
        CommandTokens("cat").token()


def test_a_variable_is_not_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would set it."""
    monkeypatch.setenv("TOKEN", " one \n")
    found = VariableTokens("TOKEN")

    assert found.token() == "one"
    assert not found.renewed()
    monkeypatch.setenv("TOKEN", "o n e")
    with pytest.raises(SourceError, match="what TOKEN holds is not"):
        VariableTokens("TOKEN").token()
