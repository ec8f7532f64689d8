"""Where compilers and interpreters are usually installed on a machine, and the sources that come with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PYTHONS = (
    *("/usr", "/opt", "/nix/store", "/home/linuxbrew/.linuxbrew", "/Library/Frameworks/Python.framework"),
    *("/Applications/Xcode.app", "/Library/Developer/CommandLineTools"),
)
_PYTHONS_AT_HOME = (
    *(".pyenv/versions", ".local/share/uv/python", ".local/share/mise/installs/python", ".asdf/installs/python"),
    *(".local/share/rtx/installs/python", ".local/share/pypoetry/python", ".rye/py", ".local/share/hatch/pythons"),
    *("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", "miniconda", "anaconda"),
    *("AppData/Local/Programs/Python", "AppData/Roaming/uv/python", "Library/Application Support/uv/python"),
)


def is_well_known(path: Path) -> bool:
    """Whether a path (without links) is where Python interpreters are installed, rather than people's own files."""
    named = [*_named("PYENV_ROOT", "versions"), *_named("UV_PYTHON_INSTALL_DIR"), *_named("PROGRAMFILES")]
    places = [*map(Path, _PYTHONS), *(Path.home() / place for place in _PYTHONS_AT_HOME), *named]
    return any(path.is_relative_to(os.path.realpath(place)) for place in places)


def go_roots() -> Iterator[Path]:
    """The roots of Go installs, the user's own choice first."""
    yield from _named("GOROOT")
    yield Path("/usr/local/go")
    yield from _newest(Path("/usr/lib"), "go-*")
    yield from (Path("/usr/lib/go"), Path("/opt/homebrew/opt/go/libexec"), Path("/usr/local/opt/go/libexec"))
    yield from _newest(Path.home() / "sdk", "go*")
    yield from _named("PROGRAMFILES", "Go")


def rust_libraries() -> Iterator[Path]:
    """The folders with core, alloc and std of the Rust toolchains that have their sources, a stable one first."""
    home = next(_named("RUSTUP_HOME"), Path.home() / ".rustup") / "toolchains"
    toolchains = [*_newest(home, "stable*"), *_newest(home, "[0-9]*"), *_newest(home, "*")]
    yield from (toolchain / "lib/rustlib/src/rust/library" for toolchain in toolchains)
    yield from (Path("/usr/lib/rustlib/src/rust/library"), Path("/usr/local/lib/rustlib/src/rust/library"))


def java_sources() -> Iterator[Path]:
    """The archives of sources in JDKs, the user's own choice first."""
    yield from _named("JAVA_HOME", "lib/src.zip")
    homes = [*_newest(Path("/usr/lib/jvm"), "*"), Path.home() / ".sdkman/candidates/java/current"]
    homes += [home / "Contents/Home" for home in _newest(Path("/Library/Java/JavaVirtualMachines"), "*")]
    yield from (home / "lib/src.zip" for home in homes)


def node_modules() -> Iterator[Path]:
    """The folders with what was installed for all projects, and what an editor brings."""
    yield from map(Path, ("/usr/local/lib/node_modules", "/usr/lib/node_modules", "/opt/homebrew/lib/node_modules"))
    yield from (Path.home() / ".npm-global/lib/node_modules", *_named("APPDATA", "npm/node_modules"))
    versions = _newest(next(_named("NVM_DIR"), Path.home() / ".nvm") / "versions/node", "*")
    yield from (version / "lib/node_modules" for version in versions)
    code = "resources/app/extensions/node_modules"
    yield from (Path("/usr/share/code") / code, *_named("LOCALAPPDATA", f"Programs/Microsoft VS Code/{code}"))
    yield Path("/Applications/Visual Studio Code.app/Contents/Resources/app/extensions/node_modules")


def _named(variable: str, below: str = "") -> Iterator[Path]:
    """What an environment variable names, if it is set to a whole path."""
    value = os.environ.get(variable, "")
    if value and Path(value).is_absolute():
        yield Path(value) / below


def _newest(folder: Path, pattern: str) -> list[Path]:
    """What is in a folder under such names, changed last first."""
    try:
        return sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    except OSError:
        return []
