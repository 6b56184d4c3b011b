"""The samples: they can be made again, hold what they promise, and their truth can be recounted."""

import email
import gzip
import importlib.util
import io
import ipaddress
import json
import sys
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parent.parent / "sample_reports"
Document = dict[str, Any]
Leaf = tuple[str, bytes]
Leaves = list[Leaf]
BROKEN = b"(broken gzip)"
KEPT = (
    "README.md",
    "containers.py",
    "make_provider.py",
    "make_samples.py",
    "reporter_habits.py",
    "simulated_mail.py",
)
ORGANIZATIONS = {"Google Inc.": "Google", "Microsoft Corporation": "Microsoft"}
DOCUMENTATION_NETWORKS = [
    ipaddress.ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the samples again in another folder."""
    folder = tmp_path_factory.mktemp("samples")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.syspath_prepend(SAMPLES)
        spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make_samples.py")
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, "make_samples", module)
        spec.loader.exec_module(module)
        module.make_samples(folder)
    return folder


@pytest.fixture(scope="module")
def truth() -> Document:
    """Read what the samples say is true of them."""
    return json.loads((SAMPLES / "truth.json").read_text())


@pytest.fixture(scope="module")
def members() -> Leaves:
    """Take every container of the samples apart."""
    return list(leaves_of(SAMPLES))


@pytest.fixture(scope="module")
def reports(members: Leaves) -> list[Document]:
    """Read every report once."""
    contents = {content: None for _, content in members if outcome_of(content) == "report"}
    return [json.loads(content) for content in contents]


def leaves_of(folder: Path) -> Iterator[Leaf]:
    """Yield the leaves of all files in a folder, each with the way to it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from unpacked(str(path.relative_to(folder)), path.read_bytes())


def unpacked(name: str, content: bytes) -> Iterator[Leaf]:
    """Yield the leaves of one file: what no container holds further."""
    if name.endswith(".zip"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        inner = [(entry, archive.read(entry)) for entry in archive.namelist()]
    elif ".tar" in name.rpartition("!")[2].rpartition("/")[2]:
        inner = tar_members(content)
    elif name.endswith(".mbox"):
        inner = mbox_mails(content)
    elif content.startswith(b"From: "):
        yield name, report_of(email.message_from_bytes(content))
        return
    else:
        yield name, gunzipped(content) if name.endswith(".gz") else content
        return
    for entry, held in inner:
        yield from unpacked(f"{name}!{entry}", held)


def tar_members(content: bytes) -> Leaves:
    """Return the members of a tar archive in any compression."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [(entry.name, archive.extractfile(entry).read()) for entry in archive]


def mbox_mails(content: bytes) -> Leaves:
    """Return the mails of an mbox file, split where a line starts with ``From`` and a blank."""
    parts = ("\n" + content.decode()).split("\nFrom MAILER-DAEMON ")[1:]
    return [(f"{number}", part.partition("\n")[2].encode()) for number, part in enumerate(parts)]


def report_of(mail: Message) -> bytes:
    """Return the report a mail carries, or the text of a mail that carries none."""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind.startswith("application/tlsrpt"):
            content = part.get_payload(decode=True)
            return gzip.decompress(content) if kind.endswith("gzip") else content.strip()
    return mail.get_payload().encode()


def gunzipped(content: bytes) -> bytes:
    """Return what gzip packed; where its output is cut differs between builds of zlib, so that is not kept."""
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error):
        return BROKEN


def outcome_of(content: bytes) -> str:
    """Return the kind of a leaf: a report, a report that cannot be read, or something else."""
    if content == BROKEN:
        return "rejected"
    try:
        document = json.loads(content)
    except ValueError:
        return "rejected" if content.startswith(b"{") else "skipped"
    return "report" if "policies" in document else "skipped"


def name_of(policy_result: Document) -> str:
    """Return the policy domain in lower case without a trailing dot, if there is one."""
    return policy_result["policy"].get("policy-domain", "").lower().removesuffix(".")


def session_total(report: Document) -> int:
    """Count the sessions of a report once, though they may be reported as sts and as tlsa."""
    totals = Counter()
    for result in report["policies"]:
        totals[result["policy"]["policy-type"] == "tlsa"] += sum(result["summary"].values())
    return max(totals.values())


def failures(reports: list[Document]) -> Iterator[tuple[Document, Document]]:
    """Yield every failure detail with its policy result."""
    for report in reports:
        for result in report["policies"]:
            for detail in result.get("failure-details") or []:
                yield result, detail


def test_making_the_samples_again_gives_the_same_documents(made: Path, members: Leaves) -> None:
    """Another run, or another machine, gives the same; compressed bytes are not compared."""
    kept = [(name, content) for name, content in members if name not in KEPT]
    assert dict(leaves_of(made)) == dict(kept)


def test_samples_leave_no_bytecode_behind(made: Path) -> None:
    """A __pycache__ among the samples would be counted as an input."""
    assert [*SAMPLES.rglob("__pycache__"), *made.rglob("__pycache__")] == []


def test_samples_are_small() -> None:
    """A clone of the repository stays quick."""
    files = [path for path in SAMPLES.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    assert len(files) < 250


@pytest.mark.parametrize(
    "kind",
    [
        "google/*.eml",
        "google/*.tar.gz",
        "google/*.tar.xz",
        "google/*.zip",
        "harbor/*.tar",
        "harbor/*.tar.bz2",
        "harbor/*/*.eml",
        "lantern-telecom/*/*.json",
        "lantern-telecom/*/*.json.gz",
        "microsoft/*.mbox",
        "fjord-mail/Maildir/cur/*",
        "fjord-mail/Maildir/new/*",
        "fjord-mail/Maildir/tmp/.gitkeep",
    ],
)
def test_every_container_is_there(kind: str) -> None:
    """Whatever reports are kept in, a sample is kept in it, too."""
    assert list(SAMPLES.glob(kind)) != []


@pytest.mark.parametrize(
    ("nesting", "suffix"),
    [(".zip!week-41.zip!", ".json.gz"), (".zip!", ".eml"), (".tar.gz!", ".eml")],
)
def test_containers_lie_within_containers(members: Leaves, nesting: str, suffix: str) -> None:
    """Archives hold archives and mails."""
    assert [name for name, _ in members if nesting in name and name.endswith(suffix)] != []


def test_every_member_has_one_outcome(members: Leaves, truth: Document) -> None:
    """What becomes of the inputs adds up, recounted from the containers alone."""
    found = [content for _, content in members]
    counts = Counter(outcome_of(content) for content in found)
    distinct = {content for content in found if outcome_of(content) == "report"}
    assert truth["members"] == {
        "members": len(found),
        "reports": len(distinct),
        "duplicates": counts["report"] - len(distinct),
        "rejected": counts["rejected"],
        "skipped": counts["skipped"],
    }


def test_bad_inputs_are_few(truth: Document) -> None:
    """Four inputs are bad on purpose, beside the files that describe the samples."""
    assert truth["members"]["duplicates"] == 5
    assert truth["members"]["rejected"] == 2
    assert truth["members"]["skipped"] == 2 + len([*KEPT, "truth.json", ".gitkeep"])


def test_no_two_reports_share_an_identity(reports: list[Document]) -> None:
    """Reporter, report-id, domain and day name one report."""
    identities = Counter(
        (report["organization-name"], report["report-id"], name_of(report["policies"][0]))
        for report in reports
    )
    assert max(identities.values()) == 1


def test_truth_counts_the_sessions_that_the_reports_hold(
    reports: list[Document], truth: Document
) -> None:
    """Each session counts once, recounted from the documents alone."""
    counts = {}
    for report in reports:
        reporter = ORGANIZATIONS.get(report["organization-name"], report["organization-name"])
        by_reporter = counts.setdefault(name_of(report["policies"][0]), Counter())
        by_reporter[reporter] += session_total(report)
    assert counts.pop("") == truth["sessions_without_domain"]
    assert counts == {
        name: domain["sessions_by_reporter"] for name, domain in truth["domains"].items()
    }


def test_truth_counts_the_failures_that_the_reports_hold(
    reports: list[Document], truth: Document
) -> None:
    """Failed sessions by MX are recounted from the documents alone."""
    counts = {name: Counter() for name in truth["domains"]}
    for result, detail in failures(reports):
        host = detail.get("receiving-mx-hostname") or "(not given)"
        counts[name_of(result)][host] += detail["failed-session-count"]
    assert counts == {name: domain["failures_by_mx"] for name, domain in truth["domains"].items()}


def test_details_fit_their_totals(reports: list[Document]) -> None:
    """Details sum up to the failures, except where Mail.ru tells one session under two of them."""
    overlapping = set()
    for report in reports:
        for result in report["policies"]:
            details = result.get("failure-details") or []
            total = result["summary"].get("total-failure-session-count", 0)
            if sum(detail["failed-session-count"] for detail in details) != total:
                day = report["date-range"]["start-datetime"][:10]
                overlapping.add((report["organization-name"], name_of(result), day))
    days = ("2026-08-18", "2026-08-19", "2026-08-25")
    assert overlapping == {("Mail.ru", "migration.example", day) for day in days}


def test_truth_adds_up(truth: Document) -> None:
    """Every session has one fate, and those that enforce would refuse are all but the accepted."""
    for domain in truth["domains"].values():
        fates = domain["enforce_outcome"]
        assert sum(domain["sessions_by_reporter"].values()) == domain["session_count"]
        assert sum(fates.values()) == domain["session_count"]
        assert sum(domain["would_block_by_mx"].values()) == domain["would_block_count"]
        assert domain["session_count"] - fates["accepted"] == domain["would_block_count"]


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("example.com", 0.28, 0.32),
        ("backup.example", 0.03, 0.05),
        ("cname.example", 0.10, 0.15),
        ("dane.example", 0.0, 0.0),
        ("expired.example", 0.02, 0.04),
        ("fetch.example", 0.0, 0.0),
        ("healthy.example", 0.0, 0.0),
    ],
)
def test_share_that_enforce_would_refuse_is_as_described(
    truth: Document, name: str, lowest: float, highest: float
) -> None:
    """The cases have the size that the README promises."""
    domain = truth["domains"][name]
    assert lowest <= domain["would_block_count"] / domain["session_count"] <= highest


def test_every_reporter_is_there(truth: Document) -> None:
    """All reporters are there, under their canonical names."""
    names = {
        name for result in truth["domains"].values() for name in result["sessions_by_reporter"]
    }
    assert names == {
        "Fjord Mail AS",
        "Google",
        "Lantern Telecom",
        "Mail.ru",
        "Microsoft",
        "harbor.example",
    }


def test_only_microsoft_minds_the_cname(truth: Document) -> None:
    """The case that the toolkit must find: Google is clean, Microsoft fails from one day on."""
    [finding] = truth["domains"]["cname.example"]["selective"]
    assert finding["failing_reporter"] == "Microsoft"
    assert "Google" in finding["clean_reporters"]
    assert date.fromisoformat(finding["since"]) == date(2026, 9, 8)


def test_addresses_are_reserved_for_documentation(reports: list[Document]) -> None:
    """No sample names the address of anybody."""
    addresses = {
        ipaddress.ip_address(detail[key])
        for _, detail in failures(reports)
        for key in ("sending-mta-ip", "receiving-ip")
        if detail.get(key)
    }
    strangers = [a for a in addresses if not any(a in net for net in DOCUMENTATION_NETWORKS)]
    assert strangers == []


def test_every_domain_has_its_line_in_the_readme(truth: Document) -> None:
    """Whoever opens the folder finds each case described."""
    readme = (SAMPLES / "README.md").read_text()
    assert [name for name in truth["domains"] if f"`{name}`" not in readme] == []
