"""Cures and commands of the cause catalogue, taken apart into prose and lines to copy."""

import re
from collections.abc import Callable, Iterator

from tlsrpt_analysis.views.page.page_model import Block

SOFTWARE = "Postfix|Exim|Exchange|DNS|BIND|nginx|Apache|Caddy|certbot|Knot|NSD|PowerShell"
LABELLED = re.compile(rf"({SOFTWARE}): (.+)")
HEADED = re.compile(rf"({SOFTWARE})(?: \((.+)\))?:")
"""The line above the settings of a server, which are indented."""

INDENT = "    "
NEXT_LABEL = re.compile(rf"\. (?=(?:{SOFTWARE}): )")
"""Where one line holds the commands of several programs."""

POLICY_START, RECORD = "version: STSv1", "_mta-sts."
POLICY_FILE = "mta-sts.txt"
POLICY_RECORD = "TXT record"
REMARK = " # "


def cure_blocks(cure: str) -> tuple[Block, ...]:
    r"""Return a cure as prose and lines to copy, a policy file or the settings of a server as one.

    Examples
    --------
    >>> [block.label for block in cure_blocks("Reload it.\nPostfix: postfix reload. Exim: kill -HUP 1")]
    ['', 'Postfix', 'Exim']
    >>> cure_blocks("List it.\nversion: STSv1\nmode: testing\nmax_age: 86400")[1].label
    'mta-sts.txt'
    >>> cure_blocks("Postfix (the key first):\n    smtpd_tls_chain_files = a, b")
    (Block(text='smtpd_tls_chain_files = a, b', label='Postfix', note='the key first', is_code=True),)
    """
    lines = cure.replace("\r", "").split("\n")
    blocks: list[Block] = []
    while lines:
        found, lines = _next_blocks(lines)
        blocks += found
    return tuple(blocks)


def _next_blocks(lines: list[str]) -> tuple[list[Block], list[str]]:
    """Return the blocks at the beginning of some lines, and the lines after them."""
    if lines[0].startswith(POLICY_START):
        file, rest = _while(lines, lambda line: not line.startswith(RECORD))
        return [Block("\n".join(file), POLICY_FILE, is_code=True)], rest
    heading = HEADED.fullmatch(lines[0])
    if heading:
        settings, rest = _while(lines[1:], lambda line: line.startswith(INDENT))
        text = "\n".join(line.removeprefix(INDENT) for line in settings)
        return [Block(text, heading[1], heading[2] or "", is_code=True)], rest
    return list(_line(lines[0])), lines[1:]


def _while(lines: list[str], is_part: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    size = next((at for at, line in enumerate(lines) if not is_part(line)), len(lines))
    return lines[:size], lines[size:]


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
