"""From bytes to reports: no pandas; `sources` is the one door to disk and network.

`sources` reads the disk, remote file systems and IMAP servers, and `authenticity.dkim_keys` queries
DNS; nothing else here touches disk or network.
"""
