"""The proxy that loses answers loses exactly those that a test names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from asset_ingest.testing.fault_proxy import (
    Fault,
    FaultProxy,
    answering,
    arriving_late,
    delaying,
    fault_proxy,
    hanging,
    losing_the_answer,
    replacing_the_answer,
    resetting,
)


@pytest.fixture
async def served() -> AsyncIterator[tuple[str, list[str]]]:
    """Run a server that remembers what it did and repeats what it got."""
    done: list[str] = []

    async def act(request: web.Request) -> web.Response:
        done.append(f"{request.method} {request.raw_path}")
        return web.Response(
            body=await request.read(), status=201, headers={"X-Seen": request.headers.get("X-Sent", "")}
        )

    app = web.Application(client_max_size=8 << 20)
    app.router.add_route("*", "/{path:.*}", act)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", done
    await runner.cleanup()


@pytest.fixture
def done(served: tuple[str, list[str]]) -> list[str]:
    return served[1]


@pytest.fixture
async def proxy(served: tuple[str, list[str]]) -> AsyncIterator[FaultProxy]:
    async with fault_proxy(served[0]) as proxy:
        yield proxy


@pytest.fixture
async def client(proxy: FaultProxy) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=proxy.url, timeout=10, trust_env=False) as client:
        yield client


async def test_without_faults_it_is_not_there(client: httpx.AsyncClient, proxy: FaultProxy, done: list[str]) -> None:
    body = bytes(range(256)) * 8192
    answer = await client.post("/a%20b?c=%2F", content=body, headers={"X-Sent": "yes"})
    assert (answer.status_code, answer.content, answer.headers["X-Seen"]) == (201, body, "yes")
    assert done == ["POST /a%20b?c=%2F"]
    assert proxy.times("POST", "/a b") == 1


@pytest.mark.parametrize(("fault", "carried_out"), [(resetting, 0), (losing_the_answer, 1)])
async def test_a_broken_connection_comes_before_or_after_the_deed(
    client: httpx.AsyncClient, proxy: FaultProxy, done: list[str], fault: Fault, carried_out: int
) -> None:
    proxy.next("PUT", "/x", fault)
    with pytest.raises(httpx.TransportError):
        await client.put("/x")
    assert len(done) == carried_out
    assert proxy.spent
    assert (await client.put("/x")).status_code == 201


async def test_an_answer_can_be_made_up_or_replaced(
    client: httpx.AsyncClient, proxy: FaultProxy, done: list[str]
) -> None:
    proxy.next("GET", "/x", answering(418, b"tea", X_Kind="pot"), replacing_the_answer(502, b"nginx"))
    made_up = await client.get("/x")
    assert (made_up.status_code, made_up.content, made_up.headers["X-Kind"]) == (418, b"tea", "pot")
    assert done == []
    assert (await client.get("/x")).content == b"nginx"
    assert done == ["GET /x"]


async def test_a_silence_comes_after_the_deed(client: httpx.AsyncClient, proxy: FaultProxy, done: list[str]) -> None:
    proxy.next("GET", "/x", hanging)
    with pytest.raises(httpx.ReadTimeout):
        await client.get("/x", timeout=0.3)
    assert done == ["GET /x"]


async def test_a_request_can_be_held(client: httpx.AsyncClient, proxy: FaultProxy, done: list[str]) -> None:
    until, reached = asyncio.Event(), asyncio.Event()
    proxy.next("GET", "/x", delaying(until, reached))
    asked = asyncio.create_task(client.get("/x"))
    await reached.wait()
    assert done == []
    until.set()
    assert (await asked).status_code == 201


async def test_a_request_can_arrive_when_nobody_waits_any_more(
    client: httpx.AsyncClient, proxy: FaultProxy, done: list[str]
) -> None:
    until, arrived = asyncio.Event(), asyncio.Event()
    proxy.next("GET", "/x", arriving_late(until, arrived))
    assert (await client.get("/x")).status_code == 504
    assert done == []
    until.set()
    await arrived.wait()
    assert done == ["GET /x"]


async def test_chance_may_choose(client: httpx.AsyncClient, proxy: FaultProxy) -> None:
    proxy.chooser = lambda request: answering(500) if request.method == "PUT" else None
    assert (await client.put("/x")).status_code == 500
    assert (await client.get("/x")).status_code == 201
