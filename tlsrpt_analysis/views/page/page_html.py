"""The page as HTML: templates that escape everything, one style, and scripts that fetch nothing."""

import re
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from tlsrpt_analysis.views.page import fleet_sentences, sentences, words
from tlsrpt_analysis.views.page.embedding import content_policy, embedded_json, template_text
from tlsrpt_analysis.views.page.page_model import Page
from tlsrpt_analysis.views.page.page_of import versions
from tlsrpt_analysis.views.palette import style_sheet

FOLDER = "page"
STYLES = ("page.css", "linked.css")
SCRIPTS = ("linked.js", "page.js")
SCRIPT_WORDS = ("copy", "copied", "theme")


def page_html(page: Page, *, template: str = "page.html.j2", styles: Sequence[str] = STYLES) -> str:
    """Return a page as HTML in one piece."""
    own = _script()
    scripts = [own]
    return (
        _environment()
        .get_template(template)
        .render(
            page=page,
            versions=versions(),
            made_on=sentences.made_on(page.made_on),
            content_policy=content_policy(scripts),
            style=Markup(_style(styles)),  # noqa: S704 - files of this package
            margins=Markup(_margins(page)),  # noqa: S704 - every other character is escaped
            scripts=[Markup(script) for script in scripts],  # noqa: S704 - a file of this package
            linked_json=Markup(embedded_json(page.linked.content)),  # noqa: S704 - nothing in it ends its element
            words_json=Markup(  # noqa: S704 - nothing in it ends its element
                embedded_json({name: words.WORDS[name] for name in SCRIPT_WORDS})
            ),
        )
    )


def slug(text: str) -> str:
    """Return a text as it may stand in a class.

    Examples
    --------
    >>> slug("enforced, refusing mail")
    'enforced-refusing-mail'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(lambda name: template_text(FOLDER, name)),
    )
    environment.filters["slug"] = slug
    environment.globals.update(
        words=words.WORDS,
        fleet_words=fleet_sentences.WORDS,
        verdicts=words.VERDICTS,
        method=words.METHOD,
    )
    return environment


def _style(names: Sequence[str]) -> str:
    return style_sheet() + "".join(template_text(FOLDER, name) for name in names)


@cache
def _script() -> str:
    parts = (f"{{\n{template_text(FOLDER, name)}}}\n" for name in SCRIPTS)
    return '"use strict";\n' + "".join(parts)


def _margins(page: Page) -> str:
    """Return the name, the date and the page number in the margins of each printed page."""
    left = _css_text(f"{page.name} · {sentences.made_on(page.made_on)}")
    right = f'counter(page) "{_css_text(" / ")}" counter(pages)'
    style = "font: 8pt system-ui, sans-serif; color: #444"
    return (
        "@page { size: A4; margin: 16mm 15mm 18mm;"
        f' @bottom-left {{ content: "{left}"; {style} }}'
        f" @bottom-right {{ content: {right}; {style} }} }}"
    )


def _css_text(text: str) -> str:
    r"""Return a text as it may stand between quotation marks in a style sheet.

    Examples
    --------
    >>> _css_text('a"</style>')
    'a\\22 \\3c \\2f style\\3e '
    """
    return re.sub(r"[^A-Za-z0-9]", lambda found: f"\\{ord(found[0]):x} ", text)
