"""Which models there are: what ships, what the user sets, and what a provider's own list corrects."""

import json
from pathlib import Path

import pytest
from wire_world import KEY, ask, said, world

from foredraft.errors import Failure, ModelFailed
from foredraft.models.catalogue import connect, facts, limits, provider
from foredraft.models.client import open_client
from foredraft.models.families import FAMILIES, UNKNOWN
from foredraft.models.infill import Infill
from foredraft.models.known import known_providers
from foredraft.models.listing import Listed, Listing, ask_listing
from foredraft.models.model import Limit, Price, Use
from foredraft.models.ollama import OllamaModel
from foredraft.models.openai_style import OpenAiStyle
from foredraft.models.outgoing import Tier
from foredraft.models.tokens import Tokens

KNOWN = sorted(known_providers().values(), key=lambda each: each.name)


def named(source):
    return {each.id: facts(source, each) for each in source.models}


@pytest.mark.parametrize("source", KNOWN, ids=lambda each: each.name)
def test_what_ships_is_sound(source):
    assert provider(source.name) == source
    assert source.urls
    assert source.keys
    assert all(url.startswith("https://") for url in source.urls) or source.tier is Tier.LOCAL
    ids = [each.id for each in source.models]
    assert len(set(ids)) == len(ids)
    assert set(source.draft) | set(source.refine) <= set(ids)
    assert set(source.dialect.thinking) <= {"*"} | {family.name for family in FAMILIES}
    for found in named(source).values():
        assert 0 < found.most_output <= found.context
        assert found.price.cached <= found.price.input
        assert found.price.output > 0 or source.name == "codestral"
        assert found.family != UNKNOWN.name
    for model_id in source.draft + source.refine:
        for each in limits(source, model_id):
            assert each.limit > 0


def test_the_data_file_is_written_as_it_is_read():
    """No key that nobody reads."""
    path = Path(open_client.__code__.co_filename).with_name("known.json")
    known = {"style", "url", "keys", "tier", "serves", "dialect", "models", "draft", "refine"}
    for row in json.loads(path.read_text("utf-8"))["providers"].values():
        assert set(row) <= known
        for model in row["models"].values():
            assert set(model) <= {"family", "use", "context", "output", "price", "limits", "listed"}


def test_a_known_model():
    found = named(provider("groq"))["openai/gpt-oss-20b"]
    assert found.name == "groq/openai/gpt-oss-20b"
    assert (found.family, found.use, found.tier, found.context) == ("gpt-oss", Use.CHAT, Tier.PUBLIC, 131072)
    assert found.price == Price(0.075, 0.0375, 0.3)
    assert Limit("requests", "minute", 30) in limits(provider("groq"), "openai/gpt-oss-20b")
    assert limits(provider("groq"), "nope") == ()


def test_an_unknown_model_is_a_chat_model():
    found = named(provider("office", {"url": "https://llm.example.com/v1/", "models": ["new-thing"]}))["new-thing"]
    assert (found.family, found.use, found.tier, found.continues) == ("unknown", Use.CHAT, Tier.PUBLIC, False)
    assert (found.context, found.price) == (UNKNOWN.context, Price())


def test_what_the_user_sets():
    coder = {"id": "some/coder", "family": "qwen-coder", "use": "fim", "context": 4096,
             "price": {"input": 1.0, "output": 2.0},
             "limits": {"requests_per_minute": 3, "tokens_per_day": None}}  # fmt: skip
    options = {"url": "https://llm.example.com/v1", "key_env": "OFFICE", "tier": "trusted", "models": [coder, "m"]}
    source = provider("office", options)
    found = named(source)["some/coder"]
    assert (source.keys, source.urls) == (("OFFICE",), ("https://llm.example.com/v1",))
    assert (found.family, found.use, found.context, found.tier) == ("qwen-coder", Use.TOKENS, 4096, Tier.TRUSTED)
    assert found.price == Price(1.0, 1.0, 2.0)
    assert limits(source, "some/coder") == (Limit("requests", "minute", 3),)


def test_what_the_user_sets_of_a_known_provider():
    source = provider("groq", {"models": [{"id": "openai/gpt-oss-20b", "context": 8192}, "new"], "url": None})
    found = named(source)
    assert list(found)[:2] == ["openai/gpt-oss-20b", "new"]
    assert found["openai/gpt-oss-20b"].context == 8192
    assert found["openai/gpt-oss-20b"].price.input == 0.075
    assert "qwen/qwen3.8-27b" in found
    assert source.urls == known_providers()["groq"].urls
    assert source.dialect == known_providers()["groq"].dialect


@pytest.mark.parametrize(
    ("name", "style", "use"),
    [
        ("deepseek", "openai", Use.SUFFIX), ("codestral", "openai", Use.SUFFIX), ("llamacpp", "openai", Use.INFILL),
        ("vllm", "openai", Use.TOKENS), ("office", "openai", Use.TOKENS), ("local", "ollama", Use.TOKENS),
    ],
)  # fmt: skip
def test_fim_in_the_way_that_a_provider_offers(name, style, use):
    options = {"style": style, "url": "http://127.0.0.1:1/v1", "models": [{"id": "starcoder2", "use": "fim"}]}
    assert named(provider(name, options))["starcoder2"].use is use


def test_fim_of_a_family_without_markers_is_a_chat():
    options = {"url": "https://llm.example.com/v1", "models": [{"id": "llama-3", "use": "fim"}]}
    assert named(provider("office", options))["llama-3"].use is Use.CHAT


@pytest.mark.parametrize("wrong", [{"id": "m", "family": "nope"}, {"id": "m", "use": "guess"}])
def test_what_cannot_be_meant(wrong):
    with pytest.raises(ValueError, match=r"family|Use"):
        named(provider("office", {"url": "https://llm.example.com/v1", "models": [wrong]}))


@pytest.mark.parametrize(
    ("urls", "tier"),
    [
        (["http://127.0.0.1:11434"], Tier.LOCAL), (["localhost"], Tier.LOCAL), (["http://[::1]:5"], Tier.LOCAL),
        (["http://gpu.lan:11434"], Tier.PUBLIC), (["http://127.0.0.1:1", "http://gpu.lan:2"], Tier.PUBLIC),
        (["http://127.example.com"], Tier.PUBLIC), (["http://127.8.8.8:1"], Tier.LOCAL),
    ],
)  # fmt: skip
def test_an_ollama_is_local_on_this_machine(urls, tier):
    assert provider("mine", {"style": "ollama", "urls": urls}).tier is tier
    assert provider("mine", {"style": "ollama", "urls": urls, "tier": "trusted"}).tier is Tier.TRUSTED


@pytest.mark.parametrize("name", ["ollama", "vllm", "lmstudio", "llamacpp"])
def test_a_known_server_is_local_on_this_machine_only(name):
    assert provider(name).tier is Tier.LOCAL
    assert provider(name, {"url": "http://gpu.lan:8000/v1"}).tier is Tier.PUBLIC
    assert provider(name, {"url": "http://gpu.lan:8000/v1", "tier": "local"}).tier is Tier.LOCAL


def test_limits_that_the_user_sets():
    source = provider("groq", {"limits": {"requests_per_minute": 1000, "tokens_per_minute": 250000}})
    assert limits(source, "openai/gpt-oss-20b") == (
        Limit("requests", "minute", 1000),
        Limit("tokens", "minute", 250000),
    )


@pytest.mark.parametrize("model_id", ["gpt-oss:120b-cloud", "qwen3-coder:cloud"])
def test_a_cloud_tag_is_not_local(model_id):
    source = provider("local", {"style": "ollama", "url": "http://127.0.0.1:11434", "models": [model_id, "m"]})
    assert named(source)[model_id].tier is Tier.PUBLIC
    assert named(source)["m"].tier is Tier.LOCAL


async def test_each_style_has_its_model():
    async with open_client() as client:
        made = {
            name: connect(provider(name, {"models": [{"id": "m", **more}]}), KEY, client, Tokens())[0]
            for name, more in (("groq", {}), ("llamacpp", {"use": "infill"}), ("ollama", {}))
        }
        assert connect(provider("nowhere"), None, client, Tokens()) == []
    assert {name: type(model) for name, model in made.items()} == {
        "groq": OpenAiStyle,
        "llamacpp": Infill,
        "ollama": OllamaModel,
    }


MODELS = [{"id": "openai/gpt-oss-20b", "context": 4096}, {"id": "extra", "context": 100000}]


@pytest.mark.parametrize(
    "name", ["groq", "together", "cerebras", "openrouter", "deepseek", "codestral", "vllm", "lmstudio"]
)
async def test_what_is_gone_leaves(name):
    async with world({"providers": {name: {"models": MODELS}}}) as here:
        source = here.source(name, "openai/gpt-oss-20b", "extra", "withdrawn")
        listing = await ask_listing(source, KEY, here.client)
        known = {each.id for each in known_providers()[name].models if each.listed} - {"openai/gpt-oss-20b"}
        assert set(listing.gone(source.models)) == {"withdrawn"} | known
        left = {each.facts.id: each for each in connect(source, KEY, here.client, Tokens(), listing)}
        unlisted = {each.id for each in known_providers()[name].models if not each.listed}
        assert set(left) == {"openai/gpt-oss-20b", "extra"} | unlisted
        if name in ("groq", "together", "openrouter", "vllm"):  # these say it
            assert left["openai/gpt-oss-20b"].facts.context == 4096


async def test_of_a_local_server_all_models_are_meant():
    async with world({"providers": {"vllm": {"models": MODELS}}}) as here:
        source = here.source("vllm")
        listing = await ask_listing(source, None, here.client)
        found = connect(source, None, here.client, Tokens(), listing)
        assert [each.facts.name for each in found] == ["vllm/openai/gpt-oss-20b", "vllm/extra"]


async def test_of_an_ollama_the_list_says_what_each_can():
    models = [{"id": "starcoder2:3b", "fim": True}, {"id": "qwen3-coder:30b"}, {"id": "llama3:latest"}]
    async with world({"providers": {"ollama": {"models": models}}}) as here:
        source = here.source("ollama")
        listing = await ask_listing(source, None, here.client)
        found = {each.facts.id: each for each in connect(source, None, here.client, Tokens(), listing)}
        assert {name: each.facts.use for name, each in found.items()} == {
            "starcoder2:3b": Use.SUFFIX,
            "qwen3-coder:30b": Use.TOKENS,
            "llama3": Use.CHAT,
        }
        assert (await said(found["starcoder2:3b"], ask())).finish
        assert here.last.body["suffix"]


@pytest.mark.parametrize("name", ["groq", "ollama"])
async def test_a_list_that_cannot_be_had(name):
    fault = {"do": "status", "status": 500, "endpoint": "any"}
    async with world({"providers": {name: {"faults": [fault]}}}) as here:
        with pytest.raises(ModelFailed) as failed:
            await ask_listing(here.source(name), KEY, here.client)
        assert failed.value.failure is Failure.OVERLOADED
    async with world({"providers": {name: {"down": True}}}) as here:
        with pytest.raises(ModelFailed) as failed:
            await ask_listing(here.source(name), KEY, here.client)
        assert failed.value.failure is Failure.UNREACHABLE


def test_an_empty_list_says_nothing():
    source = provider("groq")
    assert Listing({}).corrected(source.models, False) == source.models
    assert Listing({}).gone(source.models) == ()


def test_the_users_context_stays_unless_the_providers_is_smaller():
    source = provider("office", {"url": "https://x.example", "models": [{"id": "m", "context": 4096}, "n"]})
    listing = Listing({"m": Listed("m", 8192), "n": Listed("n", 2048, 100)})
    found = {each.id: each for each in listing.corrected(source.models, False)}
    assert (found["m"].context, found["n"].context, found["n"].output) == (4096, 2048, 100)
    smaller = Listing({"m": Listed("m", 1024)}).corrected(source.models, False)
    assert [each.context for each in smaller] == [1024]
