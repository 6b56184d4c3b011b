"""Causes that lie in DANE: TLSA records and DNSSEC."""

from tlsrpt_analysis.analyses.cause_catalogue.cause import Cause, Family, Responsible
from tlsrpt_analysis.analyses.cause_catalogue.commands import CHAIN, CONNECT, SERVED
from tlsrpt_analysis.analyses.cause_catalogue.settings import CHAIN_SETTINGS
from tlsrpt_analysis.standards.result_types import ResultType

_TLSA = (
    f"dig +dnssec TLSA _25._tcp.{{host}}; {CONNECT} </dev/null | openssl x509 -noout -pubkey"
    " | openssl pkey -pubin -outform DER | openssl dgst -sha256"
)
_RECORD = "\nDNS: _25._tcp.{host}. IN TLSA 3 1 1 HASH"

TLSA_ROLLOVER = Cause(
    code="tlsa-rollover",
    step="publish the TLSA record of the key that {host} serves",
    title="The TLSA record no longer matches the certificate",
    family=Family.DNS,
    checks=("tlsa",),
    confirm=_TLSA,
    cure=(
        "Publish the 3 1 1 record of the key that is served now; next time publish the record of"
        " the new key beside the old one, wait for two TTLs, and only then load the certificate"
        f" (RFC 7672 §4); or keep the key (certbot: --reuse-key).{_RECORD}"
    ),
)

TLSA_WRONG = Cause(
    code="tlsa-wrong",
    step="publish the TLSA record of the key that {host} serves",
    title="The TLSA record does not match the certificate",
    family=Family.DNS,
    checks=("tlsa",),
    confirm=_TLSA,
    cure=(
        "Publish the 3 1 1 record of the key that is served, which the second command prints, and"
        f" remove the records that match no certificate.{_RECORD}"
    ),
)

DNSSEC_INVALID = Cause(
    code="dnssec-invalid",
    step="sign the zone of {domain} again",
    title="The DNSSEC signatures of the domain or its MX do not validate",
    family=Family.DNS,
    checks=("dnssec",),
    confirm=(
        "delv MX {domain}; delv A {host}; delv TLSA _25._tcp.{host};"
        " unbound-host -D -v -t MX {domain}"
    ),
    cure=(
        "Sign the zone again before its RRSIG records expire, have the DS record at the parent"
        " match its key, and make sure that the name servers answer TLSA queries with proof of"
        " absence.\nBIND: dnssec-policy default; rndc sign {domain}"
    ),
    selective_types=(ResultType.DNSSEC_INVALID,),
)

DANE_STS_DISAGREE = Cause(
    code="dane-sts-disagree",
    settings=CHAIN_SETTINGS,
    step="get a certificate of a public CA for {host}",
    title="DANE succeeds where MTA-STS fails",
    family=Family.DNS,
    checks=("certificate-chain", "certificate-name"),
    confirm=f"{SERVED}; dig +short TLSA _25._tcp.{{host}}",
    cure=(
        "Use a certificate from a public CA for the MX name, which satisfies both; or rely on DANE"
        f" alone, with mode: none in the policy.{CHAIN}"
    ),
)

DANE_REQUIRED = Cause(
    code="dane-required",
    step="publish a TLSA record for {host}, or ask the sender",
    title="A sender requires DANE, and the MX has no TLSA record",
    family=Family.DNS,
    checks=("tlsa",),
    confirm=_TLSA,
    cure=(
        "Sign the zone and publish the record of the key that is served, or ask the sender to drop"
        f" its own rule for your domain.{_RECORD}"
    ),
    is_refutable=False,
    selective_types=(ResultType.DANE_REQUIRED,),
    responsible=Responsible.UNKNOWN,
)

CAUSES = (TLSA_ROLLOVER, TLSA_WRONG, DNSSEC_INVALID, DANE_STS_DISAGREE, DANE_REQUIRED)
