"""What a page carries inside itself: the chart scripts, data as JSON, and the policy that allows both."""

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.views.style import VEGA_LITE_VERSION

TEMPLATES = files("tlsrpt_analysis.views") / "templates"

POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:;"
    " font-src data:; base-uri 'none'; form-action 'none'"
)
"""The page may run its own scripts, and fetch nothing."""

UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def content_policy(scripts: Iterable[str]) -> str:
    """Return the Content-Security-Policy of a page that runs these scripts and no others."""
    hashes = [f"'{_hash(text)}'" for text in scripts]
    return POLICY.format(scripts=" ".join(hashes) or "'none'")


def embedded_json(content: Any) -> str:
    r"""Return a value as JSON in which nothing can end the script element around it.

    Examples
    --------
    >>> embedded_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    return text.translate(UNSAFE)


@cache
def vega_bundle() -> str:
    """Return Vega, Vega-Lite and vega-embed as one script."""
    import vl_convert  # noqa: PLC0415 - most pages need no charts

    bundle = vl_convert.javascript_bundle(vl_version=VEGA_LITE_VERSION)  # type: ignore[call-arg]
    bundle = bundle.replace("\r", "")
    if "</script" in bundle.lower() or "<!--" in bundle:
        raise ExportError(
            "The chart scripts of vl-convert cannot be embedded in a page. Update it."
        )
    return bundle


def template_text(*path: str) -> str:
    """Return the text of a file of the templates."""
    return TEMPLATES.joinpath(*path).read_text(encoding="utf-8")


@cache
def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
