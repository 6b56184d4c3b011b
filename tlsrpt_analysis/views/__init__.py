"""Charts, widgets and the page to share; nothing is computed here.

A chart enables a renderer that needs no network, unless the user has chosen one.
A name loads its module on first use (PEP 562): the page needs neither altair nor Jupyter.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from tlsrpt_analysis.extras import needed_extra

if TYPE_CHECKING:
    from tlsrpt_analysis.views import charts, style
    from tlsrpt_analysis.views.csv_files import write_csv
    from tlsrpt_analysis.views.laboratory import copy_notebooks, open_laboratory
    from tlsrpt_analysis.views.page.findings_tables import alias_table, chain_table, mx_table
    from tlsrpt_analysis.views.page.fleet_page import write_fleet_report
    from tlsrpt_analysis.views.page.html_report import write_domain_reports, write_html_report
    from tlsrpt_analysis.views.page.notebook_export import export_notebook
    from tlsrpt_analysis.views.page.notebook_run import find_notebook
    from tlsrpt_analysis.views.page.printing import print_page
    from tlsrpt_analysis.views.page.selectors import page_selectors
    from tlsrpt_analysis.views.page.tables import page_table
    from tlsrpt_analysis.views.page.worst_first import worst_first
    from tlsrpt_analysis.views.style import use_offline_renderer
    from tlsrpt_analysis.views.widgets.explorer import Explorer
    from tlsrpt_analysis.views.widgets.impact_explorer import ImpactExplorer

__all__ = [
    "Explorer",
    "ImpactExplorer",
    "alias_table",
    "chain_table",
    "charts",
    "copy_notebooks",
    "export_notebook",
    "find_notebook",
    "mx_table",
    "open_laboratory",
    "page_selectors",
    "page_table",
    "print_page",
    "style",
    "use_offline_renderer",
    "worst_first",
    "write_csv",
    "write_domain_reports",
    "write_fleet_report",
    "write_html_report",
]

_HOMES = {
    "Explorer": "widgets.explorer",
    "ImpactExplorer": "widgets.impact_explorer",
    "alias_table": "page.findings_tables",
    "chain_table": "page.findings_tables",
    "copy_notebooks": "laboratory",
    "export_notebook": "page.notebook_export",
    "find_notebook": "page.notebook_run",
    "mx_table": "page.findings_tables",
    "open_laboratory": "laboratory",
    "page_selectors": "page.selectors",
    "page_table": "page.tables",
    "print_page": "page.printing",
    "use_offline_renderer": "style",
    "worst_first": "page.worst_first",
    "write_csv": "csv_files",
    "write_domain_reports": "page.html_report",
    "write_fleet_report": "page.fleet_page",
    "write_html_report": "page.html_report",
}
"""Where each public name lives; a test compares it with the imports above."""

_MODULES = ("charts", "style")


if not TYPE_CHECKING:  # or a type checker would take any name for a public one

    def __getattr__(name: str) -> object:
        """Load the module of a public name, and keep the name for the next time."""
        if name not in _HOMES and name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        with needed_extra("lab", f"views.{name}"):
            if name in _MODULES:
                return import_module(f"{__name__}.{name}")
            found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted(__all__)
