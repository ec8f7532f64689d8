"""Which packages a workspace has, and that nothing outside of it is read because of what lies in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from library_worlds import SITE, node_package, put, venv

from foredraft.workspace.inside import Inside
from foredraft.workspace.library import Library
from foredraft.workspace.packages import installed, places_of
from foredraft.workspace.walk import walk

THEIRS = {"six-1.16.0": {"six.py": "PY3 = True\n"}, "Django-5.0": {"django/__init__.py": "VERSION = 5\n"}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return put(tmp_path / "root", {"a.py": "import django\n"})


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Go and Cargo keep their modules."""
    monkeypatch.setenv("GOMODCACHE", os.fspath(tmp_path / "go"))
    monkeypatch.setenv("CARGO_HOME", os.fspath(tmp_path / "cargo"))
    return tmp_path


def found(root: Path) -> dict[str, Library]:
    inside = Inside([root])
    libraries = installed(inside, places_of(inside, [file.path for file in walk(root)]))
    return {library.name: library for library in libraries}


@pytest.mark.parametrize("place", [".venv", "venv", "env", ""])
def test_a_virtual_environment_in_its_usual_places(root: Path, place: str) -> None:
    venv(root / place, THEIRS)
    libraries = found(root)
    assert {name: library.version for name, library in libraries.items()} == {"six": "1.16.0", "django": "5.0"}
    site = root / place / SITE
    assert libraries["django"].roots == ((site / "django", "django"),)
    assert libraries["six"].roots == ((site / "six.py", "six.py"),)


def test_windows_puts_them_elsewhere(root: Path) -> None:
    put(root / ".venv", {"pyvenv.cfg": "home = C:\\Python311\n", "Lib/site-packages/six.py": "PY3 = True\n"})
    put(root / ".venv/Lib/site-packages/six-1.16.0.dist-info", {"RECORD": "six.py,,\n"})
    assert list(found(root)) == ["six"]


def test_a_folder_that_is_only_called_like_one_is_none(root: Path) -> None:
    venv(root / ".venv", THEIRS)
    (root / ".venv/pyvenv.cfg").unlink()
    assert found(root) == {}


def test_old_packages_without_a_list_are_known_by_their_names(root: Path) -> None:
    venv(root / ".venv", {})
    put(root / ".venv" / SITE, {"typing_x.py": "x = 1\n", "Typing_X-2.0-py3.11.egg-info/PKG-INFO": "\n"})
    put(root / ".venv" / SITE, {"other/__init__.py": "", "Named-1.0.dist-info/top_level.txt": "other\n"})
    assert {name: [called for _, called in each.roots] for name, each in found(root).items()} == {
        "typing-x": ["typing_x.py"],
        "named": ["other"],
    }


def test_editable_installs_and_the_workspace_itself_are_left_out(root: Path) -> None:
    mine = {"mine/__init__.py": "x = 1\n"}
    theirs = {"__editable___other_finder.py": "MAPPING = {}\n", "__editable__.other.pth": "/elsewhere\n"}
    venv(root / ".venv", {"mine-1.0": mine, "other-1.0": theirs, **THEIRS})
    put(root, {"pyproject.toml": '[project]\nname = "Mine"\ndependencies = ["django>=4"]\n'})
    assert {name: library.direct for name, library in found(root).items()} == {"six": False, "django": True}


def test_what_is_asked_for_in_any_of_the_usual_lists(root: Path) -> None:
    names = ("a", "b", "c", "d", "e", "f")
    venv(root / ".venv", {f"{name}-1.0": {f"{name}.py": "x = 1\n"} for name in names})
    put(
        root,
        {
            "pyproject.toml": '[project.optional-dependencies]\nx = ["a[extra]>1"]\n[dependency-groups]\ny = ["b"]\n'
            '[tool.poetry.dependencies]\nc = "^1"\n[tool.poetry.group.dev.dependencies]\nd = "*"\n',
            "requirements-dev.txt": "# none\n-r other.txt\nE==1.0\n",
        },
    )
    assert {name for name, library in found(root).items() if library.direct} == {"a", "b", "c", "d", "e"}


@pytest.mark.parametrize("text", ["[", "x = 1", "project = 3", "[tool]\npoetry = []", "[project]\ndependencies = {}"])
def test_lists_that_are_none_do_no_harm(root: Path, text: str) -> None:
    venv(root / ".venv", THEIRS)
    put(root, {"pyproject.toml": text, "package.json": "[1]", "go.mod": "\0", "Cargo.lock": text, "Cargo.toml": text})
    put(root / "node_modules/x", {"package.json": "{"})
    assert set(found(root)) == {"six", "django"}


def test_node_modules_of_a_project_anywhere_in_the_workspace(root: Path) -> None:
    put(root, {"web/package.json": '{"dependencies": {"ky": "1"}, "devDependencies": {"@s/p": "2"}}'})
    for name in ("ky", "@s/p", "@types/s__p", "@types/estree", ".bin", "typescript"):
        node_package(root / "web/node_modules", name, "1.2.3", {"index.d.ts": "export {};\n"})
    (root / "web/node_modules/no-package").mkdir()
    libraries = found(root)
    assert {name: library.direct for name, library in libraries.items()} == {
        "ky": True,
        "@s/p": True,
        "@types/s__p": False,
        "@types/estree": False,
    }
    assert [libraries[name].roots[0][1] for name in ("@s/p", "@types/s__p", "@types/estree")] == [
        *("@s/p", "@s/p", "estree")
    ]


def test_links_between_node_modules_of_the_workspace_are_followed(root: Path) -> None:
    """As pnpm has them; those to the workspace's own packages are left, since they are learned as its files."""
    put(root, {"package.json": "{}", "packages/own/package.json": '{"name": "own", "version": "1"}'})
    store = node_package(root / "node_modules/.pnpm/ky@1.0.0/node_modules", "ky", "1.0.0", {"index.d.ts": "\n"})
    (root / "node_modules/ky").symlink_to(".pnpm/ky@1.0.0/node_modules/ky")
    (root / "node_modules/own").symlink_to("../packages/own")
    libraries = found(root)
    assert {name: library.roots for name, library in libraries.items()} == {"ky": ((store, "ky"),)}


def test_modules_of_go_in_the_cache_by_name_and_version(root: Path, caches: Path) -> None:
    put(
        root,
        {
            "go.mod": "module me\n\nrequire github.com/BurntSushi/toml v1.3.2\nrequire (\n"
            "\tgolang.org/x/text v0.14.0 // indirect\n\texample.org/old v1.0.0\n\texample.org/local v1.0.0\n"
            "\texample.org/missing v1.0.0\n)\nreplace example.org/old v1.0.0 => example.org/new v2.0.0+incompatible\n"
            "replace example.org/local => ../outside\n"
        },
    )
    kept = ("github.com/!burnt!sushi/toml@v1.3.2", "golang.org/x/text@v0.14.0", "example.org/new@v2.0.0+incompatible")
    put(caches / "go", {f"{name}/a.go": "package a\n" for name in kept})
    put(caches / "outside", {"a.go": "package outside\n"})
    libraries = found(root)
    assert {name: (each.version, each.direct) for name, each in libraries.items()} == {
        "github.com/BurntSushi/toml": ("v1.3.2", True),
        "golang.org/x/text": ("v0.14.0", False),
        "example.org/old": ("v2.0.0+incompatible", True),
    }
    assert libraries["github.com/BurntSushi/toml"].roots == ((caches / "go" / kept[0], "github.com/BurntSushi/toml"),)
    put(root, {"vendor/modules.txt": "# github.com/BurntSushi/toml v1.3.2\n"})
    assert found(root) == {}


def test_crates_in_the_registry_by_name_and_version(root: Path, caches: Path) -> None:
    registry = "registry+https://github.com/rust-lang/crates.io-index"
    lock = "".join(
        f'[[package]]\nname = "{name}"\nversion = "1.0.0"\n{source}\n'
        for name, source in (
            ("serde-json", f'source = "{registry}"'),
            ("libc", f'source = "{registry}"'),
            ("forked", 'source = "git+https://example.org/forked"'),
            ("own", ""),
        )
    )
    put(root, {"Cargo.toml": '[dependencies]\nserde-json = "1"\n', "Cargo.lock": lock})
    index = caches / "cargo/registry/src/index.crates.io-6f17d22bba15001f"
    put(index, {f"{name}-1.0.0/src/lib.rs": "pub fn x() {}\n" for name in ("serde-json", "libc", "forked", "own")})
    libraries = found(root)
    assert {name: library.direct for name, library in libraries.items()} == {"serde-json": True, "libc": False}
    assert libraries["serde-json"].roots == ((index / "serde-json-1.0.0/src", "serde_json"),)


@pytest.mark.parametrize("through", ["venv", "lib", "site-packages", "package", "node_modules", "node package", "info"])
def test_no_link_leads_out_of_the_workspace(root: Path, tmp_path: Path, through: str) -> None:
    """As a cloned repository could carry one, to another project of the user's."""
    other = venv(tmp_path / "other/.venv", THEIRS)
    node_package(tmp_path / "other/node_modules", "ky", "1.0.0", {"index.d.ts": "export {};\n"})
    links = {
        "venv": (".venv", other),
        "lib": (".venv/lib", other / "lib"),
        "site-packages": (f".venv/{SITE}", other / SITE),
        "package": (f".venv/{SITE}/django", other / SITE / "django"),
        "info": (f".venv/{SITE}/Django-5.0.dist-info", other / SITE / "Django-5.0.dist-info"),
        "node_modules": ("node_modules", tmp_path / "other/node_modules"),
        "node package": ("node_modules/ky", tmp_path / "other/node_modules/ky"),
    }
    name, target = links[through]
    put(root, {".venv.made": "", "package.json": "{}"})
    if through not in ("venv", "node_modules", "node package"):
        put(root, {".venv/pyvenv.cfg": "home = /usr/bin\n"})
    if through == "package":
        put(root / ".venv" / SITE, {"Django-5.0.dist-info/RECORD": "django/__init__.py,,\n"})
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).symlink_to(target)
    assert found(root) == {}
    inside = Inside([root])
    assert inside.real(root / name) is None
    assert inside.text(root / name / "pyvenv.cfg") == inside.text(root / name / "package.json") == ""


@pytest.mark.parametrize(
    "line",
    [
        *("../../secret v1.0.0", "/secret v1.0.0", "example.org/../../secret v1.0.0", "example.org/x v1.0.0/../../x"),
        *("example.org/x ../secret", "secret v1.0.0", "example.org//x v1.0.0", "./x.y v1.0.0", "example.org/.x v1.0.0"),
    ],
)
def test_no_line_of_a_go_mod_is_a_path(root: Path, caches: Path, line: str) -> None:
    for name in ("secret@v1.0.0", "go/secret@v1.0.0", "go/example.org/x@v1.0.0/../../x", "go/example.org/.x@v1.0.0"):
        put(caches / name, {"a.go": "package secret\n"})
    put(caches / "go/example.org/x@v1.0.0", {})
    put(root, {"go.mod": f"module me\nrequire {line}\nreplace a.b/c => {line}\n"})
    assert found(root) == {}


@pytest.mark.parametrize(
    ("name", "version"), [("../x", "1.0.0"), ("x", "1.0.0/../../../x"), ("..", "1.0.0"), ("", "1")]
)
def test_no_name_in_a_cargo_lock_is_a_path(root: Path, caches: Path, name: str, version: str) -> None:
    put(caches / "cargo/registry/src", {"index/y-1.0.0/src/lib.rs": "\n", "x-1.0.0/src/lib.rs": "\n"})
    put(root, {"Cargo.toml": "", "Cargo.lock": f'[[package]]\nname = "{name}"\nversion = "{version}"\n'})
    with (root / "Cargo.lock").open("a") as lock:
        lock.write('source = "registry+https://example.org"\n')
    assert found(root) == {}


def test_links_in_a_cache_lead_nowhere(root: Path, caches: Path) -> None:
    put(caches / "elsewhere", {"a.go": "package secret\n"})
    (caches / "go/example.org").mkdir(parents=True)
    (caches / "go/example.org/x@v1.0.0").symlink_to(caches / "elsewhere")
    put(root, {"go.mod": "module me\nrequire example.org/x v1.0.0\n"})
    assert found(root) == {}


def test_the_workspace_itself_may_be_reached_by_a_link(root: Path, tmp_path: Path) -> None:
    venv(root / ".venv", THEIRS)
    (tmp_path / "link").symlink_to(root)
    assert set(found(tmp_path / "link")) == {"six", "django"}


def test_what_is_installed_later_is_noticed_without_looking_for_it(root: Path, caches: Path) -> None:
    put(root, {"go.mod": "module me\nrequire example.org/x v1.0.0\n", "package.json": "{}"})
    inside = Inside([root])
    assert installed(inside, [root]) == []
    assert inside.unchanged
    put(caches / "go/example.org/x@v1.0.0", {"a.go": "package x\n"})
    assert not inside.unchanged

    inside = Inside([root])
    assert [library.name for library in installed(inside, [root])] == ["example.org/x"]
    venv(root / ".venv", THEIRS)
    assert not inside.unchanged

    inside = Inside([root])
    assert len(installed(inside, [root])) == 3
    venv(root / ".venv", {"new-1.0": {"new.py": "x = 1\n"}})
    assert not inside.unchanged
