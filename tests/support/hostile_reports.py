"""Reports in which every text would run a script, load a file, redirect or deceive."""

import json
from pathlib import Path

EVIL = "http://evil.example/"
ORGANIZATION = '<script>alert("organization")</script>'
RESULT_TYPE = '</script><script>alert("result type")</script>'
FORMULA = rf"$\href{{{EVIL}formula}}{{look here}}$ \(\href{{{EVIL}formula}}{{or here}}\)"
"""Mathematics for JupyterLab, with links in it."""

REASON = f"<!--<script>alert(1)//--></textarea></title></style> {FORMULA}"
HOST = f"<img src={EVIL}host onerror=alert(2)>.example"
HELO = f'=HYPERLINK("{EVIL}helo","look")'
LINK = "javascript:alert(3)"
DOMAIN = f"<img src={EVIL}domain onerror=alert(4)>"
EXPRESSION = "datum['x']; alert(5) {{constructor.constructor('alert(6)')()}} ${alert(7)}"
DISGUISED = "moc.elgoog\N{RIGHT-TO-LEFT OVERRIDE}\N{BELL}\x1b[31m\N{LINE SEPARATOR}"
MARKUP = (
    f"![x]({EVIL}markdown) [link]({LINK}) <a href={LINK}>link</a> <svg onload=alert(8)> {FORMULA}"
)


def write_hostile_reports(folder: Path, *, days: int = 12) -> Path:
    """Write a report a day of two hostile reporters, of which only one sees failures."""
    folder.mkdir(parents=True, exist_ok=True)
    for day in range(days):
        for place, organization in enumerate((ORGANIZATION, DISGUISED)):
            report = _report(organization, day, failed=30 if place == 0 else 0)
            (folder / f"{place}-{day}.json").write_text(json.dumps(report))
    return folder


def _report(organization: str, day: int, *, failed: int) -> dict[str, object]:
    date = f"2026-07-{1 + day:02d}"
    return {
        "organization-name": organization,
        "contact-info": LINK,
        "report-id": f"{day}{organization}",
        "date-range": {"start-datetime": f"{date}T00:00:00Z", "end-datetime": f"{date}T23:59:59Z"},
        "policies": [
            _policy(domain, failed) for domain in (DOMAIN, EXPRESSION, DISGUISED, "example.com")
        ],
    }


def _policy(domain: str, failed: int) -> dict[str, object]:
    details = [
        {
            "result-type": result_type,
            "receiving-mx-hostname": host,
            "receiving-mx-helo": HELO,
            "receiving-ip": LINK,
            "sending-mta-ip": MARKUP,
            "failed-session-count": failed // 2,
            "additional-information": LINK,
            "failure-reason-code": REASON,
        }
        for result_type, host in ((RESULT_TYPE, HOST), ("certificate-expired", MARKUP))
    ]
    return {
        "policy": {
            "policy-type": "sts",
            "policy-domain": domain,
            "policy-string": ["version: STSv1", "mode: testing", f"mx: {HOST}", MARKUP],
            "mx-host": [MARKUP],
        },
        "summary": {
            "total-successful-session-count": 100 - failed,
            "total-failure-session-count": failed,
        },
        "failure-details": details if failed else [],
    }
