"""What the reason codes of reporters say: free texts (RFC 8460 §4.3.3), told by their words.

The words are those of mox (``mtasts-policy-mx-mismatch``, ``tls-remote-alert-70``), of Microsoft
(``MX_HOSTS_MISMATCH``), of OpenSSL, as Postfix passes them on, and of the Go library.
"""

MX_MISMATCH = r"mx_hosts_mismatch|mx[-_ ]mismatch|mx host mismatch"

TRY_AGAIN = r"\b4[0-9]{2}\b|greylist|try again|reply-code-4"

SELF_SIGNED = r"self[- ]?signed"

BY_WORDS = (
    ("timeouts", r"time-?out|timed out|back-off"),
    ("tls-parameters", r"tls-remote|tls-local"),
    ("certificate-expired", r"expired|not yet valid"),
    ("certificate-host-mismatch", r"host ?name|name mismatch|certificate is (not )?valid for"),
    ("untrusted-certificate", SELF_SIGNED),
    ("certificate-chain", r"local issuer|issuer certificate|first certificate|unknown authority"),
    ("tls-parameters", r"alert|protocol|cipher|handshake|sigalg|no shared"),
)
"""What a reason of a ``validation-failure`` says, by its words; the first that fits decides."""
