"""Answers that stay open for hours: Django gives the head of the answer, the rest runs outside of it.

Under ASGI Django keeps a thread for every answer as long as it lasts; a thousand open pages would
be a thousand threads. Here a view only says what is to be streamed (``streamed``): every
middleware and guard has run, the thread and its database connection are given back, and then the
stream begins. Bodies are compressed chunk by chunk, each complete, so that none waits for the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

TO_STREAM = "holdfast.to_stream"
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""RFC 1952: deflate, no flags, no time, unknown system. The stream never ends, so its trailer never comes."""


@dataclass(frozen=True)
class Chunk:
    """Something to send: as it is, and compressed once for all who get it."""

    plain: bytes

    @cached_property
    def packed(self) -> bytes:
        """A piece of a raw deflate stream that refers to nothing before it and ends on a whole byte."""
        packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        return packer.compress(self.plain) + packer.flush(zlib.Z_SYNC_FLUSH)


Source = Callable[[], AsyncGenerator[Chunk, None]]


def streamed(request: HttpRequest, source: Source, *, content_type: str) -> HttpResponse:
    """The head of an answer whose body ``source`` gives once Django is done with the request."""
    scope: Scope = getattr(request, "scope", {})
    if TO_STREAM in scope:
        scope[TO_STREAM].append(source)
    response = HttpResponse(content_type=content_type)
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def streaming(application: Application) -> Application:
    """An ASGI application whose views may answer by ``streamed``."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        sources: list[Source] = []
        held: list[Message] = []

        async def hold(message: Message) -> None:
            if sources:
                held.append(message)
            else:
                await send(message)

        await application({**scope, TO_STREAM: sources}, receive, hold)
        if sources and held and held[0]["status"] == 200:
            await _stream(sources[0], held[0], _packs(scope.get("headers", ())), receive, send)
        else:
            for message in held:
                await send(message)

    return serve


def _packs(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in headers)


async def _stream(source: Source, start: Message, packs: bool, receive: Receive, send: Send) -> None:
    """Send until the source ends or who listens is gone."""
    await send({**start, "headers": _headers(start["headers"], packs=packs)})
    sending = asyncio.ensure_future(_send_all(source, packs, send))
    leaving = asyncio.ensure_future(_until_gone(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        leaving.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)
    if not sending.cancelled() and (failed := sending.exception()):
        raise failed


def _headers(given: Headers, *, packs: bool) -> Headers:
    kept = [(name, value) for name, value in given if name.lower() not in (b"content-length", b"vary")]
    varies = [value for name, value in given if name.lower() == b"vary"]
    more = [(b"Vary", b", ".join([*varies, b"Accept-Encoding"]))]
    return [*kept, *more, (b"Content-Encoding", b"gzip")] if packs else [*kept, *more]


async def _send_all(source: Source, packs: bool, send: Send) -> None:
    head = GZIP_HEAD if packs else b""
    async with contextlib.aclosing(source()) as chunks:
        async for chunk in chunks:
            body = head + (chunk.packed if packs else chunk.plain)
            await send({"type": "http.response.body", "body": body, "more_body": True})
            head = b""
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
