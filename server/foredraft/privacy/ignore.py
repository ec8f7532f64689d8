"""Which paths of a workspace may be read at all: ignore files and the list of names that hold secrets."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from fnmatch import translate
from pathlib import Path, PurePath

from foredraft.privacy.patterns import Patterns

OWN_IGNORE_FILE = ".foredraftignore"
IGNORE_FILES = frozenset({".gitignore", OWN_IGNORE_FILE})
_DENIED_NAMES = (
    *(".env*", "*.env", "*.pem", "*.key", "*.crt", "*.cer", "*.der", "*.csr", "*.p7b", "*.p8", "*.p12", "*.pfx"),
    *("*.jks", "*.keystore", "*.truststore", "*.kdb", "*.kdbx", "*.psafe3", "*.agekey", "*.asc", "*.gpg", "*.pgp"),
    *("*.ppk", "*.ovpn", "*.mobileprovision", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*_rsa", "*_ed25519"),
    *("secrets", "secrets.*", "secret.*", "*.secret", "*.secrets", "*secrets.y*ml", "*secrets.json", "*-secret.y*ml"),
    *("credentials*", "*credentials.json", "client_secret*.json", "service-account*.json", "service_account*.json"),
    *(".npmrc", ".yarnrc.yml", ".netrc", "_netrc", ".pypirc", ".pgpass", ".my.cnf", ".htpasswd", ".git-credentials"),
    *(
        ".dockercfg",
        ".dockerconfigjson",
        ".s3cfg",
        ".boto",
        ".authinfo*",
        ".vault-token",
        ".vault_pass*",
        "kubeconfig*",
    ),
    *("*.kubeconfig", "*.tfstate", "*.tfstate.*", "*.tfvars", "*.tfvars.json", "shadow", "*.keytab", ".bash_history"),
    *(".zsh_history", ".python_history", ".psql_history", ".mysql_history", ".node_repl_history", "wp-config.php"),
)
_DENIED_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".gcloud", ".kube", ".docker", ".password-store"})
_DENIED = re.compile("|".join(translate(name) for name in _DENIED_NAMES))
_LARGEST_IGNORE_FILE = 1_000_000


def denied(path: PurePath) -> bool:
    """Whether the path's names alone say that it holds secrets. Holds for opened documents too; nothing lifts it."""
    return is_denied_file(path.name) or any(map(is_denied_folder, path.parts[:-1]))


def is_denied_file(name: str) -> bool:
    """The same for a file's own name, without its folders."""
    return _DENIED.match(name.lower()) is not None


def is_denied_folder(name: str) -> bool:
    """The same for the name of one folder."""
    return name in _DENIED_FOLDERS or name.lower() in _DENIED_FOLDERS


def repository(root: Path) -> Path:
    """The top of the repository that `root` is in, or `root`."""
    return next((folder for folder in (root, *root.parents) if os.path.lexists(folder / ".git")), root)


class IgnoreRules:
    """The rules of one workspace folder, read as they are asked for and then kept; make a new one to see changes.

    `.gitignore` files (nested, and those above up to the repository's top), `.git/info/exclude` and `.foredraftignore`
    files are heard, and `deny` holds further lines of the same kind. Each can only take away: a `!` line undoes lines
    of its own kind of file, never another kind's and never the deny list.
    """

    def __init__(self, root: Path, deny: Sequence[str] = ()) -> None:
        self.root = root
        self.unreadable: list[Path] = []
        """Ignore files that are there and cannot be read. Everything beside and below them counts as ignored."""
        self._prefix = os.path.join(root, "")  # noqa: PTH118 (a str with its separator, for speed)
        self._deny = _Layers(root, None, Patterns(deny), self.unreadable)
        self._own = _Layers(root, OWN_IGNORE_FILE, Patterns(()), self.unreadable)
        top = repository(root)
        if top != root and _git_layers(top, self.unreadable).ignored(root.relative_to(top).parts, True):
            top = root  # The user opened a folder that its repository ignores: they want it.
        self._git = _git_layers(top, self.unreadable)
        self._above = root.relative_to(top).parts

    def ignored(self, path: Path | str, is_folder: bool) -> bool:
        """Whether `path` (absolute, below the root) must not be read. What is outside the root is ignored."""
        text = os.fspath(path)
        if not text.startswith(self._prefix):
            return text != os.fspath(self.root)
        parts = self._parts(text)
        return (
            self._own.ignored(parts, is_folder)
            or self._git.ignored(self._above + parts, is_folder)
            or self._deny.ignored(parts, is_folder)
        )

    def ignored_by_user(self, path: Path) -> bool:
        """Whether a file below the root is named in a `.foredraftignore`; what is outside is not."""
        text = os.fspath(path)
        return text.startswith(self._prefix) and self._own.ignored(self._parts(text), False)

    def _parts(self, path: str) -> tuple[str, ...]:
        return tuple(path[len(self._prefix) :].split(os.sep))  # noqa: PTH206 (a str, for speed)


class _Layers:
    """One kind of ignore file in all folders from a top down."""

    def __init__(self, top: Path, name: str | None, lowest: Patterns, unreadable: list[Path]) -> None:
        self._top = top
        self._name = name
        self._lowest = lowest
        self._unreadable = unreadable
        self._folders: dict[tuple[str, ...], bool] = {(): False}
        self._chains: dict[tuple[str, ...], tuple[tuple[int, Patterns], ...]] = {}

    def ignored(self, parts: tuple[str, ...], is_folder: bool) -> bool:
        return self._folder(parts[:-1]) or self._decide(parts, is_folder)

    def _folder(self, parts: tuple[str, ...]) -> bool:
        known = self._folders.get(parts)
        if known is None:
            known = self._folders[parts] = self._folder(parts[:-1]) or self._decide(parts, True)
        return known

    def _decide(self, parts: tuple[str, ...], is_folder: bool) -> bool:
        for depth, patterns in self._chain(parts[:-1]):
            verdict = patterns.verdict("/".join(parts[depth:]), is_folder)
            if verdict is not None:
                return verdict
        return False

    def _chain(self, folder: tuple[str, ...]) -> tuple[tuple[int, Patterns], ...]:
        """The ignore files that speak of what is in `folder`, the nearest first, each with its depth."""
        known = self._chains.get(folder)
        if known is None:
            above = self._chain(folder[:-1]) if folder else ((0, self._lowest),) if self._lowest else ()
            own = self._read(folder)
            known = self._chains[folder] = ((len(folder), own), *above) if own else above
        return known

    def _read(self, folder: tuple[str, ...]) -> Patterns | None:
        if self._name is None:
            return None
        return _read(self._top.joinpath(*folder, self._name), self._unreadable)


def _git_layers(top: Path, unreadable: list[Path]) -> _Layers:
    exclude = _read(_git_folder(top) / "info" / "exclude", unreadable)
    return _Layers(top, ".gitignore", exclude or Patterns(()), unreadable)


def _read(path: Path, unreadable: list[Path]) -> Patterns | None:
    """The file's patterns; None where there is no such file; everything ignored where it cannot be read."""
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            return None
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > _LARGEST_IGNORE_FILE:
            raise OSError("not a file that can be read")
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        if path not in unreadable:
            unreadable.append(path)
        return Patterns(["*"])
    return Patterns(text.removeprefix("\ufeff").split("\n"))


def _git_folder(top: Path) -> Path:
    """Where the repository keeps what all its worktrees share."""
    folder = top / ".git"
    try:
        if folder.is_file():
            folder = top / folder.read_text("utf-8").removeprefix("gitdir:").strip()
            folder = folder / (folder / "commondir").read_text("utf-8").strip()
    except (OSError, ValueError):
        pass
    return folder
