"""Every regular expression takes time in proportion to its text, whatever a stranger writes.

The patterns are found in the source, so a new one is tried as well. For each of its repetitions a
text is made that matches as far as there, repeats many times, and then does not match.
"""

import ast
import importlib
import re
import re._constants as code
import re._parser as parser
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.growth import SHORTEST_SECONDS, growth

import tlsrpt_analysis
from tlsrpt_analysis.analyses.cause_catalogue.causes import CAUSES

PACKAGE = Path(tlsrpt_analysis.__file__).parent
METHODS = {"match", "fullmatch", "search", "split", "sub", "subn", "findall", "finditer"}
CALLS = METHODS | {"compile"}

REPEATS = 4_000
"""So many units show a time that grows with the square, and a tenth of a second at most if not."""

OWN_TEXT = {
    ("views/style.py", "OF_THE_PAGE"),
    ("views/page/chart_files.py", "headings"),
    ("probes/roots.py", "_PEM"),
}
"""Patterns whose text is the user's own: stylesheets, notebooks, and the roots of the system."""

LOCAL = {
    "analyses/causes/rows.py": [words.pattern for cause in CAUSES for words in cause.reasons],
    "analyses/selective/pointers.py": [],  # the same
}
"""The patterns of calls that get them from elsewhere."""

UNITS = [" ", "\n", "\r\n", "\n ", "a", "0", "a.", "a-", "a_", "a@", "(", ")", "[", "<", '"', "\\"]
UNITS += ['\\"', ",", ";", ":", "=", "{", "}", "*", "/", "%", "é", "0.", "0:", ":0", "a=", "a:\n"]
UNITS += ["From a\n", "a: b\n", "\nFrom a\n", "mx: ", "1 1 1 ", "<a@", "ab 1 ", "\n>", "[1", "{\n"]


@dataclass(frozen=True)
class Pattern:
    """A pattern, where it stands, and how its text is searched."""

    module: str
    name: str
    compiled: re.Pattern
    methods: frozenset[str]

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


def _trees() -> dict[str, ast.Module]:
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text())
        for path in sorted(PACKAGE.rglob("*.py"))
    }


TREES = _trees()


def _parents(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def _used_methods() -> dict[str, set[str]]:
    """Return the methods that any module calls or hands on, by the name of the pattern."""
    used: dict[str, set[str]] = {}
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used.setdefault(node.value.id, set()).add(node.attr)
    return used


USED = _used_methods()


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in CALLS
        ):
            yield node


def _patterns_of(module: str, tree: ast.Module) -> Iterator[Pattern]:
    parents = _parents(tree)
    for call in _calls(tree):
        assert isinstance(call.func, ast.Attribute)
        parent = parents[call]
        name = call.func.attr
        methods = frozenset({name} & METHODS)
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            name = parent.targets[0].id
            methods = frozenset(USED.get(name, set()) & METHODS)
        elif isinstance(parent, ast.Attribute) and name == "compile":
            methods = frozenset({parent.attr})
        for number, pattern in enumerate(_values(module, call)):
            yield Pattern(
                module, f"{name}{number or ''}", pattern, methods or frozenset({"search"})
            )


def _values(module: str, call: ast.Call) -> list[re.Pattern]:
    """Evaluate the arguments of a call as its module does."""
    place = f"tlsrpt_analysis.{module.removesuffix('.py').replace('/', '.')}"
    space = vars(importlib.import_module(place.removesuffix(".__init__")))
    flags = [word.value for word in call.keywords if word.arg == "flags"]
    if isinstance(call.func, ast.Attribute) and call.func.attr == "compile":
        flags += call.args[1:2]
    value = eval(ast.unparse(flags[0]), dict(space)) if flags else 0  # noqa: S307 - our own source
    try:
        source = eval(ast.unparse(call.args[0]), dict(space))  # noqa: S307 - as above
    except NameError:
        return [re.compile(pattern, value) for pattern in LOCAL[module]]
    return [re.compile(source, value)]


PATTERNS = [
    pattern
    for module, tree in TREES.items()
    for pattern in _patterns_of(module, tree)
    if (module, pattern.name) not in OWN_TEXT
]


def _sample(tree: object) -> str:
    """Return a short text that a part of a pattern matches, as far as that is easy to find."""
    return "".join(_sample_of(kind, value) for kind, value in tree)


def _sample_of(kind: object, value: object) -> str:  # noqa: PLR0911 - one for each kind
    match kind:
        case code.LITERAL:
            return chr(value)
        case code.NOT_LITERAL:
            return "a" if chr(value) != "a" else "b"
        case code.ANY:
            return "a"
        case code.IN:
            return _in_class(value)
        case code.MAX_REPEAT | code.MIN_REPEAT | code.POSSESSIVE_REPEAT:
            return _sample(value[2]) * min(max(value[0], 1), 20)
        case code.SUBPATTERN:
            return _sample(value[3])
        case code.ATOMIC_GROUP:
            return _sample(value)
        case code.BRANCH:
            return _sample(value[1][0])
        case _:
            return ""


def _in_class(entries: list[tuple[object, object]]) -> str:
    is_negated = entries[0][0] is code.NEGATE
    wanted = re.compile(f"[{'^' if is_negated else ''}{''.join(map(_spelled, entries))}]")
    return next((letter for letter in "a0 .-_:;\n\t\"'A=\\(\\[@" if wanted.match(letter)), "")


def _spelled(entry: tuple[object, object]) -> str:
    match entry:
        case (code.LITERAL, value):
            return f"\\u{value:04x}"
        case (code.RANGE, (low, high)):
            return f"\\u{low:04x}-\\u{high:04x}"
        case (code.CATEGORY, category):
            letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[str(category).rpartition("_")[2]]
            return f"\\{letter.upper() if 'NOT' in str(category) else letter}"
        case _:
            return ""


def _repeated(tree: object, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield what comes before each repetition of a pattern, and what repeats."""
    for kind, value in tree:
        match kind:
            case code.MAX_REPEAT | code.MIN_REPEAT | code.POSSESSIVE_REPEAT if value[1] > 20:
                yield before, _sample(value[2])
                yield from _repeated(value[2], before)
            case code.MAX_REPEAT | code.MIN_REPEAT | code.POSSESSIVE_REPEAT:
                yield from _repeated(value[2], before)
            case code.SUBPATTERN:
                yield from _repeated(value[3], before)
            case code.ATOMIC_GROUP:
                yield from _repeated(value, before)
            case code.BRANCH:
                for branch in value[1]:
                    yield from _repeated(branch, before)
        before += _sample_of(kind, value)


def _attacks(compiled: re.Pattern) -> dict[tuple[str, str], None]:
    """Return beginnings and units: alone, after what comes before, and with what comes before."""
    source = compiled.pattern
    text = source if isinstance(source, str) else source.decode("latin-1")
    tree = parser.parse(
        text, compiled.flags & ~re.UNICODE if isinstance(source, bytes) else compiled.flags
    )
    attacks: dict[tuple[str, str], None] = dict.fromkeys(("", unit) for unit in UNITS)
    for before, unit in _repeated(tree):
        if unit:
            attacks[before, unit] = None
            attacks["", before + unit] = None
            attacks["", before + unit * 9] = None
    attacks["", _sample(tree) or "a"] = None
    attacks["", (_sample(tree) or "a")[:-1] or "a"] = None
    return attacks


def _work(pattern: Pattern, method: str, before: str, unit: str) -> Callable[[int], object]:
    def work(size: int) -> None:
        text = before + unit * size + "\x01"
        whole = text if isinstance(pattern.compiled.pattern, str) else text.encode()
        if method in {"sub", "subn"}:
            getattr(pattern.compiled, method)(whole[:0], whole)
        elif method == "finditer":
            list(pattern.compiled.finditer(whole))
        else:
            getattr(pattern.compiled, method)(whole)

    return work


def test_the_patterns_of_the_package_are_found() -> None:
    """By their calls of `re`, which no module imports under another name."""
    assert len(PATTERNS) > 90
    assert {
        (module, pattern.name)
        for module, tree in TREES.items()
        for pattern in _patterns_of(module, tree)
    } >= OWN_TEXT
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.ImportFrom) and node.module == "re"), module


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_the_time_of_a_pattern_grows_with_the_text(pattern: Pattern) -> None:
    """Twice the text takes at most 2.5 times as long."""
    for method in pattern.methods:
        for before, unit in _attacks(pattern.compiled):
            work = _work(pattern, method, before, unit)
            began = time.process_time()
            work(REPEATS)
            if time.process_time() - began > SHORTEST_SECONDS:
                growth(work, REPEATS // 2)


def test_a_pattern_that_grows_faster_is_found() -> None:
    """Or this test would prove nothing."""
    pattern = Pattern("here", "it", re.compile(r"[ab]+x"), frozenset({"search"}))
    attacks = _attacks(pattern.compiled)
    work = _work(pattern, "search", "", "a")

    assert ("", "a") in attacks
    with pytest.raises(AssertionError):
        growth(work, 4 * REPEATS)
