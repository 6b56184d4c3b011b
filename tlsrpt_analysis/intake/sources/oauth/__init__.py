"""OAuth 2 for mailboxes: where access tokens come from, how users log in, and what is kept.

What may enter: asking for tokens and keeping what renews them; no mail is read here.
"""
