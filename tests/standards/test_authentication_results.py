"""The reader of Authentication-Results, by the examples of RFC 8601 and against authres."""

import authres
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.growth import growth

from tlsrpt_analysis.standards.authentication_results import (
    MethodResult,
    read_authentication_results,
)

EXAMPLES = [  # RFC 8601 Appendix B
    ("example.org 1; none", "example.org", []),
    (
        "example.com;\r\n          spf=pass smtp.mailfrom=example.net",
        "example.com",
        [("spf", "pass", {"smtp.mailfrom": "example.net"})],
    ),
    (
        ("example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
        " spf=pass smtp.mailfrom=example.net"),
        "example.com",
        [
            ("auth", "pass", {"smtp.auth": "sender@example.net"}),
            ("spf", "pass", {"smtp.mailfrom": "example.net"}),
        ],
    ),
    (
        ('example.com;\r\n dkim=pass reason="good signature"\r\n  header.i=@mail-router.example.net;'
        '\r\n dkim=fail reason="bad; signature"\r\n  header.i=@newyork.example.com'),
        "example.com",
        [
            ("dkim", "pass", {"reason": "good signature", "header.i": "@mail-router.example.net"}),
            ("dkim", "fail", {"reason": "bad; signature", "header.i": "@newyork.example.com"}),
        ],
    ),
    (
        ("foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) ="
        " (wait for it) fail\r\n policy (A dot can go here) . (like that) expired\r\n"
        " (this surprised me) = (as I wasn't expecting it) 1362471462"),
        "foo.example.net",
        [("dkim", "fail", {"policy.expired": "1362471462"})],
    ),
    (
        ("mx.google.com; dkim=pass header.i=@google.com header.s=20230601 header.b=AbC/d+e=;"
        " dmarc=pass (p=REJECT (sp)) header.from=google.com"),
        "mx.google.com",
        [
            ("dkim", "pass", {
                "header.i": "@google.com", "header.s": "20230601", "header.b": "AbC/d+e=",
            }),
            ("dmarc", "pass", {"header.from": "google.com"}),
        ],
    ),
    (r'"mx\.example.com". 1; NONE=x', "", None),
    (r'"mx\.example.com." 1; Dkim=PASS Header.D=a', "mx.example.com", [("dkim", "pass", {"header.d": "a"})]),
]  # fmt: skip


@pytest.mark.parametrize(("value", "server", "results"), EXAMPLES)
def test_the_examples_of_the_rfc_are_read(
    value: str, server: str, results: list[tuple[str, str, dict[str, str]]] | None
) -> None:
    """Comments, folding, quotation marks and versions included."""
    found = None if results is None else [MethodResult(*result) for result in results]

    assert read_authentication_results(value) == (server, found)


@pytest.mark.parametrize(
    "rest",
    [
        *("", ";", "; ;", "; none; dkim=pass", "; dkim", "; dkim=", "; =pass", "; dkim=pass;"),
        *("; dkim=pass (", "; dkim=pass )", '; dkim=pass reason="x', "; dkim=pass header.d"),
        *("; dkim=pass header.d=", "; dkim=pass header.=a", "; dkim=pass header.d=a,b"),
        *('; dkim=pass header.d=a"b"', "; dkim=passheader.d=a b", r"; dkim=pass \header.d=a"),
        *("; dkim=pass header.d=a=b", "; dkim=pass header..d=a", "; dkim/x=pass"),
    ],
)
def test_what_breaks_the_grammar_is_no_result(rest: str) -> None:
    """The field is still that of its server, so no lower one replaces it."""
    assert read_authentication_results(f"mx.example.com{rest}") == ("mx.example.com", None)


@pytest.mark.parametrize(
    "unit",
    ["a ", "()", "(", "\\", '"a" ', '"', "a.b=c ", ";", "; dkim=pass header.d=a", " ", "\\("],
)
def test_the_time_grows_with_the_text(unit: str) -> None:
    """A field may be as long as a header."""
    growth(lambda size: read_authentication_results("mx; dkim=pass" + unit * size), 20_000)


words = st.sampled_from(
    [
        "dkim",
        "spf",
        "pass",
        "fail",
        "none",
        "header",
        "smtp",
        ".d",
        "d",
        ".",
        "=",
        ";",
        "; ",
        " ",
        "header.d=",
        "header.i=",
        "a.example",
        "@b.example",
        "reason=",
        '"a b"',
        "(c)",
        "((c)",
        "/1",
        "dkim=pass ",
        "; dkim=pass header.d=a.example",
        '"',
        "(",
        ")",
        "\r\n ",
        "policy.x=1",
    ]
)
fields = st.lists(words, max_size=20).map("".join)


def _by_authres(field: str) -> list[str] | None:
    """Return the signers that authres reads, as the reader before ours did."""
    try:
        parsed = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: mx; {field}")
    except (authres.AuthResError, ValueError, RecursionError):
        return None
    return [
        {entry.name: entry.value for entry in result.properties if entry.type == "header"}.get(
            "d", ""
        )
        for result in parsed.results
        if getattr(result, "method", "") == "dkim" and result.result == "pass"
    ]


@given(fields)
@settings(max_examples=400)
def test_no_signer_is_read_that_authres_does_not_read(field: str) -> None:
    """Where both can read a field, they find the same; ours also reads what authres refuses."""
    _, results = read_authentication_results(f"mx; {field}")
    expected = _by_authres(field)
    if results is not None and expected is not None:
        found = [
            result.properties.get("header.d", "")
            for result in results
            if (result.method, result.result) == ("dkim", "pass")
        ]
        assert found == expected


@given(st.text(max_size=200))
def test_no_text_makes_it_raise(value: str) -> None:
    """Whatever a stranger writes."""
    server, results = read_authentication_results(value)

    assert isinstance(server, str)
    assert results is None or server
