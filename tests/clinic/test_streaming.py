"""An answer that stays open: Django's head, a body chunk by chunk, closed when the listener goes."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator
from typing import Any

from django.http import HttpRequest
from django.test import AsyncRequestFactory

from holdfast.clinic.streaming import TO_STREAM, Application, Chunk, Message, Scope, streamed, streaming

HEADERS = [(b"Content-Type", b"text/event-stream"), (b"Content-Length", b"0"), (b"Vary", b"Cookie")]


class Listening:
    """A client: what it was sent; it goes when told to."""

    def __init__(self, accepts: bytes = b"gzip, br") -> None:
        self.sent: list[Message] = []
        self.leaving = asyncio.Event()
        self.scope: Scope = {"type": "http", "headers": [(b"accept-encoding", accepts)]}

    async def receive(self) -> Message:
        await self.leaving.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def head(self) -> dict[bytes, bytes]:
        return {name.lower(): value for name, value in self.sent[0]["headers"]}

    @property
    def bodies(self) -> list[bytes]:
        return [each["body"] for each in self.sent[1:]]


def answering(*, status: int = 200, source: Any = None) -> Application:
    """What Django does with a view that answers by a stream, or by a plain page."""

    async def application(scope: Scope, receive: Any, send: Any) -> None:
        if source is not None:
            scope[TO_STREAM].append(source)
        await send({"type": "http.response.start", "status": status, "headers": HEADERS})
        await send({"type": "http.response.body", "body": b"" if source else b"a page", "more_body": False})

    return application


def words(*said: str, closed: list[str] | None = None, stays: bool = False) -> Any:
    async def source() -> AsyncGenerator[Chunk, None]:
        try:
            for each in said:
                yield Chunk(each.encode())
            if stays:
                await asyncio.Event().wait()
        finally:
            if closed is not None:
                closed.append("closed")

    return source


async def served(application: Application, client: Listening) -> None:
    await streaming(application)(client.scope, client.receive, client.send)


def test_each_chunk_is_compressed_whole_and_can_be_read_when_it_comes() -> None:
    async def act() -> None:
        client = Listening()
        said = ("event: hello\n\n", "event: regions\ndata: " + "äß<p>" * 2000 + "\n\n", "event: end\n\n")
        await served(answering(source=words(*said)), client)
        assert client.head[b"content-encoding"] == b"gzip"
        assert client.head[b"vary"] == b"Cookie, Accept-Encoding"
        assert b"content-length" not in client.head
        opened = zlib.decompressobj(31)
        assert tuple(opened.decompress(each).decode() for each in client.bodies[:-1]) == said
        assert len(client.bodies[1]) < 300
        assert client.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}

    asyncio.run(act())


def test_who_takes_no_compression_gets_it_as_it_is() -> None:
    async def act() -> None:
        client = Listening(accepts=b"identity")
        await served(answering(source=words("one", "two")), client)
        assert b"content-encoding" not in client.head
        assert client.bodies == [b"one", b"two", b""]

    asyncio.run(act())


def test_a_listener_who_goes_closes_the_source() -> None:
    async def act() -> None:
        client, closed = Listening(), list[str]()
        serving = asyncio.create_task(
            served(answering(source=words("one", closed=closed, stays=True)), client)
        )
        await asyncio.sleep(0.05)
        assert closed == []
        client.leaving.set()
        await asyncio.wait_for(serving, 5)
        assert closed == ["closed"]

    asyncio.run(act())


def test_a_server_that_stops_closes_the_source() -> None:
    async def act() -> None:
        client, closed = Listening(), list[str]()
        serving = asyncio.create_task(
            served(answering(source=words("one", closed=closed, stays=True)), client)
        )
        await asyncio.sleep(0.05)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        assert closed == ["closed"]

    asyncio.run(act())


def test_other_answers_and_refusals_pass_as_they_are() -> None:
    async def act() -> None:
        page, refused = Listening(), Listening()
        await served(answering(), page)
        assert (page.sent[0]["headers"], page.bodies) == (HEADERS, [b"a page"])
        await served(answering(status=403, source=words("secret")), refused)
        assert (refused.sent[0]["status"], refused.bodies) == (403, [b""])

    asyncio.run(act())


def test_a_view_says_what_is_to_be_streamed() -> None:
    scope: list[Any] = []
    request: HttpRequest = AsyncRequestFactory().get("/")
    request.scope[TO_STREAM] = scope  # type: ignore[attr-defined]
    source = words("one")
    answer = streamed(request, source, content_type="text/event-stream")
    assert scope == [source]
    assert (answer.content, answer["Cache-Control"], answer["X-Accel-Buffering"]) == (b"", "no-store", "no")
