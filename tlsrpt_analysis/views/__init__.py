"""What people look at: charts, widgets and the page that is shared; nothing is computed here.

Call `use_offline_renderer` once in a notebook: altair's own renderers ask a public server.
"""

from tlsrpt_analysis.views import charts, style
from tlsrpt_analysis.views.notebook_export import export_notebook
from tlsrpt_analysis.views.notebook_run import find_notebook
from tlsrpt_analysis.views.page_tables import page_table
from tlsrpt_analysis.views.style import use_offline_renderer
from tlsrpt_analysis.views.widgets import Explorer

__all__ = [
    "Explorer",
    "charts",
    "export_notebook",
    "find_notebook",
    "page_table",
    "style",
    "use_offline_renderer",
]
