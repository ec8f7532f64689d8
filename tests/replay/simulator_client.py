"""What tests ask the simulator with: one request by httpx, streams taken apart, and a socket held in bare hands."""

import asyncio
import json
from urllib.parse import urlsplit

import httpx

PATIENCE = 20


async def post(url, body, key=None, **more):
    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(timeout=PATIENCE, verify=False) as client:
        return await client.post(url, json=body, headers=headers | more)


async def get(url, **headers):
    async with httpx.AsyncClient(timeout=PATIENCE, verify=False) as client:
        return await client.get(url, headers=headers)


def events(text):
    """The data of server-sent events, JSON parsed; "[DONE]" stays."""
    lines = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def lines(text):
    """The objects of NDJSON."""
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def said(chunks):
    """The text of OpenAI-style chunks."""
    choices = [chunk["choices"][0] for chunk in chunks if chunk != "[DONE]" and chunk["choices"]]
    return "".join(one["text"] if "text" in one else one["delta"].get("content") or "" for one in choices)


def chat(model, **more):
    return {"model": model, "messages": [{"role": "user", "content": "go on"}], **more}


class Wire:
    """A connection whose bytes are seen as they come."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def post(cls, url, body):
        target = urlsplit(url)
        reader, writer = await asyncio.open_connection(target.hostname, target.port)
        data = json.dumps(body).encode()
        head = f"POST {target.path} HTTP/1.1\r\nhost: {target.netloc}\r\ncontent-length: {len(data)}\r\n\r\n"
        writer.write(head.encode() + data)
        await writer.drain()
        return cls(reader, writer)

    async def until(self, piece):
        """What has come when `piece` has."""
        return await asyncio.wait_for(self.reader.readuntil(piece), PATIENCE)

    async def rest(self):
        return await asyncio.wait_for(self.reader.read(), PATIENCE)

    def hang_up(self):
        self.writer.transport.abort()


async def happens(condition):
    """Wait until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)
