"""From bytes to reports: no pandas; `sources` is the one door to disk and network.

Behind that door stand `readable_files`, `remote_files`, `imap_folders` with its accounts, and
`dkim_keys`, which asks DNS; nothing else here touches either.
"""
