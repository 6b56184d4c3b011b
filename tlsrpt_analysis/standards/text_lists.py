"""Lists of texts that thousands of reports have alike, each decoded once and kept as JSON.

The ``policy-string`` and ``mx-host`` of a domain seldom change; to build the texts again for each
report takes a sixth of the time of reading it.
"""

from collections.abc import Callable

import msgspec

_LONGEST_KEPT = 4_096
_MOST_KEPT = 16_384

_DECODER = msgspec.json.Decoder(list[str])
_ENCODER = msgspec.json.Encoder()


class TextLists:
    """What was met of one kind of list, by its bytes; at most some megabytes are kept.

    Parameters
    ----------
    settled : callable
        Gives a list as it shall be kept, or None for one that is refused.

    Examples
    --------
    >>> hosts = TextLists(lambda texts: [text.lower() for text in texts])
    >>> bytes(hosts.settled(b'["MX.example.com" ]'))
    b'["mx.example.com"]'
    >>> hosts.settled(b'"no list"') is None
    True
    """

    def __init__(self, settled: Callable[[list[str]], list[str] | None]) -> None:
        self._settle = settled
        self.kept: dict[bytes, msgspec.Raw] = {}

    def settled(self, content: bytes) -> msgspec.Raw | None:
        """Give the JSON of a list in one form, or None where it is refused or no list of texts."""
        known = self.kept.get(content)
        if known is not None:
            return known
        try:
            texts = self._settle(_DECODER.decode(content))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        if texts is None:
            return None
        raw = as_json(texts)
        if len(self.kept) >= _MOST_KEPT:
            self.kept.clear()
        if len(content) <= _LONGEST_KEPT:
            self.kept[content] = raw
        return raw


def as_json(texts: list[str]) -> msgspec.Raw:
    """Give a list of texts as JSON."""
    return msgspec.Raw(_ENCODER.encode(texts))


def from_json(raw: msgspec.Raw | bytes) -> list[str]:
    """Give the texts of a list that was settled."""
    return _DECODER.decode(raw)
