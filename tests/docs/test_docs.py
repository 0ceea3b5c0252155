"""Nothing a person may use is left out of the docs, and no link in them leads nowhere."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from careengine import hookspecs, resources
from careengine.app import App
from careengine.cli.lazy import load
from careengine.cli.main import ELSEWHERE, VERBS
from careengine.host import Host
from careengine.model.adapter import Adapter
from careengine.model.condition import OPERATORS
from careengine.model.decision import ACTION_TYPES
from careengine.model.history import KIND_OF_EVENT
from careengine.policy.codes import CODES
from careengine.policy.limits import LIMITS
from careengine.service.roles import ROLES, SCOPES
from careengine.service.routes import ENDPOINTS
from careengine.settings import RetentionSettings
from tests.deploy.figures import described
from tests.service.conftest import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).parents[2]
README, OPS = ROOT / "README.md", ROOT / "rules" / "README.md"
INTEGRATORS, REFERENCE = ROOT / "plugins" / "README.md", ROOT / "schemas" / "README.md"
SECURITY, RUNNING = ROOT / "careengine" / "SECURITY.md", ROOT / "careengine" / "OPERATIONS.md"
PAGES = [README, OPS, INTEGRATORS, REFERENCE, SECURITY, RUNNING, ROOT / "careengine" / "ARCHITECTURE.md"]
PAGES.append(ROOT / "CHANGELOG.md")
PAGES += sorted(ROOT.glob("plugins/*/README.md"))


def _missing(page: Path, words: Iterable[str]) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [word for word in words if not re.search(rf"`{re.escape(word)}[`(]", text)]


def test_every_verb_is_in_the_readme() -> None:
    assert _missing(README, [f"careengine {name}" for name in (*(verb.name for verb in VERBS), *ELSEWHERE)]) == []


def test_the_row_of_a_verb_names_all_that_it_holds() -> None:
    rows = dict(re.findall(r"^\| `careengine ([a-z]+)` \| (.*) \|$", README.read_text(encoding="utf-8"), re.MULTILINE))
    held = [(verb.name, each) for verb in VERBS for each in getattr(load(verb.target), "commands", ())]
    assert [pair for pair in held if f"`{pair[1]}" not in rows[pair[0]]] == []


def test_every_room_is_on_the_map() -> None:
    inside = (ROOT / "careengine").glob("[a-z]*")
    rooms = {f"{one.name}/" if one.is_dir() else one.name for one in inside if one.suffix in ("", ".py")}
    assert _missing(ROOT / "careengine" / "ARCHITECTURE.md", rooms) == []


def test_every_folder_of_starter_rules_is_in_the_ops_guide() -> None:
    assert [
        one.name for one in OPS.parent.iterdir() if one.is_dir() and f"| `{one.name}/` |" not in OPS.read_text()
    ] == []


def test_every_address_of_the_service_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert [one.path for one in ENDPOINTS if not re.search(rf"[ `]{re.escape(one.path)}`", text)] == ["/"]


def test_every_setting_is_in_the_reference() -> None:
    lines = ["| setting | default | what it does |", "|---|---|---|", *_settings(resources.schema("settings"))]
    _stands_in(REFERENCE, "\n".join(lines))


def _settings(schema: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, inner in schema.get("properties", {}).items():
        if "properties" in inner:
            yield from _settings(inner, f"{prefix}{name}.")
        else:
            default = f"`{json.dumps(inner['default'])}`" if "default" in inner else ""
            yield f"| `{prefix}{name}` | {default} | {inner['description']} |"


def test_every_scope_and_role_is_in_the_page_on_security() -> None:
    scopes = [f"| `{name}` | {text} |" for name, text in SCOPES.items()]
    _stands_in(SECURITY, "\n".join(["| scope | allows |", "|---|---|", *scopes]))
    roles = [f"| `{role}` | {', '.join(f'`{s}`' for s in SCOPES if s in has)} |" for role, has in ROLES.items()]
    _stands_in(SECURITY, "\n".join(["| role | has |", "|---|---|", *roles]))


def test_every_retention_is_in_the_page_on_security() -> None:
    assert _missing(SECURITY, [f"retention.{field.name}" for field in fields(RetentionSettings)]) == []


def test_every_code_is_in_the_ops_guide() -> None:
    rows = [f"| `{code.code}` | {code.title} | {code.meaning} |" for code in CODES.values()]
    _stands_in(OPS, "\n".join(["| code | what is wrong | what it means |", "|---|---|---|", *rows]))


def test_every_limit_is_in_the_ops_guide() -> None:
    rows = [f"| {limit.what} | {limit} | `{limit.code}` |" for limit in LIMITS]
    _stands_in(OPS, "\n".join(["| what | at most | code |", "|---|---|---|", *rows]))


def _stands_in(page: Path, table: str) -> None:
    assert table in page.read_text(encoding="utf-8"), f"put this table into {page.relative_to(ROOT)}:\n{table}"


def test_every_operator_and_event_is_in_the_ops_guide() -> None:
    assert _missing(OPS, OPERATORS) == []
    assert _missing(OPS, KIND_OF_EVENT) == []


def test_every_history_filter_is_in_the_ops_guide() -> None:
    condition = resources.schema("policy")["$defs"]["condition"]["properties"]
    assert _missing(OPS, condition) == []
    assert _missing(OPS, condition["count"]["enum"]) == []


def test_every_field_of_a_policy_is_in_the_ops_guide() -> None:
    assert _missing(OPS, resources.schema("policy")["properties"]) == []


def test_every_hook_adapter_method_and_action_is_in_the_adapter_guide() -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("careengine_")]
    methods = [name for name in vars(Adapter) if not name.startswith("_")]
    assert _missing(INTEGRATORS, hooks) == []
    assert _missing(INTEGRATORS, methods) == []
    assert _missing(INTEGRATORS, ACTION_TYPES) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_everything_public_says_what_it_is() -> None:
    silent = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / "careengine").rglob("*.py"))
        if "versions" not in path.parts
        for name in _undocumented(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def _undocumented(module: ast.Module) -> Iterator[str]:
    if ast.get_docstring(module) is None:
        yield "the module"
    for node in module.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (f"{node.name}.{name}" for name in _silent(node))
    yield from _silent(module)


def _silent(parent: ast.Module | ast.ClassDef) -> Iterator[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in parent.body:
        if isinstance(node, kinds) and not node.name.startswith(("_", "test_")) and ast.get_docstring(node) is None:
            yield node.name


def test_every_metric_is_in_the_operators_guide() -> None:
    rows = [
        f"| `{one.name}` | {one.type} | {', '.join(f'`{label}`' for label in one.labels)} | {one.says} |"
        for one in described()
    ]
    _stands_in(RUNNING, "\n".join(["| metric | type | labels | what it says |", "|---|---|---|---|", *rows]))


def test_every_check_and_every_deployment_file_is_in_the_operators_guide(tmp_path: Path) -> None:
    with App.open(settings_in(tmp_path), Host()) as app:
        assert _missing(RUNNING, [check.name for check in app.checks()]) == []
    assert _missing(RUNNING, [path.name for path in (ROOT / "careengine" / "deploy").iterdir()]) == []
