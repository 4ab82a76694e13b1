"""Who reads a stream may go at any moment, and the run must hear of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import cast

import pytest

from solver.api.openai.streaming import interleaved
from solver.api.runs import Run


class Speaking:
    """A run that says a word when the test wants one, and never ends."""

    def __init__(self) -> None:
        self.words: asyncio.Queue[str] = asyncio.Queue()

    async def pieces(self) -> AsyncGenerator[str]:
        while True:
            yield await self.words.get()


async def _read(run: Speaking, heard: asyncio.Queue[str]) -> None:
    async with aclosing(interleaved([cast(Run, run)])) as spoken:
        async for item in spoken:
            if item is not None:
                heard.put_nowait(item.part.content)


@pytest.mark.parametrize("turns", range(8))
async def test_a_reader_may_go_in_the_very_moment_in_which_a_word_comes(turns: int) -> None:
    run, heard = Speaking(), asyncio.Queue[str]()
    reader = asyncio.create_task(_read(run, heard))
    run.words.put_nowait("One ")
    await heard.get()
    await asyncio.sleep(0)
    run.words.put_nowait("two ")
    for _ in range(turns):
        await asyncio.sleep(0)
    reader.cancel()
    await asyncio.wait([reader], timeout=5)
    assert reader.cancelled()


async def test_a_reader_who_went_while_the_run_began_is_heeded() -> None:
    async def read() -> None:
        # What asgiref does to a task that is cancelled while a thread works for it.
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await _read(Speaking(), asyncio.Queue())

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    reader.cancel()
    await asyncio.wait([reader], timeout=5)
    assert reader.cancelled()
