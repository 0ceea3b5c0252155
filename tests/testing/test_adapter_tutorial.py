"""The adapter tutorial says everything there is to say, and its example is a working adapter."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pluggy
import pytest

import careengine
import careengine.testing
from careengine import hookspecs
from careengine.errors import AdapterError
from careengine.model.adapter import CONCURRENCY, IDEMPOTENCY, WEBHOOK, Adapter, AdapterSpec, Capabilities
from careengine.model.decision import ACTION_TYPES
from careengine.testing.crm import CrmUnderTest

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "plugins" / "README.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```(?:python|toml)\n# file: (\S+)\n(.*?)^```$", TUTORIAL, re.DOTALL | re.MULTILINE))
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("careengine_"))


def public(thing: type) -> list[str]:
    return sorted(name for name in vars(thing) if not name.startswith("_"))


@pytest.mark.parametrize(
    "name",
    [
        *HOOKS,
        *(error.__name__ for error in AdapterError.__subclasses__()),
        "SignatureError",
        "PayloadError",
        *(name for name in careengine.testing.__all__),
        *AdapterSpec.__dataclass_fields__,
        *Capabilities.__dataclass_fields__,
        *CONCURRENCY,
        *IDEMPOTENCY,
        *WEBHOOK,
        *public(CrmUnderTest),
    ],
)
def test_the_tutorial_names(name: str) -> None:
    assert re.search(rf"`{name}[`(]", TUTORIAL), f"plugins/README.md does not tell of `{name}`"


@pytest.mark.parametrize("method", public(Adapter))
def test_the_tutorial_explains_the_method(method: str) -> None:
    assert re.search(rf"^\| `{method}\(", TUTORIAL, re.MULTILINE), f"plugins/README.md has no row for `{method}`"


def test_the_tutorial_lists_the_action_types() -> None:
    words = re.sub(r"\s+", " ", TUTORIAL)
    assert f"`{', '.join(ACTION_TYPES)}`" in words


@pytest.mark.parametrize("hook", HOOKS)
def test_the_tutorial_says_each_hooks_sentence(hook: str) -> None:
    sentence = re.sub(r"\s+", " ", getattr(hookspecs, hook).__doc__ or "").strip()
    assert f"| `{hook}` | {sentence} |" in TUTORIAL


def test_the_example_of_every_hook_registers() -> None:
    plugin: dict[str, object] = {"__file__": __file__}
    exec(compile(FILES["careengine_every_hook.py"], "careengine_every_hook.py", "exec"), plugin)  # noqa: S102  ours
    manager = pluggy.PluginManager("careengine")
    manager.add_hookspecs(hookspecs)
    manager.register(type("Plugin", (), {name: staticmethod(plugin[name]) for name in HOOKS}))  # type: ignore[arg-type]
    manager.check_pending()
    assert {hook for hook in HOOKS if getattr(manager.hook, hook).get_hookimpls()} == set(HOOKS)


def test_the_examples_entry_point_is_what_careengine_looks_for() -> None:
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    assert project["entry-points"]["careengine"] == {"tiny": "careengine_tiny"}
    assert f"careengine=={careengine.__version__.rpartition('.')[0]}.*" in project["dependencies"]


def test_the_example_passes_the_kit(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--import-mode=importlib"]
    paths = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": ""}
    done = subprocess.run(command, cwd=tmp_path, env=paths, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "passed" in done.stdout
