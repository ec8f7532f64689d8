"""Keys of providers: read once from the environment or the system's keyring, and never seen in any text."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote

from foredraft.config.memory import URL_VARIABLE
from foredraft.config.options import Config
from foredraft.config.problems import Problem
from foredraft.config.providers import ProviderConfig, is_loopback, provider_and_id

T = TypeVar("T")

SERVICE = "foredraft"
"""Under this name keys are kept in the keyring; the user is the provider's name."""
REDACTED = "<key>"
KNOWN_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "groq": ("GROQ_API_KEY",),
    "dashscope": ("DASHSCOPE_API_KEY", "QWENCLOUD_API_KEY", "QWEN_AI_PLATFORM_API_KEY"),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "together": ("TOGETHER_API_KEY",),
    "cerebras": ("CEREBRAS_API_KEY",),
    "sambanova": ("SAMBANOVA_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY",),
    "codestral": ("CODESTRAL_API_KEY",),
    "mistral": ("MISTRAL_API_KEY",),
    "inception": ("INCEPTION_API_KEY",),
    "fireworks": ("FIREWORKS_API_KEY",),
    "deepinfra": ("DEEPINFRA_API_KEY",),
    "openai": ("OPENAI_API_KEY",),
    "vllm": ("VLLM_API_KEY",),
    "lmstudio": ("LM_API_TOKEN",),
    "llamacpp": ("LLAMA_API_KEY",),
    "ollama": ("OLLAMA_API_KEY",),
}
"""Where the keys of known providers usually are; the first one that is set counts. Known here, so that they can leave
the environment before anything else is imported."""

_KEYRING_FAILED = "the keyring cannot be used: {}. A key in the environment does as well."
_REASONS = {
    "NoKeyringError": "this system has none",
    "KeyringLocked": "it is locked",
    "InitError": "it cannot be opened",
}
_SENDABLE = re.compile(r"[!-~]+")
_LONG = 8
_known: set[str] = set()


class Key:
    """A provider's key. Only `reveal` shows it; from now on `redact` takes it out of any text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Blanks around it do not count; raises `ValueError`, without the text, where it can be no key."""
        self._text = text.strip()
        if not _SENDABLE.fullmatch(self._text):
            raise ValueError("a key is one word of printable ASCII characters")
        _known.add(self._text)

    def reveal(self) -> str:
        """The key itself, for the header of a request to its own provider."""
        return self._text

    def __repr__(self) -> str:
        return REDACTED

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not written anywhere")


def redact(text: str) -> str:
    """The text without any key that this process has read: for errors and logs."""
    return _pattern(frozenset(_known)).sub(REDACTED, text) if _known else text


def variables(config: Config) -> dict[str, tuple[str, ...]]:
    """Where in the environment each provider's key is looked for: as the config says, else as usual."""
    named = {name: (provider.key_env,) for name, provider in config.providers.items() if provider.key_env}
    return {**KNOWN_VARIABLES, **named}


def take(environ: MutableMapping[str, str], names: Mapping[str, Sequence[str]]) -> tuple[dict[str, Key], list[Problem]]:
    """The keys by provider, and what is no key. `names` are the variables by provider, which are gone from `environ`
    afterwards, as is the memory's address: to be called before any process is started, and once, since a second call
    finds nothing."""
    for name in [one for one in environ if one.upper() == URL_VARIABLE]:
        del environ[name]
    texts = {one: environ.pop(one, "").strip() for one in sorted({one for each in names.values() for one in each})}
    found = {provider: next((one for one in each if texts[one]), None) for provider, each in names.items()}
    return _as_keys({provider: (texts[one], one) for provider, one in found.items() if one is not None})


def wanted(config: Config, keys: Mapping[str, Key]) -> list[str]:
    """The providers to ask the keyring about: named in the config, on another machine, and without a key so far."""
    roles = {provider_and_id(model)[0] for models in config.roles.values() for model in models}
    named = {name for name, provider in config.providers.items() if provider.enabled and not _is_here(provider)}
    return sorted((named | roles - config.providers.keys()) - keys.keys())


def from_keyring(providers: Iterable[str], seconds: float = 10.0) -> tuple[dict[str, Key], list[Problem]]:
    """The keys of these providers that the system's keyring has. Waits `seconds` at most, so from a thread; what goes
    wrong is a problem. Imports `keyring`, and only where there is a provider to ask about."""
    names = tuple(providers)
    if not names:
        return {}, []
    told = _keyring(lambda ring: {name: ring.get_password(SERVICE, name) or "" for name in names}, seconds)
    if isinstance(told, Problem):
        return {}, [told]
    return _as_keys({name: (text, f"the keyring's entry for {name}") for name, text in told.items()})


def store(provider: str, key: Key, seconds: float = 120.0) -> Problem | None:
    """Put a key into the keyring, which may ask its user something first."""
    told = _keyring(lambda ring: ring.set_password(SERVICE, provider, key.reveal()), seconds)
    return told if isinstance(told, Problem) else None


def forget(provider: str, seconds: float = 120.0) -> Problem | None:
    """Take a key out of the keyring."""

    def delete(ring: Any) -> Problem | None:
        if ring.get_password(SERVICE, provider) is None:
            return Problem(None, None, f"the keyring has no key of {provider}")
        ring.delete_password(SERVICE, provider)
        return None

    return _keyring(delete, seconds)


def _as_keys(texts: Mapping[str, tuple[str, str]]) -> tuple[dict[str, Key], list[Problem]]:
    keys: dict[str, Key] = {}
    problems: list[Problem] = []
    for provider, (text, origin) in texts.items():
        if not text.strip():
            continue
        try:
            keys[provider] = Key(text)
        except ValueError as error:
            problems.append(Problem(None, None, f"{origin} is not used: {error}", ("providers", provider)))
    return keys, problems


def _is_here(provider: ProviderConfig) -> bool:
    """Whether it is on this machine, where no key is needed as a rule."""
    return (bool(provider.addresses) or provider.style == "ollama") and all(map(is_loopback, provider.addresses))


def _keyring(work: Callable[[Any], T], seconds: float) -> T | Problem:
    """In a thread that nobody waits for longer: a keyring may ask its user, or a service that hangs."""
    results: list[T | Problem] = []

    def run() -> None:
        try:
            import keyring

            results.append(work(keyring))
        except Exception as error:  # each backend raises its own; the message may hold anything, so it is left out
            results.append(
                Problem(None, None, _KEYRING_FAILED.format(_REASONS.get(kind := type(error).__name__, kind)))
            )

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(seconds)
    return results[0] if results else Problem(None, None, f"the keyring did not answer within {seconds:g} seconds")


@lru_cache(maxsize=1)
def _pattern(keys: frozenset[str]) -> re.Pattern[str]:
    """A short key, such as a local server's "none", only as a word of its own; a longer one also within others."""
    forms = {form for key in keys for form in (key, quote(key, safe=""), json.dumps(key)[1:-1])}
    parts = [re.escape(form) if len(form) >= _LONG else rf"(?<![\w-]){re.escape(form)}(?![\w-])" for form in forms]
    return re.compile("|".join(sorted(parts, key=len, reverse=True)))
