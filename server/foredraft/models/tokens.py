"""How many tokens a text is, estimated: characters per token of the family, corrected by what providers count."""

from __future__ import annotations

from foredraft.models.families import family_named

_LEAST, _MOST = 0.5, 2.0
_SHARE = 0.1
_BEYOND_ASCII = 0.25
"""Tokens for each further byte of a character that is not ASCII, as Qwen's and DeepSeek's tokenizers have it."""
_ENOUGH = 400
"""Characters: in shorter prompts the template weighs more than the text."""


class Tokens:
    """Starts from the families' table and learns from every reply that says how many tokens its prompt had."""

    def __init__(self) -> None:
        self._corrections: dict[str, float] = {}

    def estimate(self, text: str, family: str) -> int:
        """Tokens of `text`, 0 only for "". Microseconds, however long."""
        if not text:
            return 0
        return max(1, round(self._plain(text, family) * self._corrections.get(family, 1.0)))

    def characters(self, tokens: int, family: str) -> int:
        """How many characters of code fit into `tokens`."""
        return int(tokens * family_named(family).characters_per_token / self._corrections.get(family, 1.0))

    def learn(self, family: str, characters: int, tokens: int) -> None:
        """A prompt of so many characters was so many tokens to the provider."""
        if characters < _ENOUGH or tokens <= 0:
            return
        ratio = tokens * family_named(family).characters_per_token / characters
        before = self._corrections.get(family, 1.0)
        self._corrections[family] = min(_MOST, max(_LEAST, before + _SHARE * (ratio - before)))

    @staticmethod
    def _plain(text: str, family: str) -> float:
        count = len(text) / family_named(family).characters_per_token
        return count if text.isascii() else count + (len(text.encode("utf-8", "replace")) - len(text)) * _BEYOND_ASCII
