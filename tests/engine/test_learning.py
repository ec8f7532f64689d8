"""Learning goes on beside everything else, a slice at a time, nearest first, and never learns a secret."""

import asyncio
import contextlib

import pytest

from foredraft.engine import learning as slices
from foredraft.engine.learning import Learning
from foredraft.predictor.build import Builder
from foredraft.predictor.far import Far
from foredraft.text.document import Document, Position

URI = "file:///code/a.py"
AWS = "AKIA" + "Q3EGR2ZJ7KWXN4TB"
SECRETS = {
    "a key in code": (f'KEY = "{AWS}"', AWS),
    "a password in code": ('password = "hunter2-Xyzzy9"', "hunter2"),
    "a password in a call": ('connect(user="me", password="s3cr3tWord77")', "s3cr3tWord77"),
    "a token in a header": ("auth = 'Bearer abcdef0123456789ABCDEF0123'", "abcdef0123456789ABCDEF0123"),
    "a url with a password": ('url = "postgres://me:tr0ub4dor@host/db"', "tr0ub4dor"),
}


def document(text, uri=URI, version=1):
    return Document.of(uri, "python", version, text)


def numbered(count, word="line"):
    return "\n".join(f"{word}{number} = value{number}" for number in range(count))


@contextlib.asynccontextmanager
async def running(learning):
    task = asyncio.create_task(learning.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def turns_until_idle(learning, each_turn=lambda: None, limit=20_000):
    """Let the loop turn until all is learned; how often it did."""
    turns = 0
    while not learning.idle:
        await asyncio.sleep(0.001 if turns > limit // 4 else 0)
        each_turn()
        turns += 1
        assert turns < limit
    return turns


async def learned(learning):
    async with running(learning):
        await turns_until_idle(learning)
    return learning


def near(learning, uri=URI, cursor=10_000):
    return learning.file(uri, cursor).near


@pytest.fixture
def one_step(monkeypatch):
    """Slices so short that each is one step."""
    monkeypatch.setattr(slices, "SLICE", 0.0)
    monkeypatch.setattr(slices, "_REST", 0.0)


async def test_a_large_file_is_learned_while_the_loop_turns(one_step):
    learning, seen = Learning(), set()
    learning.change(document(numbered(300)), "a.py", 0)
    uses = learning.file(URI, 0).near.uses
    assert not uses, "nothing is learned in the editor's message"
    async with running(learning):
        turns = await turns_until_idle(learning, lambda: seen.add(len(uses)))
    assert turns > 250 and len(seen) > 250
    assert "line299" in uses


async def test_the_lines_nearest_the_user_are_learned_first(one_step):
    learning, order = Learning(), []
    learning.change(document(numbered(200)), "a.py", 100)
    uses = learning.file(URI, 100).near.uses
    async with running(learning):
        await turns_until_idle(learning, lambda: order.extend(word for word in uses if word not in order))
    numbers = [int(word[4:]) for word in order if word.startswith("line")]
    assert [abs(number - 100) for number in numbers] == sorted(abs(number - 100) for number in numbers)
    assert set(numbers) == set(range(200)) - {100}, "its own line is still being written"


async def test_the_document_touched_last_is_learned_first(one_step):
    learning, other, firsts = Learning(), "file:///code/b.py", []
    learning.change(document(numbered(50)), "a.py", 0)
    learning.change(document(numbered(50), other), "b.py", 0)
    sizes = [learning._files[uri].near.uses for uri in (URI, other)]
    async with running(learning):
        await turns_until_idle(learning, lambda: firsts.append([len(uses) > 2 for uses in sizes]))
    assert [False, True] in firsts and [True, False] not in firsts


async def test_a_change_in_the_middle_of_learning_is_followed(one_step):
    learning = Learning()
    before = document(numbered(100))
    learning.change(before, "a.py", 50)
    async with running(learning):
        for _ in range(40):
            await asyncio.sleep(0)
        learning.change(before.replaced(Position(10, 0), Position(90, 0), "fresh = 1\n", 2), "a.py", 10)
        await turns_until_idle(learning)
    words = set(near(learning).uses)
    assert "line5" in words and "line95" in words
    assert not {f"line{number}" for number in range(10, 90)} & words


@pytest.mark.parametrize(("line", "secret"), SECRETS.values(), ids=SECRETS)
async def test_a_secret_is_never_learned_nor_offered(line, secret):
    learning = Learning()
    learning.change(document("\n".join(["x = 1", *[line] * 5, "y = 2"])), "a.py", 0)
    await learned(learning)
    file = learning.file(URI, 6)
    assert not any(secret in word or word in secret for word in file.near.uses if len(word) > 5)
    found = (of for context in file.near.successors for of in context.values())
    successors = {token for of in found for token in ([of] if isinstance(of, str) else of)}
    assert not any(secret in token for token in successors)
    begins = line[: line.index(secret)]
    assert not any("masked" in cut.text for cut in learning.predictor.cuts(file.position(6, 0), begins))
    assert not any("masked" in cut.text for cut in learning.predictor.cuts(file.position(6, 0), ""))
    for before in (begins, begins + secret[0], begins + secret[:3]):
        assert not any(secret in before + cut.text for cut in learning.predictor.cuts(file.position(6, 0), before))


async def test_a_private_key_is_never_learned():
    body = ["MIIEpAIBAAKCAQEAx2Zq", "q83Jb1TnWcZ0fLpR9sVu"]
    text = ["key = '''", "-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----", "'''", "x = 1"]
    learning = Learning()
    learning.change(document("\n".join(text)), "a.py", 6)
    await learned(learning)
    assert not set(body) & set(near(learning, cursor=6).uses)


async def test_what_is_typed_in_a_file_with_private_keys_stays_masked_and_costs_little(monkeypatch):
    """Each key of the editor used to mask the whole file anew."""
    body = ["MIIEpAIBAAKCAQEAx2Zq", "q83Jb1TnWcZ0fLpR9sVu"]
    key = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----", ""])
    learning, masked = Learning(), []
    now = document(numbered(3_000) + "\n" + key + numbered(3_000, "more") + "\n" + key)
    plain = slices.mask
    monkeypatch.setattr(slices, "mask", lambda line, *rest: masked.append(line) or plain(line, *rest))
    for version in range(2, 9):
        learning.change(now, "a.py", 3_001)
        now = now.replaced(Position(3_000, 0), Position(3_000, 0), "# one more line\n", version)
    assert not masked
    learning.change(now, "a.py", now.line_count)
    await learned(learning)
    words = near(learning, cursor=now.line_count).uses
    assert "line0" in words and "more2999" in words and not set(body) & set(words)


async def test_a_closed_document_is_forgotten():
    learning = Learning()
    learning.change(document(numbered(20)), "a.py", 0)
    learning.change(document(numbered(20), "file:///code/b.py"), "b.py", 0)
    learning.close(URI)
    assert learning.file(URI, 0) is None
    await learned(learning)
    assert learning.file(URI, 0) is None and near(learning, "file:///code/b.py").uses
    learning.close(URI)
    learning.close("file:///never/opened.py")
    learning.change(document("fresh = 1\n"), "a.py", 1)
    await learned(learning)
    assert set(near(learning).uses) == {"fresh"}


async def test_a_document_outside_of_the_workspace_is_learned_for_itself():
    learning = Learning()
    learning.change(document(numbered(5), "untitled:Untitled-1"), None, 0)
    await learned(learning)
    assert learning.file("untitled:Untitled-1", 5).name is None
    assert "value3" in near(learning, "untitled:Untitled-1").uses


async def test_a_document_that_moves_into_the_workspace_begins_anew():
    learning = Learning()
    learning.change(document(numbered(5)), None, 0)
    await learned(learning)
    learning.change(document(numbered(5), version=2), "a.py", 0)
    assert learning.file(URI, 0).name == "a.py" and not near(learning, cursor=0).uses
    await learned(learning)
    assert "value3" in near(learning).uses


async def test_an_index_that_arrives_is_what_the_predictor_looks_at():
    learning = Learning()
    builder = Builder()
    builder.add("other.py", ["alpha.beta(gamma)"] * 3)
    learning.adopt_index(Far(builder.arrays(), builder.names))
    learning.change(document("\n"), "a.py", 1)
    await learned(learning)
    file = learning.file(URI, 1)
    cuts = learning.predictor.cuts(file.position(1, 0), "alpha.")
    assert cuts and "beta(gamma)".startswith(cuts[0].text)
    learning.adopt_index(None)
    assert learning.predictor.cuts(file.position(1, 0), "alpha.") == []


async def test_trained_weights_are_taken_over_and_others_turned_down():
    learning = Learning()
    weights, calibration = learning.predictor.mixer.saved(), learning.predictor.calibration.saved()
    learning.adopt_weights(weights.tolist(), calibration.tolist())
    with pytest.raises(ValueError, match="weights"):
        learning.adopt_weights([1.0], calibration.tolist())
    assert learning.predictor.mixer.saved() == weights


async def test_cancelled_it_stops_and_may_be_started_again(one_step):
    learning = Learning()
    learning.change(document(numbered(100)), "a.py", 0)
    async with running(learning):
        for _ in range(10):
            await asyncio.sleep(0)
    assert not learning.idle
    await learned(learning)
    assert "line99" in near(learning).uses
