"""Cures and commands of the cause catalogue, taken apart into prose and lines to copy."""

import re
from collections.abc import Iterator

from tlsrpt_analysis.views.page.page_model import Block

SOFTWARE = "Postfix|Exim|Exchange|DNS|BIND|nginx|Apache|Caddy|certbot|Knot|NSD|PowerShell"
LABELLED = re.compile(rf"({SOFTWARE}): (.+)")
NEXT_LABEL = re.compile(rf"\. (?=(?:{SOFTWARE}): )")
"""Where one line holds the commands of several programs."""

POLICY_START, RECORD = "version: STSv1", "_mta-sts."
POLICY_FILE = "mta-sts.txt"
POLICY_RECORD = "TXT record"
REMARK = " # "


def cure_blocks(cure: str) -> tuple[Block, ...]:
    r"""Return a cure as prose and lines to copy, the policy file as one block.

    Examples
    --------
    >>> [block.label for block in cure_blocks("Reload it.\nPostfix: postfix reload. Exim: kill -HUP 1")]
    ['', 'Postfix', 'Exim']
    >>> cure_blocks("List it.\nversion: STSv1\nmode: testing\nmax_age: 86400")[1].label
    'mta-sts.txt'
    """
    return tuple(_blocks(cure.replace("\r", "").split("\n")))


def _blocks(lines: list[str]) -> Iterator[Block]:
    policy: list[str] = []
    for line in lines:
        if line.startswith(POLICY_START) or (policy and not line.startswith(RECORD)):
            policy.append(line)
            continue
        if policy:
            yield Block("\n".join(policy), POLICY_FILE, is_code=True)
            policy = []
        yield from _line(line)
    if policy:
        yield Block("\n".join(policy), POLICY_FILE, is_code=True)


def _line(line: str) -> Iterator[Block]:
    if line.startswith(RECORD):
        yield Block(line, POLICY_RECORD, is_code=True)
        return
    for part in NEXT_LABEL.split(line):
        found = LABELLED.fullmatch(part)
        if found:
            yield Block(found[2], found[1], is_code=True)
        elif part:
            yield Block(part)


def command_blocks(command: str) -> tuple[Block, ...]:
    """Return a command as lines to copy, and what to look for in its output as prose.

    Examples
    --------
    >>> [block.text for block in command_blocks("dig MX example.com # all of them")]
    ['dig MX example.com', 'all of them']
    """
    text, _, remark = command.partition(REMARK)
    blocks = (Block(text, is_code=True),) if text else ()
    return (*blocks, Block(remark)) if remark else blocks
