"""The same faults on a real Postfix."""

import os
import tempfile
from pathlib import Path

import pytest
from lab import TLS_CASES, Lab, codes, host_of
from lab_dns import free_port
from lab_postfix import Postfix, is_installed

FACES = (
    "good",
    "leafonly",
    "wrongname",
    "expired",
    "selfsigned",
    "untrusted",
    "oldtls",
    "nostarttls",
)
CASES = {name: TLS_CASES[name] for name in FACES}
DECIDING = ("starttls", "tls-version", "certificate-name", "certificate-dates", "certificate-chain")


@pytest.fixture(scope="module")
def lab():
    """Start Postfix, in a folder that its processes may enter."""
    if not is_installed():
        assert "CI" not in os.environ or os.geteuid(), "install postfix"
        pytest.skip("postfix is not installed, or this is not root")
    with tempfile.TemporaryDirectory(prefix="lab") as name:
        folder = Path(name)
        made = Lab(folder)
        chains = made.authority.chains(host_of)
        leaf = made.authority.leaf(host_of("oldtls"))
        chains["oldtls"] = made.authority.write("oldtls", leaf, made.authority.middle)
        faces = {case: {"smtpd_tls_chain_files": path} for case, path in chains.items()}
        faces["nostarttls"] = {"smtpd_tls_security_level": "none"}
        faces["oldtls"] |= {
            "smtpd_tls_protocols": "TLSv1.1",
            "tls_medium_cipherlist": "ALL:@SECLEVEL=0",
        }
        postfix = Postfix(folder, faces, free_port())
        try:
            for case, target in postfix.targets.items():
                made.domain(case, made.at(target, 25))
            made.start()
            made.options = made.limited(
                nameserver_port=made.options.nameserver_port, banner_seconds=10, host_seconds=20
            )
            yield made
        finally:
            made.close()
            postfix.close()


@pytest.mark.parametrize(("case", "wrong"), CASES.items(), ids=CASES)
def test_postfix_shows_the_fault_that_it_was_given(lab, case, wrong):
    """That one, and no other."""
    found = codes(lab.probe(case), mx_hostname=host_of(case))
    asked = {check: found[check] for check in DECIDING}
    failed = {check: told for check, told in asked.items() if told[0] == "failed"}
    assert found["connect"] == ("passed", "ok")
    assert failed == wrong
