"""Reads an archive to two DataFrames as a short script would: the standard library and pandas.

Arguments: container, path.
"""

import email
import gzip
import json
import mailbox
import os
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd


def documents(container: str, path: Path) -> Iterator[bytes]:
    """Yield the packed documents of a container."""
    if container == "folder":
        for file in sorted(path.rglob("*.json.gz")):
            yield file.read_bytes()
    elif container == "zip":
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    elif container == "tar.gz":
        with tarfile.open(path) as archive:
            for member in archive:
                yield archive.extractfile(member).read()
    else:
        mails = (
            (mail.as_bytes() for mail in mailbox.mbox(path))
            if container == "mbox"
            else (file.read_bytes() for file in sorted(path.glob("cur/*")))
        )
        for raw in mails:
            for part in email.message_from_bytes(raw).walk():
                if part.get_content_type() == "application/tlsrpt+gzip":
                    yield part.get_payload(decode=True)


def main() -> None:
    """Read and print the time that it took."""
    began, cpu = time.perf_counter(), sum(os.times()[:4])
    policies, failures, count = [], [], 0
    for packed in documents(sys.argv[1], Path(sys.argv[2])):
        report = json.loads(gzip.decompress(packed))
        count += 1
        shared = {
            "organization": report["organization-name"],
            "start": report["date-range"]["start-datetime"],
            "id": report["report-id"],
        }
        for entry in report["policies"]:
            policy = entry["policy"]
            row = shared | {"domain": policy["policy-domain"], "type": policy["policy-type"]}
            text = "\n".join(policy["policy-string"])
            policies.append(row | entry["summary"] | {"text": text})
            failures += [row | detail for detail in entry["failure-details"]]
    frames = pd.DataFrame(policies), pd.DataFrame(failures)
    seconds, cpu = time.perf_counter() - began, sum(os.times()[:4]) - cpu
    rows = sum(map(len, frames))
    print(json.dumps({"seconds": seconds, "cpu": cpu, "reports": count, "rows": rows}))


if __name__ == "__main__":
    main()
