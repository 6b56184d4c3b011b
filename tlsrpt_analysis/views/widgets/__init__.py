"""The widgets of the notebooks; each shows charts and tables of what is chosen."""

import tlsrpt_analysis.views.lazy_grammars  # noqa: F401 - before altair is loaded
