"""Charts, widgets and the page to share; nothing is computed here.

Call `use_offline_renderer` once in a notebook: altair's own renderers load from a public server.
"""

from tlsrpt_analysis.views import charts, style
from tlsrpt_analysis.views.csv_files import write_csv
from tlsrpt_analysis.views.laboratory import copy_notebooks, open_laboratory
from tlsrpt_analysis.views.page.domain_pages import export_domain_pages
from tlsrpt_analysis.views.page.findings_tables import alias_table, chain_table, mx_table
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
    "export_domain_pages",
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
]
