"""Mail hosts that misbehave, each in its own way."""

from lab.smtp import drips, floods, half_closes, polite, sends

FRAGMENTS = [b"25", b"0-lab\r", b"\n250-STAR", b"TTLS\r\n250", b" HELP\r\n"]
GO = b"220 go\r\n"


def broken_behaviours(good):
    """Return the behaviour of each broken peer; `good` is a TLS context."""
    return {
        "garbage": sends(b"\x00\xff\x16\x03garbage\r\n"),
        "ssh": sends(b"SSH-2.0-lab\r\n"),
        "silent": sends(b""),
        "tarpit": drips(b"220-"),
        "halfclosed": half_closes,
        "endlessbanner": floods(b"220-more\r\n"),
        "endlessline": floods(b"220 more and more "),
        "closes": sends(b"", then_wait=False),
        "busy": sends(b"421 too busy\r\n", then_wait=False),
        "rejects": sends(b"554 go away\r\n"),
        "escapes": sends(b"554 \x1b[2Jgo away\x07\r\n", then_wait=False),
        "fragments": polite(good, ehlo=FRAGMENTS),
        "endlessehlo": polite(ehlo=[b"250-more\r\n" * 500]),
        "ehlo421": polite(ehlo=[b"421 closing\r\n"]),
        "ehlo502": polite(ehlo=[b"502 what is EHLO\r\n"]),
        "ehlo550": polite(ehlo=[b"550 your name is on a list\r\n"]),
        "refused454": polite(starttls=b"454 TLS not available\r\n"),
        "refused502": polite(starttls=b"502 no\r\n"),
        "starttls421": polite(starttls=b"421 closing\r\n"),
        "injected": polite(good, after=b"250 injected\r\n"),
        "notls": polite(starttls=GO, then=sends(b"no TLS at all\r\n")),
        "tlssilent": polite(starttls=GO, then=sends(b"")),
        "tlscloses": polite(starttls=GO, then=sends(b"", then_wait=False)),
    }


BROKEN_CASES = {
    "garbage": ("connect", "not measured", "not-smtp"),
    "ssh": ("connect", "not measured", "not-smtp"),
    "silent": ("connect", "not measured", "banner-timeout"),
    "tarpit": ("connect", "not measured", "banner-timeout"),
    "halfclosed": ("connect", "not measured", "smtp-closed"),
    "endlessbanner": ("connect", "not measured", "smtp-garbage"),
    "endlessline": ("connect", "not measured", "smtp-garbage"),
    "closes": ("connect", "not measured", "smtp-closed"),
    "busy": ("connect", "not measured", "smtp-tempfail"),
    "rejects": ("connect", "not measured", "smtp-rejected"),
    "escapes": ("connect", "not measured", "smtp-rejected"),
    "fragments": ("starttls", "passed", "ok"),
    "endlessehlo": ("connect", "not measured", "smtp-garbage"),
    "ehlo421": ("connect", "not measured", "smtp-tempfail"),
    "ehlo502": ("starttls", "failed", "starttls-not-offered"),
    "ehlo550": ("connect", "not measured", "smtp-rejected"),
    "refused454": ("starttls", "not measured", "starttls-tempfail"),
    "refused502": ("starttls", "failed", "starttls-refused"),
    "starttls421": ("starttls", "not measured", "starttls-tempfail"),
    "injected": ("starttls", "failed", "plaintext-after-starttls"),
    "notls": ("tls-handshake", "failed", "tls-handshake"),
    "tlssilent": ("tls-handshake", "not measured", "tls-timeout"),
    "tlscloses": ("tls-handshake", "not measured", "tls-closed"),
}
"""What a probe finds at each of them."""
