"""Write the reports of a made-up hosting provider: many domains on a few MX hosts, some of them broken.

Usage: ``python sample_reports/make_provider.py FOLDER --domains 2000``; it writes one zip per day
and reporter, the same reports for the same seed. Most domains use the provider's own MX hosts, one of which serves an incomplete chain;
some moved to an MX host that their policy does not list, and some let their certificate expire.
"""

import argparse
import datetime as dt
import json
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

FIRST_DAY = dt.date(2026, 10, 1)
REPORTERS = (
    ("Google Inc.", "smtp-tls-reporting@google.com", 40.0),
    ("Microsoft Corporation", "tlsrpt-noreply@microsoft.com", 20.0),
    ("Mail.ru", "tlsrpt@corp.mail.ru", 2.0),
    ("Yahoo Inc.", "tls-reports@yahooinc.com", 8.0),
    ("Fastmail", "tlsrpt@fastmailteam.com", 3.0),
)
"""Names, contacts, and sessions a day with a domain of ordinary size."""

SHARED_HOSTS = tuple(f"mx{number}.host.example" for number in range(1, 11))
BROKEN_HOST = SHARED_HOSTS[0]
STRICT = frozenset({"Microsoft Corporation", "Mail.ru", "Fastmail"})
"""Reporters that fail where intermediate certificates are missing."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A customer's domain: its MX host, its size, and what is wrong with it."""

    name: str
    mx: str
    size: float
    fault: str
    host: str
    share: float
    policy: str = ""
    """Its policy, as the JSON of a report."""

    def failing_share(self, organization: str) -> float:
        """Return the part of an organisation's sessions that fails."""
        if self.fault == "certificate-not-trusted" and organization not in STRICT:
            return 0.0
        return self.share


def domains(count: int, seed: int) -> list[Domain]:
    """Return made-up customers; the same for the same seed."""
    random = np.random.default_rng(seed)
    sizes = random.lognormal(0, 1, count)
    kinds = random.random(count)
    hosts = random.integers(0, len(SHARED_HOSTS), count)
    found = [
        _domain(number, float(size), float(kind), SHARED_HOSTS[host])
        for number, (size, kind, host) in enumerate(zip(sizes, kinds, hosts, strict=True))
    ]
    return [replace(customer, policy=_policy(customer)) for customer in found]


def _policy(customer: Domain) -> str:
    lines = ["version: STSv1", "mode: testing", f"mx: {customer.mx}", "max_age: 604800"]
    return _json(
        {
            "policy-type": "sts",
            "policy-string": lines,
            "policy-domain": customer.name,
            "mx-host": [customer.mx],
        }
    )


def _domain(number: int, size: float, kind: float, host: str) -> Domain:
    name = f"customer{number:06}.example"
    if host == BROKEN_HOST:
        return Domain(name, host, size, "certificate-not-trusted", host, 1.0)
    if kind < 0.01:
        return Domain(name, host, size, "validation-failure", f"new.{name}", 0.4)
    if kind < 0.02:
        own = f"mail.{name}"
        return Domain(name, own, size, "certificate-expired", own, 1.0)
    return Domain(name, host, size, "", host, 0.0)


def write_provider(folder: Path, domain_count: int, *, days: int = 30, seed: int = 7) -> Path:
    """Write one zip for each day and reporter, with a report for each domain that had sessions.

    Parameters
    ----------
    folder : Path
        Where the zips go; it is created.
    domain_count, days, seed
        How many domains and days, and what makes another provider.

    Returns
    -------
    Path
        The folder.
    """
    customers = domains(domain_count, seed)
    for number in range(days):
        write_day(folder, customers, number, seed=seed)
    return folder


def write_day(folder: Path, customers: list[Domain], number: int, *, seed: int = 7) -> None:
    """Write the zips of one day, counted from `FIRST_DAY`; the same whichever days are written."""
    folder.mkdir(parents=True, exist_ok=True)
    date = FIRST_DAY + dt.timedelta(days=number)
    random = np.random.default_rng((seed, number))
    for name, contact, rate in REPORTERS:
        counts = random.poisson([rate * customer.size for customer in customers])
        failed = random.binomial(counts, [customer.failing_share(name) for customer in customers])
        path = folder / f"{contact.partition('@')[2]}-{date}.zip"
        head = _head(name, contact, date)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            rows = zip(customers, counts.tolist(), failed.tolist(), strict=True)
            for customer, count, bad in rows:
                if count:
                    report = _report(customer, head, count, bad)
                    archive.writestr(f"{customer.name}.json", report)


def _head(name: str, contact: str, date: dt.date) -> str:
    day = {"start-datetime": f"{date}T00:00:00Z", "end-datetime": f"{date}T23:59:59Z"}
    head = {"organization-name": name, "date-range": day, "contact-info": contact}
    return f'{_json(head)[:-1]},"report-id":"{date}T00:00:00Z_'


def _report(customer: Domain, head: str, count: int, bad: int) -> str:
    result = {
        "summary": {
            "total-successful-session-count": count - bad,
            "total-failure-session-count": bad,
        },
        "failure-details": _details(customer, bad),
    }
    return f'{head}{customer.name}","policies":[{{"policy":{customer.policy},{_json(result)[1:]}]}}'


def _details(customer: Domain, bad: int) -> list[dict[str, object]]:
    if not bad:
        return []
    return [
        {
            "result-type": customer.fault,
            "receiving-mx-hostname": customer.host,
            "failed-session-count": bad,
        }
    ]


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))


def main() -> None:
    """Read the arguments and write the reports."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where to write them")
    parser.add_argument("--domains", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    folder = write_provider(chosen.folder, chosen.domains, days=chosen.days, seed=chosen.seed)
    sys.stdout.write(f"Wrote the reports of {chosen.domains:,} domains to {folder}\n")


if __name__ == "__main__":
    main()
