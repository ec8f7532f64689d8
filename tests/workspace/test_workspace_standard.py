"""Which standard libraries a machine has, and that a workspace cannot choose what is taken for one."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest
from library_worlds import go_install, java_install, node_package, put, python_install, venv

from foredraft.predictor.lexer import depth, lex
from foredraft.workspace import standard, toolchains
from foredraft.workspace.inside import Inside
from foredraft.workspace.languages import Language
from foredraft.workspace.library import Library
from foredraft.workspace.standard import standard_libraries, standard_library

OWN = Path(sysconfig.get_path("stdlib")).resolve()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return put(tmp_path / "root", {"a.py": "import json\n"})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home on a machine where nothing is installed outside of it."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, os.fspath(home))
    for name in ("GOROOT", "JAVA_HOME", "RUSTUP_HOME", "NVM_DIR", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(toolchains, "_PYTHONS", ("/usr/not/there",))
    return home


def found(language: Language, root: Path) -> list[Library]:
    return standard_libraries(language, Inside([root]), [root])


def texts(suffix: str, root: Path) -> dict[str, list[str]]:
    return dict(standard_library([suffix], root))


def base(library: Library) -> Path:
    return next(root for root, called in library.roots if called == "os.py").parent


def test_that_of_the_interpreter_that_runs_is_really_found(root: Path) -> None:
    assert base(found("python", root)[0]) == OWN
    learned = standard_library([".py"], root)
    first = [next(learned) for _ in range(3)]
    assert [name for name, _ in first] == ["json/__init__.py", "__future__.py", "abc.py"]
    assert first[0][1] == (OWN / "json/__init__.py").read_text().split("\n")


def test_it_ends_at_the_limit_and_has_no_ballast(root: Path) -> None:
    put(root, {"b.py": "import os.path, asyncio\nfrom collections import abc\n"})
    learned = texts(".py", root)
    tokens = sum(len(lex(line)) + 1 for lines in learned.values() for line in lines if depth(line) >= 0)
    assert 1_000_000 < tokens <= standard.MOST_TOKENS
    tops = {name.partition("/")[0] for name in learned}
    assert tops.isdisjoint({"test", "site-packages", "idlelib", "lib2to3", "encodings", "tkinter.py"})
    assert {"os.py", "typing.py", "asyncio", "collections", "json"} <= tops


def test_that_of_the_workspaces_environment_where_it_is_a_usual_one(root: Path, home: Path) -> None:
    install = python_install(home / ".pyenv/versions/3.11.7", {"json.py": "x = 1\n", "private.py": "y = 2\n"})
    put(install.parent / "lib/python3.11", {"site-packages/z.py": "z = 1\n", "test/x.py": "x = 1\n"})
    venv(root / ".venv", {}, home=os.fspath(install))
    assert base(found("python", root)[0]) == install.parent / "lib/python3.11"
    assert set(texts(".py", root)) == {"json.py", "os.py", "abc.py", "asyncio/__init__.py"}


@pytest.mark.parametrize("where", ["projects/mine", "../other", ".pyenv/versions/../../projects/mine", ".ssh"])
def test_another_place_is_not_taken_for_one_because_a_workspace_says_so(root: Path, home: Path, where: str) -> None:
    install = python_install(home / where, {"json.py": "SECRET = 1\n"})
    (home / ".pyenv/versions").mkdir(parents=True, exist_ok=True)
    (home / ".pyenv/versions/linked").symlink_to(root / "own")
    (root / "own").symlink_to(install.parent)
    for said in (install, home / ".pyenv/versions/linked/bin", "relative/bin", "", "\0"):
        venv(root / ".venv", {}, home=os.fspath(said))
        assert base(found("python", root)[0]) == OWN


def test_a_usual_place_without_a_standard_library_is_none(root: Path, home: Path) -> None:
    put(home / ".pyenv/versions/x", {"lib/python3.11/json.py": "SECRET = 1\n"})
    venv(root / ".venv", {}, home=os.fspath(home / ".pyenv/versions/x/bin"))
    assert base(found("python", root)[0]) == OWN


def test_a_link_in_a_standard_library_is_not_followed(root: Path, home: Path) -> None:
    install = python_install(home / ".pyenv/versions/3.11.7", {})
    put(home, {"secret.py": "SECRET = 1\n"})
    (install.parent / "lib/python3.11/json.py").symlink_to(home / "secret.py")
    (install.parent / "lib/python3.11/asyncio/x.py").symlink_to(home / "secret.py")
    venv(root / ".venv", {}, home=os.fspath(install))
    assert set(texts(".py", root)) == {"os.py", "abc.py", "asyncio/__init__.py"}


def test_go_imported_packages_first(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"strings/a.go": "package strings\n", "cmd/x.go": "package cmd\n", "runtime/r.go": "package runtime\n"}
    files |= {"io/io_test.go": "package io\n", "io/io.go": "package io // x\n", "internal/x/x.go": "package x\n"}
    monkeypatch.setenv("GOROOT", os.fspath(go_install(home / "go", files)))
    put(root, {"main.go": 'package main\n\nimport (\n\t"strings"\n)\n'})
    assert list(texts(".go", root)) == ["strings/a.go", "fmt/print.go", "io/io.go", "runtime/r.go", "internal/x/x.go"]
    assert found("go", root)[0].version.startswith("go1.22.1 ")


def test_rust_the_stable_toolchain(root: Path, home: Path) -> None:
    for toolchain in ("nightly-x", "stable-x"):
        library = home / f".rustup/toolchains/{toolchain}/lib/rustlib/src/rust/library"
        put(library, {"std/src/lib.rs": f"// {toolchain}\n", "core/src/lib.rs": "// core\n", "test/src/lib.rs": "//\n"})
        put(library, {"std/src/sync/mod.rs": "// sync\n", "std/src/tests.rs": "// tests\n", "std/tests/x.rs": "//\n"})
    put(root, {"main.rs": "use std::sync::Arc;\n"})
    learned = texts(".rs", root)
    assert list(learned) == ["std/lib.rs", "std/sync/mod.rs", "core/lib.rs"]
    assert learned["std/lib.rs"] == ["// stable-x", ""]


def test_typescript_of_the_workspace_or_else_of_the_machine(root: Path, home: Path) -> None:
    files = {"lib/lib.es5.d.ts": "// es5\n", "lib/lib.webworker.d.ts": "// again\n", "lib/typescript.js": "x\n"}
    node_package(home / ".npm-global/lib/node_modules", "typescript", "5.0.0", files)
    node_package(home / ".npm-global/lib/node_modules", "@types/node", "20.0.0", {"fs.d.ts": "// fs\n"})
    assert set(texts(".ts", root)) == {"lib.es5.d.ts", "fs.d.ts"}
    own = {"lib/lib.es5.d.ts": "// own\n", "lib/lib.dom.d.ts": "// dom\n"}
    node_package(root / "node_modules", "typescript", "5.4.0", own)
    learned = texts(".tsx", root)
    assert learned["lib.es5.d.ts"] == ["// own", ""]


def test_copies_of_one_typescript_are_one_library(root: Path, home: Path, tmp_path: Path) -> None:
    """As most workspaces have one. A compiled one keeps its declarations beside it."""
    other = tmp_path / "other"
    for where, text in ((root, "// es5\n"), (other, "// es5\n"), (home, "// another\n")):
        node_package(where / "node_modules", "@typescript/typescript-linux-x64", "7.0.0", {"lib/lib.es5.d.ts": text})
        node_package(where / "node_modules", "typescript", "7.0.0", {"lib/tsc.js": "\n"})
    (one,), (two,), (three,) = (found("javascript", where) for where in (root, other, home))
    assert one.identity() == two.identity() != three.identity()
    assert one.roots != two.roots


def test_typescript_elsewhere_is_not_the_workspaces(root: Path, home: Path) -> None:
    node_package(home / "other/node_modules", "typescript", "5.0.0", {"lib/lib.es5.d.ts": "SECRET\n"})
    (root / "node_modules").mkdir()
    (root / "node_modules/typescript").symlink_to(home / "other/node_modules/typescript")
    assert found("javascript", root) == []
    (root / "node_modules/typescript").unlink()
    put(root / "node_modules/typescript", {"package.json": "{}"})
    (root / "node_modules/typescript/lib").symlink_to(home / "other/node_modules/typescript/lib")
    assert found("javascript", root) == []


def test_java_the_base_module_a_few_classes_of_each_package_at_a_time(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"java.base/java/util/U{number:02}.java" for number in range(12)]
    names += ["java.base/java/lang/String.java", "java.base/sun/misc/Unsafe.java", "java.sql/java/sql/Driver.java"]
    names += ["java.base/java/awt/A.java", "java.base/java/util/U07.class"]
    jdk = java_install(home / "jdk", {name: f"class {number} {{}}\n" for number, name in enumerate(names)})
    monkeypatch.setenv("JAVA_HOME", os.fspath(jdk))
    put(root, {"A.java": "import java.util.U11;\n"})
    expected = [
        "java/util/U11.java",
        "java/lang/String.java",
        *(f"java/util/U{number:02}.java" for number in range(11)),
    ]
    assert list(texts(".java", root)) == [*expected, "java/awt/A.java"]
    (jdk / "lib/src.zip").write_bytes(b"PK no zip")
    assert texts(".java", root) == {}


def test_where_nothing_is_installed_there_is_nothing(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standard, "java_sources", lambda: iter([home / "none.zip"]))
    monkeypatch.setattr(standard, "go_roots", lambda: iter([home / "none"]))
    monkeypatch.setattr(standard, "node_modules", lambda: iter([home / "none"]))
    monkeypatch.setattr(standard, "rust_libraries", lambda: iter([home / "none"]))
    assert not any(texts(suffix, root) for suffix in (".java", ".go", ".ts", ".rs", ".cobol"))
