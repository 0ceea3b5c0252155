"""`careengine deploy DIR`: everything that runs and watches an installation, ready to be changed."""

from __future__ import annotations

from pathlib import Path

import click

import careengine
from careengine.cli.output import say
from careengine.errors import ConfigError

_FILES = Path(careengine.__file__).parent / "deploy"
_NEEDED = "requirements.txt"
_WHEELS = "wheels/README.md"
_ADDED = {
    _WHEELS: "Wheels of your own go here; the image is built with them.\n",
    ".dockerignore": "*\n!requirements.txt\n!wheels/\n",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def deploy(folder: Path) -> None:
    """Write a Dockerfile, a compose file, a systemd unit, alert rules and a dashboard into a folder.

    The folder may be one that `careengine init` made. Nothing that is there already is overwritten.
    """
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(_FILES.iterdir())} | _ADDED
    files[_NEEDED] = files[_NEEDED].replace("==VERSION", f"=={careengine.__version__}")
    if there := [name for name in files if (folder / name).exists()]:
        names = ", ".join(f"`{folder / name}`" for name in there)
        raise ConfigError(f"nothing is overwritten, and these are there already: {names}; name another folder")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    say(f"wrote {len(files)} files into {folder}")
    say("next: change `requirements.txt` and `compose.yaml` to what you need; `careengine/OPERATIONS.md` explains them")
