"""Answers of servers with bytes changed; ``python tests/mutated_answers.py`` reads many.

Signed mails, fields of trusted servers, certificates, records in DNS, policies, the structures that
an IMAP server describes, lists of mails, tokens and refusals of them, and answers over HTTPS to a
probe and to a source: whatever they hold, nothing is raised but the error that is announced.
"""

import argparse
import contextlib
import random
import resource
import sys
import time
from collections.abc import Callable

import dns.exception
import dns.message
from imapclient.exceptions import IMAPClientError
from imapclient.response_parser import parse_fetch_response
from mutated_inputs import mutated
from support.served_answers import SERVED, read_file, read_policy
from support.signed_mails import SIGNED, keys
from support.wrappings import REPORT

from tlsrpt_analysis.errors import TlsrptError
from tlsrpt_analysis.intake.authenticity.verdict import authenticate
from tlsrpt_analysis.intake.authenticity.wanted import Authentication
from tlsrpt_analysis.intake.sources.graph_folders import page_of
from tlsrpt_analysis.intake.sources.imap_connection import ODD_ANSWERS
from tlsrpt_analysis.intake.sources.imap_structure import may_start_report, text_sections
from tlsrpt_analysis.intake.sources.imap_tokens import reason_of
from tlsrpt_analysis.intake.sources.oauth.grants import grant_of, json_object
from tlsrpt_analysis.probes.certificate_rules import read_certificate
from tlsrpt_analysis.probes.roots import read_pem, root_store
from tlsrpt_analysis.standards.authentication_results import read_authentication_results
from tlsrpt_analysis.standards.mta_sts import parse_policy, read_policy_id
from tlsrpt_analysis.standards.report import parse_report
from tlsrpt_analysis.standards.tlsrpt_record import read_tlsrpt_record

SLOWEST_SECONDS = 2

_REPORT = parse_report(REPORT).report
_BY_KEYS = Authentication(keys=keys())
_BY_SERVER = Authentication(trusted_servers=("mx.example.com",))
_RESULTS = b'mx.example.com 1; dkim=pass (ok) header.d=a.example reason="x y"; spf=none'
_RECORD = b"v=STSv1; id=20260831T010101; x=y"
_TLSRPT = b"v=TLSRPTv1; rua=mailto:a@example.com,https://example.com/"
_POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: *.example.com\r\nmax_age: 86400\r\n"
_STRUCTURE = (
    b'1 (UID 1 BODYSTRUCTURE (("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 9 1)("APPLICATION"'
    b' "TLSRPT+GZIP" ("NAME" "a.gz") NIL NIL "BASE64" 400) "REPORT" ("BOUNDARY" "x") NIL NIL))'
)
_PAGE = (
    b'{"value": [{"id": "AAMkAD=", "receivedDateTime": "2026-08-01T06:00:00Z"}, {"id": "AAMkAE=",'
    b' "@removed": {"reason": "deleted"}}], "@odata.nextLink": "https://graph.example.com/x?y=z"}'
)
_GRANT = b'{"access_token": "a-token", "refresh_token": "another", "expires_in": 3600}'
_REFUSAL = b'{"error": "invalid_grant", "error_description": "AADSTS65001: no consent"}'
_CHALLENGE = b'{"status": "invalid_token", "scope": "https://mail.example.com/"}'
_DNS = dns.message.from_text(
    "id 1\nopcode QUERY\nrcode NOERROR\nflags QR RD RA\n;QUESTION\nexample.com. IN MX\n;ANSWER\n"
    "example.com. 300 IN MX 10 mx.example.com.\nexample.com. 300 IN CNAME other.example.\n"
).to_wire()


def _signature(content: bytes) -> None:
    for how in (_BY_KEYS, _BY_SERVER):
        authenticate(content, _REPORT, how)


def _text(read: Callable[[str], object]) -> Callable[[bytes], None]:
    def work(content: bytes) -> None:
        with contextlib.suppress(TlsrptError):
            read(content.decode("utf-8", "replace"))

    return work


def _structure(content: bytes) -> None:
    with contextlib.suppress(IMAPClientError, *ODD_ANSWERS):
        for data in parse_fetch_response([content]).values():
            text_sections(data.get(b"BODYSTRUCTURE"))
    may_start_report(content, "base64")


def _page(content: bytes) -> None:
    with contextlib.suppress(TlsrptError):
        page_of(json_object(content, "graph.example.com"))


def _grant(content: bytes) -> None:
    with contextlib.suppress(TlsrptError):
        grant_of(json_object(content, "login.example.com"), "login.example.com")


def _dns(content: bytes) -> None:
    with contextlib.suppress(dns.exception.DNSException, ValueError, IndexError):
        dns.message.from_wire(content)


def kinds() -> dict[str, tuple[list[bytes], Callable[[bytes], object]]]:
    """Return the originals of each kind, and what reads them."""
    return {
        "signatures": ([SIGNED], _signature),
        "results": ([_RESULTS], _text(read_authentication_results)),
        "certificates": (read_pem(root_store(b"")[0])[:20], read_certificate),
        "records": ([_RECORD], _text(lambda text: read_policy_id([text]))),
        "tlsrpt": ([_TLSRPT], _text(lambda text: read_tlsrpt_record([text]))),
        "policies": ([_POLICY], _text(parse_policy)),
        "served policies": (SERVED, read_policy),
        "served files": (SERVED, read_file),
        "structures": ([_STRUCTURE], _structure),
        "pages": ([_PAGE], _page),
        "grants": ([_GRANT, _REFUSAL], _grant),
        "refusals": ([_CHALLENGE], lambda content: reason_of(content, "a-token")),
        "dns": ([_DNS], _dns),
    }


def check(kind: str, count: int, seed: int) -> float:
    """Read so many mutated inputs of a kind, and return the slowest time.

    Raises
    ------
    AssertionError
        When one raised or took too long; the input is then in the message.
    """
    generator = random.Random(seed)  # noqa: S311 - the same inputs for the same seed
    originals, read = kinds()[kind]
    slowest = 0.0
    for _ in range(count):
        content = mutated(generator.choice(originals), originals, generator)
        began = time.process_time()
        try:
            read(content)
        except Exception as error:
            raise AssertionError(f"{kind}: {error!r}: {content!r}") from error
        slowest = max(slowest, time.process_time() - began)
        assert slowest < SLOWEST_SECONDS, f"{kind}: {slowest:.1f} s: {content!r}"
    return slowest


def main() -> None:
    """Read many of each kind and say what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=25_000)
    parser.add_argument("--seed", type=int, default=8460)
    chosen = parser.parse_args()
    for kind in kinds():
        slowest = check(kind, chosen.count, chosen.seed)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
        sys.stdout.write(
            f"{chosen.count:,} {kind}: the slowest {slowest * 1_000:.0f} ms, {memory} MB\n"
        )


if __name__ == "__main__":
    main()
