"""Commands and settings that the records of several causes share."""

CONNECT = "openssl s_client -starttls smtp -connect {host}:25 -servername {host}"
SERVED = f"{CONNECT} -showcerts -verify_hostname {{host}} </dev/null"
VERIFIED = (
    f"{SERVED} # Verify return code 20 or 21: the chain; 18 or 19: self-signed or a private CA;"
    " 62: the name; 10: expired; 0: nothing is wrong from here"
)
"""What follows the number sign says what to look for."""

POLICY_ADDRESS = "https://mta-sts.{domain}/.well-known/mta-sts.txt"
FETCH = f"curl -sv --max-redirs 0 --max-time 60 {POLICY_ADDRESS}"
POLICY_TXT = "dig +short TXT _mta-sts.{domain}"

RELOAD = (
    "Postfix: postfix reload. Exim: systemctl reload exim4."
    " Exchange: Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services SMTP"
)
CONNECTOR = (
    "\nExchange: $c = Get-ExchangeCertificate -Thumbprint THUMBPRINT; Set-ReceiveConnector"
    ' "SERVER\\Default Frontend SERVER" -TlsCertificateName "<I>$($c.Issuer)<S>$($c.Subject)"'
)
CHAIN = (
    "\nExchange: Import-ExchangeCertificate -FileData"
    " ([System.IO.File]::ReadAllBytes('C:\\mx.pfx')) -Password (Get-Credential).Password, the"
    " intermediates into the Intermediate Certification Authorities store, then"
    " Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services SMTP"
)
