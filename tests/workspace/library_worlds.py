"""Made-up installs: virtual environments, node_modules, module caches and toolchains, for tests of what is found."""

from __future__ import annotations

import zipfile
from pathlib import Path

SITE = "lib/python3.11/site-packages"


def put(root: Path, files: dict[str, str]) -> Path:
    """Write files below `root`, which is returned."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def venv(folder: Path, packages: dict[str, dict[str, str]], home: str = "/usr/bin") -> Path:
    """A virtual environment; `packages`: name-version to its files."""
    put(folder, {"pyvenv.cfg": f"home = {home}\nversion = 3.11.7\n", f"{SITE}/_virtualenv.pth": "import x\n"})
    for package, files in packages.items():
        record = "".join(f"{name},,\n" for name in [*files, "../../../bin/tool"])
        put(folder / SITE, {**files, f"{package}.dist-info/RECORD": record, f"{package}.dist-info/METADATA": "\n"})
    return folder


def node_package(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """A package in a `node_modules`."""
    return put(folder / name, {"package.json": f'{{"name": "{name}", "version": "{version}"}}', **files})


def python_install(prefix: Path, modules: dict[str, str]) -> Path:
    """An interpreter's folders below `prefix`, with just enough of a standard library; its `home`."""
    enough = {"os.py": "import abc\n", "abc.py": "class ABC: ...\n", "asyncio/__init__.py": "from .x import *\n"}
    put(prefix / "lib/python3.11", {**enough, **modules})
    put(prefix, {"bin/python3": ""})
    return prefix / "bin"


def go_install(root: Path, files: dict[str, str]) -> Path:
    """A GOROOT."""
    enough = {"VERSION": "go1.22.1\n", "src/fmt/print.go": "package fmt\n\nfunc Println(a ...any) {}\n"}
    return put(root, {**enough, **{f"src/{name}": text for name, text in files.items()}})


def java_install(root: Path, files: dict[str, str]) -> Path:
    """A JAVA_HOME with sources."""
    (root / "lib").mkdir(parents=True)
    with zipfile.ZipFile(root / "lib/src.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return root
