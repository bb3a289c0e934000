"""No circle of imports: each module can be read, and loaded, after those it builds on.

Imports for type checkers alone do not count; imports within functions do, since a circle broken by
one is a circle still.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from tests.house.rooms import code_packages, files, text

Graph = Mapping[str, set[str]]


def modules() -> dict[str, str]:
    """Source text by dotted name; a package goes by its own name."""
    return {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__"): text(path)
        for path in files(".py", new=True)
        if path.parts[0] in code_packages()
    }


def statements(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import that can be executed."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from statements(ast.Module(child.orelse, []))
        else:
            yield from statements(child)


def imported(source: str, known: set[str]) -> set[str]:
    """The modules of ours that a text imports: the deepest that each import names."""
    found: set[str] = set()
    for statement in statements(ast.parse(source)):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
            continue
        assert not statement.level, "imports are absolute"
        for alias in statement.names:
            inner = f"{statement.module}.{alias.name}"
            found.add(inner if inner in known else str(statement.module))
    return found & known


def graph(sources: Mapping[str, str]) -> Graph:
    """What each module imports."""
    known = set(sources)
    return {name: imported(source, known) - {name} for name, source in sources.items()}


def circles(arrows: Graph) -> list[set[str]]:
    """Sets of modules that each reach one another: what remains when ends are taken away."""
    left = {name: set(targets) for name, targets in arrows.items()}
    while ends := {name for name, targets in left.items() if not targets & set(left)}:
        for name in ends:
            del left[name]

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for target in left[waiting.pop()] & set(left):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return seen

    reached = {name: reach(name) for name in left}
    knots = {
        frozenset(other for other in reached[name] if name in reached[other])
        for name in left
        if name in reached[name]
    }
    return sorted((set(knot) for knot in knots), key=sorted)


def test_no_module_imports_itself_by_a_detour() -> None:
    arrows = graph(modules())
    assert len(arrows) > 100
    assert sum(map(len, arrows.values())) > 300
    assert not circles(arrows)


def test_a_circle_would_be_found() -> None:
    sources = {
        "a": "from b import c",
        "b": "",
        "b.c": "def f():\n    import d",
        "d": "import a, e",
        "e": "",
        "f": "import a",
    }
    assert circles(graph(sources)) == [{"a", "b.c", "d"}]


def test_an_import_for_type_checkers_makes_no_circle() -> None:
    sources = {
        "a": "import b",
        "b": "if TYPE_CHECKING:\n    import a\nelse:\n    import c",
        "c": "",
    }
    assert graph(sources) == {"a": {"b"}, "b": {"c"}, "c": set()}
    assert not circles(graph(sources))
