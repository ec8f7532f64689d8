"""HTTP/2: an answer that is no longer wanted is reset, so that the provider stops, and the connection stays usable."""

import asyncio
import json
from contextlib import aclosing, asynccontextmanager

import h2.config
import h2.connection
import h2.events
import pytest
from wire_world import KEY, TALK, ask, said

from foredraft.models import http2
from foredraft.models.catalogue import connect, provider
from foredraft.models.client import open_client
from foredraft.models.tokens import Tokens


def chunk(text=None, finish=None):
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


class Provider:
    """Answers each request by one of: "word" (then [DONE]), "endless" words, "silent" (not even headers)."""

    def __init__(self):
        self.how, self.resets, self.connections, self.sent = "word", [], 0, 0

    async def talk(self, reader, writer):
        self.connections += 1
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        running = {}
        try:
            while data := await reader.read(65536):
                for event in connection.receive_data(data):
                    if isinstance(event, h2.events.StreamEnded):
                        running[event.stream_id] = asyncio.create_task(self.answer(connection, writer, event.stream_id))
                    elif isinstance(event, h2.events.StreamReset):
                        self.resets.append(int(event.error_code))
                        if task := running.pop(event.stream_id, None):
                            task.cancel()
                    elif isinstance(event, h2.events.DataReceived):
                        connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                writer.write(connection.data_to_send())
        finally:
            for task in running.values():
                task.cancel()
            writer.close()

    async def answer(self, connection, writer, stream):
        if self.how == "silent":
            return
        connection.send_headers(stream, [(":status", "200"), ("content-type", "text/event-stream")])
        connection.send_data(stream, chunk("word "))
        writer.write(connection.data_to_send())
        while self.how == "endless":
            await asyncio.sleep(0.01)
            connection.send_data(stream, chunk("word "))
            writer.write(connection.data_to_send())
            self.sent += 1
        connection.send_data(stream, chunk(finish="stop") + b"data: [DONE]\n\n", end_stream=True)
        writer.write(connection.data_to_send())


@asynccontextmanager
async def speaking():
    served = Provider()
    server = await asyncio.start_server(served.talk, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with open_client(10.0, http1=False) as client:
        (model,) = connect(provider("some", {"url": url, "models": ["m"]}), KEY, client, Tokens())
        yield served, model
    server.close()
    await server.wait_closed()


async def resets(served, count):
    async with asyncio.timeout(10):
        while len(served.resets) < count:
            await asyncio.sleep(0.005)


def test_it_fits_the_library():
    assert http2.install()


async def test_answers_share_a_connection():
    async with speaking() as (served, model):
        for _ in range(3):
            assert (await said(model, ask(TALK))).text == "word "
        assert (served.connections, served.resets) == (1, [])


async def test_closing_resets_the_stream():
    async with speaking() as (served, model):
        served.how = "endless"
        async with aclosing(model.stream(ask(TALK))) as chunks:
            async for each in chunks:
                if each.text:
                    break
        await resets(served, 1)
        assert served.resets == [8]  # CANCEL
        served.how = "word"
        assert (await said(model, ask(TALK))).text == "word "
        assert served.connections == 1


async def test_cancelling_before_the_first_byte_resets_the_stream():
    async with speaking() as (served, model):
        await said(model, ask(TALK))
        served.how = "silent"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await said(model, ask(TALK))
        await resets(served, 1)
        served.how = "word"
        assert (await said(model, ask(TALK))).text == "word "
        assert served.connections == 1


async def test_a_hundred_cancelled_answers_leave_room_for_more():
    """Without the reset the library counts them as open: no further stream is allowed, or none has a window left."""
    async with speaking() as (served, model):
        await said(model, ask(TALK))
        for count in range(1, 151):
            served.how = "endless"
            async with aclosing(model.stream(ask(TALK))) as chunks:
                async for each in chunks:
                    if each.text:
                        break
            await resets(served, count)
        served.how = "word"
        assert (await said(model, ask(TALK))).text == "word "
        assert served.connections == 1


async def test_cancelling_one_leaves_another_alone():
    async with speaking() as (served, model):
        served.how = "endless"
        stays = model.stream(ask(TALK))
        await anext(stays)
        async with aclosing(model.stream(ask(TALK))) as goes:
            await anext(goes)
        await resets(served, 1)
        assert (await anext(stays)).text
        await stays.aclose()
        await resets(served, 2)
