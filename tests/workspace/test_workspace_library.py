"""What is learned of a library, in what order: imported first, within limits, no tests, no secrets, nothing denied."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from library_worlds import node_package, put

from foredraft.predictor.lexer import depth, lex
from foredraft.privacy.deny_list import DenyList
from foredraft.privacy.secrets import PLACEHOLDER
from foredraft.workspace.imports import Imports
from foredraft.workspace.languages import Language, main_languages
from foredraft.workspace.library import Library, most_wanted_first, texts

MANY = 10**9
SECRET = "ghp_" + "".join(random.Random(5).choice("abcXYZ0189") for _ in range(36))


def counted(**files: str) -> Imports:
    """The imports of files, `a_py="…"` being a.py."""
    imports = Imports()
    for name, text in files.items():
        imports.read(name.replace("_", "."), text.splitlines())
    return imports


def library(root: Path, called: str = "lib", language: Language = "python", direct: bool = False) -> Library:
    return Library(language, called, "1.0", ((root, called),), direct)


def names(*libraries: Library, imports: Imports | None = None, most: int = MANY, of_one: int = MANY) -> list[str]:
    return [name for name, _ in texts(libraries, imports or Imports(), most, of_one, DenyList())]


@pytest.mark.parametrize(
    ("name", "line", "modules"),
    [
        ("a.py", "import os", ["os"]),
        ("a.py", "    import a.b as c, d ; x", ["a/b", "d"]),
        ("a.py", "from a.b import (c, d as e,", ["a/b", "a/b/c", "a/b/d"]),
        ("a.py", "from . import x", []),
        ("a.py", "from .a import x", []),
        ("a.py", "# we import nothing", []),
        ("a.py", "important = 'import x'", []),
        ("a.ts", 'import ky, { type Options } from "ky";', ["ky"]),
        ("a.ts", "export * from '@s/p/part';", ["@s/p/part"]),
        ("a.js", "const fs = require('node:fs/promises'), b = require( \"b\" );", ["fs/promises", "b"]),
        ("a.mjs", "import 'polyfill'; const x = await import('lazy')", ["polyfill", "lazy"]),
        ("a.ts", "import x from './x'; import y from '../y'; import z from '/z'", []),
        ("a.go", '\t"golang.org/x/text/language"', ["golang.org/x/text/language"]),
        ("a.go", 'import log "github.com/sirupsen/logrus"', ["github.com/sirupsen/logrus"]),
        ("a.go", 'fmt.Println("os")', []),
        ("a.rs", "pub(crate) use tokio::sync::{mpsc, oneshot};", ["tokio/sync"]),
        ("a.rs", "extern crate serde;", ["serde"]),
        ("a.java", "import static java.util.Map.entry;", ["java/util/Map/entry"]),
        ("a.java", "import java.util.*;", ["java/util"]),
        ("a.txt", "import os", []),
        ("a.py", "import x" + " " * 400, []),
    ],
)
def test_imports_in_every_language(name: str, line: str, modules: list[str]) -> None:
    imports = Imports()
    imports.read(name, [line])
    seen = {module: imports.exactly(module) for module in [*modules, "os", "x", "important"]}
    assert {module for module, count in seen.items() if count} == set(modules)
    tops = [module.partition("/")[0] for module in modules]
    assert all(imports.within(top) == tops.count(top) for top in tops)


def test_imported_first_then_asked_for_then_the_rest(tmp_path: Path) -> None:
    libraries = [
        library(tmp_path, name, direct=name in ("asked", "used")) for name in ("rest", "asked", "used", "often")
    ]
    imports = counted(a_py="import used\nimport often\n", b_py="from often.x import y\n")
    assert [each.name for each in most_wanted_first(libraries, imports)] == ["often", "used", "asked", "rest"]


def test_a_single_file_and_a_scope_are_known_by_their_import(tmp_path: Path) -> None:
    libraries = [library(tmp_path, name) for name in ("a", "six.py", "@s/p", "@s/q")]
    imports = counted(a_py="import six\n", b_ts="import x from '@s/q'\n")
    assert [each.name for each in most_wanted_first(libraries, imports)] == ["@s/q", "six.py", "@s/p", "a"]


def test_imported_modules_first_then_the_shallow_ones(tmp_path: Path) -> None:
    files = ("__init__.py", "a.py", "deep/__init__.py", "deep/b.py", "deep/c.py", "deep/deeper/d.py")
    root = put(tmp_path / "lib", {name: f"x = '{name}'\n" for name in files})
    imports = counted(a_py="from lib.deep.c import x\nfrom lib.deep.deeper import d\n")
    assert names(library(root), imports=imports) == [
        *("lib/__init__.py", "lib/deep/__init__.py", "lib/deep/c.py", "lib/deep/deeper/d.py", "lib/a.py"),
        "lib/deep/b.py",
    ]


def test_in_go_a_package_is_a_folder(tmp_path: Path) -> None:
    root = put(
        tmp_path / "m",
        {name: f"package {name[0]} // {name}\n" for name in ("a/a.go", "b/one.go", "b/two.go", "doc.go")},
    )
    imports = counted(x_go='import "example.org/m/b"\n')
    expected = [f"example.org/m/{name}" for name in ("doc.go", "b/one.go", "b/two.go", "a/a.go")]
    assert names(library(root, "example.org/m", "go"), imports=imports) == expected


def test_tests_copies_and_compiled_code_are_left_out(tmp_path: Path) -> None:
    kept = ("__init__.py", "core.py", "core.pyi", "testing.py", "sub/x.py")
    left = (
        *("tests/x.py", "sub/tests/y.py", "test_core.py", "conftest.py", "_vendor/six.py", "fast.cpython-311.so"),
        *(
            "data.json",
            "core.pyx",
            "README.md",
            "__pycache__/core.pyc",
            ".hidden/x.py",
            "examples/x.py",
            "credentials.py",
        ),
    )
    root = put(tmp_path / "lib", {name: f"x = '{name}'\n" for name in (*kept, *left)})
    (root / "link.py").symlink_to(root / "core.py")
    (root / "linked").symlink_to(root / "sub")
    assert sorted(names(library(root))) == sorted(f"lib/{name}" for name in kept)


def test_what_machines_made_is_left_out(tmp_path: Path) -> None:
    root = put(tmp_path / "lib", {"a.js": "let a = 1;\n", "b.js": "var a=1;" * 2_000, "c.min.js": "var c;\n"})
    assert names(library(root, language="javascript")) == ["lib/a.js"]


def test_declarations_and_sources_rather_than_what_was_compiled_of_them(tmp_path: Path) -> None:
    files = {
        "index.d.ts": "export const a: 1;\n",
        "dist/index.js": "exports.a = 1;\n",
        "src/index.ts": "export const a = 1;\n",
    }
    files |= {"dist/index.d.mts": "export const a: 1;\n", "umd/all.ts": "export const b = 1;\n"}
    root = node_package(tmp_path, "lib", "1.0", files)
    assert names(library(root, language="javascript")) == ["lib/index.d.ts", "lib/src/index.ts"]
    plain = node_package(tmp_path, "plain", "1.0", {"index.js": "exports.a = 1;\n", "cjs/index.js": "exports.a = 1;\n"})
    assert names(library(plain, "plain", "javascript")) == ["plain/index.js"]


def test_limits_of_one_and_of_all(tmp_path: Path) -> None:
    roots = [
        put(tmp_path / name, {f"{number}.py": f"{name} = {number}\n" * 10 for number in range(10)}) for name in "abc"
    ]
    tokens = sum(len(lex(line)) + 1 for line in "a = 1\n".splitlines() * 10 if depth(line) >= 0)
    libraries = [library(root, root.name) for root in roots]
    assert len(names(*libraries)) == 30
    assert len(names(*libraries, of_one=3 * tokens)) == 9
    assert names(*libraries, of_one=3 * tokens, most=5 * tokens) == [
        *(f"a/{n}.py" for n in range(3)),
        "b/0.py",
        "b/1.py",
    ]
    assert names(*libraries, of_one=tokens - 1) == names(*libraries, most=0) == []


def test_secrets_are_masked_and_denied_files_are_not_read(tmp_path: Path) -> None:
    root = put(
        tmp_path / "w/.venv/lib", {"a.py": f"TOKEN = '{SECRET}'\n", "secrets.py": "x = 1\n", "no/b.py": "y = 2\n"}
    )
    put(root, {"c.py": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"})
    deny = DenyList(["no/"], [tmp_path / "w"])
    found = dict(texts([library(root)], Imports(), MANY, MANY, deny))
    assert found["lib/a.py"][0] == f"TOKEN = '{PLACEHOLDER}'"
    assert "MIIE" not in "".join(found["lib/c.py"])
    assert set(found) == {"lib/a.py", "lib/c.py"}
    assert list(texts([library(root)], Imports(), MANY, MANY, DenyList([".venv"], [tmp_path / "w"]))) == []


def test_folders_that_cannot_be_read_and_pipes_do_no_harm(tmp_path: Path) -> None:
    root = put(tmp_path / "lib", {"a.py": "x = 1\n"})
    os.mkfifo(root / "pipe.py")
    (root / "binary.py").write_bytes(b"\x00\x01")
    assert names(library(root), library(tmp_path / "gone"), library(tmp_path / "gone.zip")) == ["lib/a.py"]


def test_which_languages_a_workspace_is_made_of() -> None:
    assert main_languages([("a.ts", 500), ("b.tsx", 100), ("setup.py", 50), ("c.go", 80)]) == ["javascript", "go"]
    assert main_languages([("a.c", 9_500), ("setup.py", 500)]) == []
    assert main_languages([("README.md", 10), ("empty.py", 0)]) == []
