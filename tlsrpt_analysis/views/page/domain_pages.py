"""One page per policy domain, so that a provider can give each customer only their own."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
from jinja2 import Environment

from tlsrpt_analysis.views.page.notebook_export import notebook_page, template_text
from tlsrpt_analysis.views.page.notebook_run import NotebookKernel
from tlsrpt_analysis.views.page.written_files import write_file

INDEX = "index.html"
PLAIN_NAME = re.compile(
    r"(?!(?:con|prn|aux|nul|com\d|lpt\d|conin|conout|clock|index)(?:\.|\Z)|domain-)"
    r"[a-z0-9_][a-z0-9_.-]{0,99}"
)
"""File names that work on every system; any other domain gets a name made from its digest."""


def export_domain_pages(  # noqa: PLR0913 - each is a choice of its own, by keyword
    notebook: str | Path,
    by_domain: pd.DataFrame,
    folder: str | Path,
    *,
    parameters: Mapping[str, object] | None = None,
    shown_parameters: Mapping[str, object] | None = None,
    timeout_seconds: float = 600,
) -> Iterator[Path]:
    """Run a notebook for each policy domain; write a page for each, and an index.

    One kernel runs all of them, one after the other, each from an empty namespace.

    Parameters
    ----------
    notebook : str or Path
        A notebook whose parameters include ``policy_domains``.
    by_domain : DataFrame
        `EnforceImpact.by_domain`: a page for each of its domains; the index shows their verdicts.
    folder : str or Path
        Where to write the pages; created if missing.
    parameters, shown_parameters : mapping of str to object, optional
        The other parameters, as for `export_notebook`.
    timeout_seconds : float
        The longest time for one cell.

    Yields
    ------
    Path
        Each page as soon as it is written, and the index last.

    Raises
    ------
    ExportError
        When the notebook cannot be read or run, or a file cannot be written.

    Examples
    --------
    >>> list(export_domain_pages("missing.ipynb", pd.DataFrame({"policy_domain": ["a.example"]}), "."))
    Traceback (most recent call last):
    tlsrpt_analysis.errors.ExportError: ...missing.ipynb cannot be read: No such file or directory.
    """
    source, target = Path(notebook).resolve(), Path(folder)
    rows = by_domain.dropna(subset="policy_domain")
    names = {domain: page_name(domain) for domain in rows["policy_domain"].astype("str")}
    with NotebookKernel(timeout_seconds) as kernel:
        for domain, name in names.items():
            chosen = {"policy_domains": [domain]}
            shown = None if shown_parameters is None else {**shown_parameters, **chosen}
            executed = kernel.run(source, {**(parameters or {}), **chosen}, shown)
            page = notebook_page(executed, title=domain)
            yield write_file(target / name, page.encode())
    yield write_file(target / INDEX, _index(rows, names).encode())


def page_name(domain: str) -> str:
    """Return the file name of a domain's page: the domain, if that is safe.

    Examples
    --------
    >>> page_name("example.com")
    'example.com.html'
    >>> page_name("../x")
    'domain-d6b96a97d147daaae49eb87a5ca7bfbc280e79551016df8aa5edc5920d21c274.html'
    """
    if PLAIN_NAME.fullmatch(domain):
        return f"{domain}.html"
    digest = hashlib.sha256(domain.encode("utf-8", "surrogatepass")).hexdigest()
    return f"domain-{digest}.html"  # the whole of it: two domains with equal starts can be made


def _index(rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return the list of domains with their verdicts, for the provider and not for a customer."""
    domains = rows[["policy_domain", "verdict", "headline"]].to_dict("records")
    environment = Environment(autoescape=True)
    return environment.from_string(template_text("domains.html.j2")).render(
        style=template_text("page.css"),
        rows=[{**row, "address": names[str(row["policy_domain"])]} for row in domains],
    )
