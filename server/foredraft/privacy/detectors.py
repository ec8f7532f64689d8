"""Where in a line the characters of secrets stand. Slow, and heavy to import: asked only about suspicious lines.

The expressions and the entropy limits are detect-secrets'; its own scanning is not used, since it reports values where
we need places, and can be set to verify a value over the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from detect_secrets.filters import heuristic
from detect_secrets.plugins import (
    artifactory,
    aws,
    azure_storage_key,
    basic_auth,
    cloudant,
    discord,
    github_token,
    gitlab_token,
    ibm_cloud_iam,
    ibm_cos_hmac,
    keyword,
    mailchimp,
    npm,
    openai,
    pypi_token,
    sendgrid,
    slack,
    softlayer,
    square_oauth,
    stripe,
    telegram_token,
    twilio,
)
from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString

Span = tuple[int, int]

_WHOLE = [
    pattern
    for plugin in (
        *(artifactory.ArtifactoryDetector(), azure_storage_key.AzureStorageKeyDetector(), stripe.StripeDetector()),
        *(discord.DiscordBotTokenDetector(), github_token.GitHubTokenDetector(), gitlab_token.GitLabTokenDetector()),
        *(mailchimp.MailchimpDetector(), openai.OpenAIDetector(), pypi_token.PypiTokenDetector()),
        *(sendgrid.SendGridDetector(), slack.SlackDetector(), square_oauth.SquareOAuthDetector()),
        *(telegram_token.TelegramBotTokenDetector(), twilio.TwilioKeyDetector()),
    )
    for pattern in plugin.denylist
] + [
    re.compile(r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}"),
    re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    re.compile(
        r"\b(?:github_pat_|sk-ant-|sk-proj-|sk-or-|sk-|gsk_|hf_|xai-|AIza|ya29\.|dop_v1_|shpat_|npm_|glpat-|tgp_v1_|csk-"
        r"|AGE-SECRET-KEY-|whsec_|[rsp]k_(?:live|test)_)[\w-]{16,}"
    ),
    re.compile(r"(?<=Bearer )[\w.~+/-]{16,}=*|(?<=Basic )[\w+/-]{16,}=*"),
]
"""Expressions whose whole match is the secret."""
_GROUPS = [
    pattern
    for plugin in (
        *(aws.AWSKeyDetector(), basic_auth.BasicAuthDetector(), cloudant.CloudantDetector(), npm.NpmDetector()),
        *(ibm_cloud_iam.IbmCloudIamDetector(), ibm_cos_hmac.IbmCosHmacDetector(), softlayer.SoftlayerDetector()),
    )
    for pattern in plugin.denylist
    if pattern.groups
]
"""Expressions whose first group is the secret."""
_ENTROPY = ((Base64HighEntropyString(limit=4.5), 20), (HexHighEntropyString(limit=3.0), 20))
_QUOTED_KEYWORD = keyword.QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP
_PLAIN_KEYWORD = {keyword.FOLLOWED_BY_COLON_REGEX: 4, keyword.FOLLOWED_BY_EQUAL_SIGNS_REGEX: 5}
_NAMED_VALUE = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|auth|credentials?"
    r"|(?:api|access|account|auth|client|encryption|master|private|session|shared|signing)[_-]?key)"
    r"\w*[\]'\"]{0,2}\s*(?::=|=>|[:=])\s*(['\"`]?)([^\s'\"`,;(){}<>\[\]$]{8,})\1(?=$|[\s,;)}\]])",
    re.IGNORECASE,
)
_RUN = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_LONG_HEX = re.compile(r"[0-9a-f]{32,}|[0-9A-F]{32,}")
_BETWEEN_WORDS = re.compile(r"[-_/=+\\]+|(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[A-Za-z][a-z]{2,}\d{0,6}|[A-Z]{3,}\d{0,2}|\d{1,6}")
_NO_SECRETS = frozenset({"password", "passwd", "pwd", "secret", "token", "key", "none", "null", "true", "false", "nil"})


def spans(line: str, plain: bool) -> Iterator[Span]:
    """Places (start, end) of secrets in `line`, in no order, perhaps overlapping. `plain`: values need no quotes."""
    for pattern in _WHOLE:
        yield from (found.span() for found in pattern.finditer(line))
    for pattern in _GROUPS:
        yield from (found.span(1) for found in pattern.finditer(line) if found[1])
    yield from _high_entropy(line)
    yield from _keywords(line, plain)
    yield from (found.span() for found in _RUN.finditer(line) if _looks_random(found[0]))


def _high_entropy(line: str) -> Iterator[Span]:
    for plugin, shortest in _ENTROPY:
        for found in plugin.regex.finditer(line):
            value = found[2]
            if (
                len(value) >= shortest
                and any(map(str.isdigit, value))
                and any(map(str.isalpha, value))
                and plugin.calculate_shannon_entropy(value) > plugin.entropy_limit
                and not _is_known_harmless(value)
            ):
                yield found.span(2)


def _keywords(line: str, plain: bool) -> Iterator[Span]:
    for pattern, group in (_PLAIN_KEYWORD | _QUOTED_KEYWORD if plain else _QUOTED_KEYWORD).items():
        yield from (found.span(group) for found in pattern.finditer(line) if _may_be_password(found[group]))
    for found in _NAMED_VALUE.finditer(line):
        value = found[2]
        literal = found[1] or plain or not re.fullmatch(r"[A-Za-z_][\w.]*", value) or _changes(value) >= 0.3
        if literal and any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and _may_be_password(value):
            yield found.span(2)


def _may_be_password(value: str) -> bool:
    """Whether the value beside a telling name is itself a secret: not a template, a reference, a sentence."""
    return (
        len(value) > 3
        and value.lower() not in _NO_SECRETS
        and not heuristic.is_templated_secret(value)
        and not heuristic.is_not_alphanumeric_string(value)
        and not re.search(r"^\$|\$\{|%\(|%s|\{\w*\}|^\S+\s\S.*\s", value)
    )


def _looks_random(run: str) -> bool:
    if not any(map(str.isdigit, run)) or not any(map(str.isalpha, run)) or _is_known_harmless(run):
        return False
    return len(set(run)) > 8 and (_LONG_HEX.fullmatch(run) is not None or _changes(run) >= 0.3)


def _is_known_harmless(value: str) -> bool:
    """Ids, alphabets, and names made of words."""
    return heuristic.is_potential_uuid(value) or "abcdefgh" in value.lower() or _is_made_of_words(value)


def _changes(value: str) -> float:
    """How often the kind of character (capital, small, digit, other) changes: random text does at 0.6 of its places."""
    kinds = [2 if char.isdigit() else 1 if char.isupper() else 0 if char.isalpha() else 3 for char in value]
    return sum(a != b for a, b in pairwise(kinds)) / max(1, len(kinds) - 1)


def _is_made_of_words(value: str) -> bool:
    """`some-path/to_a-file2`, `endOfArchive64Locator`: words and numbers, not a mixture."""
    parts = _BETWEEN_WORDS.split(value)
    words = sum(len(part) for part in parts if _WORD.fullmatch(part))
    return len(value) >= 3 * len(parts) and words >= 0.7 * sum(map(len, parts))
