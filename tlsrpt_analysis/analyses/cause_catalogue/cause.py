"""What a cause of failures is: its record, its family, and the names filled into its commands."""

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum

from tlsrpt_analysis.analyses.cause_catalogue.settings import Setting
from tlsrpt_analysis.standards.result_types import ResultType

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")


class Family(StrEnum):
    """Who has to fix a cause: the owner of the policy, of the certificates, of the DNS, and so on."""

    POLICY = "policy text"
    POLICY_HOST = "policy web server"
    CERTIFICATE = "certificate"
    ENCRYPTION = "encryption offered"
    HOSTS = "name or address of an MX"
    DNS = "DANE and DNSSEC"
    SENDER = "sender or reporting"
    UNEXPLAINED = "not explained"


class Responsible(StrEnum):
    """Whose fault a cause is."""

    YOU = "you"
    PROVIDER = "your provider"
    SENDER = "the sender"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """Words of a failure reason code that point to a cause.

    Attributes
    ----------
    pattern : str
        A regular expression, searched for in the reason code as `reasons.folded` returns it.
    rank : int
        Where the words of several causes are found, the lowest rank decides.
    """

    pattern: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cause:
    """A cause of failures.

    Attributes
    ----------
    code : str
        Its short name, used wherever a cause is named.
    title : str
        The cause in one sentence.
    family : Family
        Who has to fix it.
    step : str
        The cure in few words, with ``{domain}`` and ``{host}``, for a list of steps.
    fix : str
        The kind of the step that `EnforceImpact.fixes` has for it (`fix_kinds`); none where nothing
        is refused by it, or where the result type decides.
    checks : tuple of str
        The checks of a probe that decide it: any that failed confirms it, all that passed
        refute it.
    confirm : str
        The command to run, with ``{domain}`` and ``{host}``.
    cure : str
        What to do, with ``{domain}`` and ``{host}``; upper case stands for what only the reader
        knows.
    settings : tuple of Setting
        The lines of the configuration of mail and web servers.
    failure_codes : tuple of str
        The codes of failed checks that confirm it; every code if there are none.
    sign_codes : tuple of str
        The codes that confirm it whatever the outcome of the check is.
    is_refutable : bool
        Whether checks that pass refute it; not where it depends on the sender or on the time.
    reasons : tuple of ReasonWords
        The words of the reason codes of a ``validation-failure`` that point to it.
    is_certain_by_reason : bool
        Whether these words say enough by themselves, under DANE as under MTA-STS.
    when_selective : Cause or None
        The cause that its reason words point to where only some senders fail; itself if none.
    selective_types : tuple of ResultType
        The result types that point to it where only some senders report them.
    fact : str
        The title once a probe has confirmed it, for a title that only supposes.
    instead : str
        What to look at next where a probe refutes it.
    responsible : Responsible
        Whose fault it is; what is yours at a host of your mail provider is the provider's.
    comes_back : bool
        Whether clean days do not show that it is over.
    """

    code: str
    title: str
    family: Family
    checks: tuple[str, ...]
    confirm: str
    cure: str
    step: str
    settings: tuple[Setting, ...] = ()
    fix: str = ""
    failure_codes: tuple[str, ...] = ()
    sign_codes: tuple[str, ...] = ()
    is_refutable: bool = True
    reasons: tuple[ReasonWords, ...] = ()
    is_certain_by_reason: bool = False
    when_selective: "Cause | None" = None
    selective_types: tuple[ResultType, ...] = ()
    fact: str = ""
    instead: str = ""
    responsible: Responsible = Responsible.YOU
    comes_back: bool = False

    def is_confirmed_by(self, failure_code: str) -> bool:
        """Whether a failed check with this finding code confirms the cause."""
        return not (self.failure_codes and failure_code) or failure_code in self.failure_codes

    @property
    def whole_cure(self) -> str:
        """Return the cure with the settings of each server below it."""
        return "\n".join([self.cure, *map(str, self.settings)])

    def confirm_for(self, domain: str | None, host: str | None) -> str:
        """Return the command with the real names."""
        return filled(self.confirm, domain, host)

    def step_for(self, domain: str, host: str) -> str:
        """Return the cure in few words; `host` is a name, or words for one that is not known."""
        return self.step.replace("{host}", host).replace("{domain}", safe_name(domain) or "DOMAIN")


def filled(template: str, domain: str | None, host: str | None) -> str:
    """Return a template with names filled in; a name that is no host name stays a placeholder.

    The names come from reports, which anyone can write, and the commands go into a shell.

    Examples
    --------
    >>> filled("dig +short {host} A", None, "mx1.example.com")
    'dig +short mx1.example.com A'
    >>> filled("dig +short MX {domain}", "$(reboot)", None)
    'dig +short MX DOMAIN'
    """
    names = {"{host}": safe_name(host) or "MX-HOST", "{domain}": safe_name(domain) or "DOMAIN"}
    for placeholder, name in names.items():
        template = template.replace(placeholder, shlex.quote(name))
    return template


def safe_name(name: str | None) -> str:
    """Return a host name as it is, and an empty text for anything else."""
    return name if isinstance(name, str) and _HOST.fullmatch(name) else ""
