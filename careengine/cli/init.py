"""`careengine init DIR`: a folder that is ready to be checked, tested and served."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from careengine import resources
from careengine.cli.output import say
from careengine.errors import ConfigError

_HERE = Path(__file__).parent / "starter"
_RULES = (
    "recovery/late-delivery",
    "escalation/three-contacts-same-issue",
    "escalation/human-requested",
    "calendar/uk-support",
    "protection/immediate-threat",
)
_SECRETS = ("secrets/demo-token", "secrets/demo-webhook-secret")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--demo", is_flag=True, help="Connect the demo CRM, too.")
def init(folder: Path, demo: bool) -> None:  # noqa: FBT001  click gives it by name
    """Start a folder with settings, a few rules and their tests, and your own fields.

    Nothing that is there already is overwritten.
    """
    files = _files(demo=demo)
    _refuse_to_overwrite(folder, files)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            path.chmod(0o600 if name in _SECRETS else 0o644)
            file.write(content)
    say(f"made {len(files)} files in {folder}; README.md there says what each one is")
    say(f"next: cd {folder} && careengine check && careengine test")


def _files(*, demo: bool) -> dict[str, bytes]:
    """What to write, by its place in the folder."""
    settings = (_HERE / "careengine.toml").read_bytes() + ((_HERE / "demo.toml").read_bytes() if demo else b"")
    files = {"careengine.toml": settings, ".gitignore": b"careengine.db*\nsecrets/\n"}
    for name in ("README.md", "fields.schema.json", "interaction.json"):
        files[name] = (_HERE / name).read_bytes()
    for rule in _RULES:
        for name in (f"{rule}.yaml", f"{rule}.test.yaml"):
            files[f"rules/{name}"] = (resources.rules_folder() / name).read_bytes()
    for name in ("policy", "policy-test"):
        files[f"schemas/{name}.schema.json"] = resources.schema_path(name).read_bytes()
    return files | ({name: secrets.token_urlsafe(24).encode() for name in _SECRETS} if demo else {})


def _refuse_to_overwrite(folder: Path, files: dict[str, bytes]) -> None:
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"`{folder}` is a file; name a folder")
    if there := [name for name in files if (folder / name).exists()]:
        are = f" and {len(there) - 1} more are" if len(there) > 1 else " is"
        raise ConfigError(f"`{folder / there[0]}`{are} there already and nothing is overwritten; name a new folder")
