"""Load jsonschema, which altair and nbformat need, without the grammars that nobody here uses.

jsonschema checks internationalised addresses with ``rfc3987_syntax`` where that is installed, as it
is with JupyterLab, and that package builds its grammars when it is imported: 0.9 of the 1.4 seconds
that ``import altair`` takes. Here they are built at the first such check, with the same result.
Importing this module does it; it has no effect where jsonschema is loaded already.
"""

import importlib
import sys
from importlib.util import find_spec
from types import ModuleType

GRAMMARS = "rfc3987_syntax"


def is_valid_syntax(term: str, value: str) -> bool:
    """Whether a text is what a term of RFC 3987 means, by the grammars, loaded when asked."""
    is_valid: bool = importlib.import_module(GRAMMARS).is_valid_syntax(term, value)
    return is_valid


def _load_jsonschema() -> None:
    if {"jsonschema", GRAMMARS} & set(sys.modules) or find_spec(GRAMMARS) is None:
        return
    later = ModuleType(GRAMMARS)
    later.is_valid_syntax = is_valid_syntax  # type: ignore[attr-defined]
    sys.modules[GRAMMARS] = later
    try:
        importlib.import_module("jsonschema")
    finally:
        del sys.modules[GRAMMARS]


_load_jsonschema()
