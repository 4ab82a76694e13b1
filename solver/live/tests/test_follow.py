"""One read for many streams: joining, merging, losing and ending."""

import asyncio
import json
from collections.abc import Callable
from uuid import uuid4

import pytest
import redis
from asgiref.sync import sync_to_async

from solver.live import follow, reader
from solver.live.events import START, EventLog
from solver.live.follow import follower
from solver.live.frames import Frame
from solver.live.reader import PageReader, Reader, View, watch
from solver.live.renderer import Renderer
from solver.live.stream import Stream
from solver.live.tests.test_unrolling import FIRST, SECOND
from solver.models import Solution, State

TIMEOUT_S = 60


async def text_of(log: EventLog, after: str) -> str:
    """What somebody who watches to the end gets to read."""
    text = ""
    async for frames in watch(log.solution_id, View(after)):
        for frame in frames:
            text += json.loads(frame.text).get("text", "") if frame.kind == "delta" else ""
    return text


def kinds(frames: list[Frame]) -> list[str]:
    return [frame.kind for frame in frames]


async def test_many_readers_of_many_streams_share_one_read(valkey: redis.Redis):
    of_other_tests = {client["id"] for client in valkey.client_list()}
    logs = [EventLog(uuid4()) for _ in range(30)]
    cursors = [log.open(1, "", "running") for log in logs]
    readers = [
        asyncio.create_task(text_of(log, cursor))
        for log, cursor in zip(logs, cursors, strict=True)
        for _ in range(4)
    ]
    for number in range(20):
        for log in logs:
            await sync_to_async(log.append)(1, "delta", {}, f"{number} ")
    for log in logs:
        log.append(1, "done", {"state": "done"})
    texts = await asyncio.wait_for(asyncio.gather(*readers), TIMEOUT_S)
    assert texts == ["".join(f"{number} " for number in range(20))] * 120
    reading = [client for client in valkey.client_list() if client["cmd"] == "xread"]
    assert len({client["id"] for client in reading} - of_other_tests) <= 1
    assert follower().streams == {}


async def test_a_new_reader_does_not_wait_for_the_blocking_read(valkey: redis.Redis):
    quiet, late = EventLog(uuid4()), EventLog(uuid4())
    quiet.open(1, "", "running")
    cursor = late.open(1, "", "running")
    began = asyncio.get_running_loop().time()
    async with follower().subscription(quiet.solution_id):
        while not [one for one in valkey.client_list() if one["cmd"] == "xread"]:
            await asyncio.sleep(0)
        async with follower().subscription(late.solution_id) as stream:
            late.append(1, "delta", {}, "Hello")
            frames = await asyncio.wait_for(Reader(stream, cursor).next(), TIMEOUT_S)
    assert kinds(list(frames)) == ["delta"]
    assert asyncio.get_running_loop().time() - began < follow.BLOCK_S / 2


async def test_first_words_do_not_wait_for_a_rest(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
):
    talking, new = EventLog(uuid4()), EventLog(uuid4())
    readers = [
        asyncio.create_task(text_of(log, log.open(1, "", "running"))) for log in (talking, new)
    ]
    await until(lambda: len(follower().streams) == 2)
    monkeypatch.setattr(follow, "REST_MIN_S", 10 * TIMEOUT_S)
    monkeypatch.setattr(follow, "REST_MAX_S", 10 * TIMEOUT_S)
    await sync_to_async(talking.append)(1, "delta", {}, "Words. ")
    stream = follower().streams[talking.solution_id]
    await until(lambda: stream.has_words)
    await sync_to_async(new.append)(1, "done", {"state": "done"}, "First words.")
    assert await asyncio.wait_for(readers[1], TIMEOUT_S) == "First words."
    readers[0].cancel()
    await asyncio.wait(readers[:1])
    await follower().close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_busy_reader_catches_up_with_one_merged_delta(valkey: redis.Redis):
    log = EventLog(uuid4())
    cursor = log.open(1, "", "running")
    async with follower().subscription(log.solution_id) as stream:
        quick, busy = Reader(stream, cursor), Reader(stream, cursor)
        log.append(1, "delta", {}, "0")
        assert kinds(list(await quick.next())) == kinds(list(await busy.next())) == ["delta"]
        for number in range(1, 6):
            log.append(1, "delta", {}, str(number))
            await asyncio.wait_for(quick.next(), TIMEOUT_S)
        (frame,) = await asyncio.wait_for(busy.next(), TIMEOUT_S)
    assert json.loads(frame.text)["text"] == "12345"
    assert busy.cursor == quick.cursor


async def test_readers_at_one_place_share_the_encoded_frame(valkey: redis.Redis):
    log = EventLog(uuid4())
    cursor = log.open(1, "", "running")
    async with follower().subscription(log.solution_id) as stream:
        one, other = Reader(stream, cursor), Reader(stream, cursor)
        assert not await one.now() + await other.now()  # type: ignore[operator]
        log.append(1, "delta", {}, "0")
        assert (await one.next())[0] is (await other.next())[0]


async def test_a_lost_stream_is_noticed_and_replaced_by_one_snapshot(
    solution: Solution, log: EventLog, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(follow, "QUIET_S", 0.0)
    monkeypatch.setattr(follow, "BLOCK_S", 0.05)
    monkeypatch.setattr(reader, "LOSS_GRACE_S", 0.01)
    await Solution.objects.filter(pk=solution.pk).aupdate(text="One", state=State.RUNNING)
    log.open(1, "", "running")
    cursor = log.append(1, "delta", {}, "One two").cursor
    async with follower().subscription(log.solution_id) as stream:
        viewer = Reader(stream, cursor)
        assert await viewer.now() == []
        valkey.flushall()
        frames = await asyncio.wait_for(viewer.next(), TIMEOUT_S)
        assert json.loads(frames[0].text)["text"] == "One"
        log.open(1, "One two", "running")
        log.append(1, "delta", {}, " three")
        texts: list[str] = []
        while texts[-1:] != [" three"]:
            frames = await asyncio.wait_for(viewer.next(), TIMEOUT_S)
            texts += [json.loads(f.text)["text"] for f in frames if f.kind != "step"]
        assert texts == ["One two", " three"]


async def test_an_end_that_nobody_told_is_found_in_the_database(
    solution: Solution, log: EventLog, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(follow, "QUIET_S", 0.0)
    monkeypatch.setattr(follow, "BLOCK_S", 0.05)
    log.open(1, "", "running")
    cursor = log.append(1, "delta", {}, "Half").cursor
    async with follower().subscription(log.solution_id) as stream:
        viewer = Reader(stream, cursor)
        assert await viewer.now() == []
        await Solution.objects.filter(pk=solution.pk).aupdate(
            state=State.FAILED, text="Half", error="Gone."
        )
        (frame,) = await asyncio.wait_for(viewer.next(), TIMEOUT_S)
    assert json.loads(frame.text)["error"] == "Gone."


async def test_a_deleted_solution_ends_its_readers(solution: Solution, log: EventLog):
    await Solution.objects.all().adelete()
    async with follower().subscription(log.solution_id) as stream:
        with pytest.raises(reader.SolutionGone):
            await Reader(stream, "nonsense").next()


async def test_a_trimmed_gap_leads_to_a_snapshot_instead_of_a_hole(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
):
    cursor = log.open(1, "", "running")
    stream = Stream(log.solution_id, cursor, Renderer())
    viewer = Reader(stream, cursor)
    assert await viewer.now() == []
    log.append(1, "delta", {}, "One")
    first = log.read(cursor)
    log.append(1, "delta", {}, " two")
    missed = log.append(1, "delta", {}, " three").cursor
    events = log.read(cursor)
    assert first is not None
    assert events is not None
    stream.publish(first)
    assert kinds(list(await viewer.next())) == ["delta"]
    stream.publish(events[-1:])
    monkeypatch.setattr(reader, "LOSS_GRACE_S", 0.01)
    frames = await viewer.next()
    assert json.loads(frames[0].text)["text"] == "One two three"
    assert viewer.cursor == missed


async def test_a_page_gets_its_last_cards_before_the_end(solution: Solution, log: EventLog):
    cursor = log.open(1, "", "running")
    seen: list[Frame] = []
    watching = watch(log.solution_id, View(cursor, page=True))
    log.append(1, "delta", {}, FIRST)
    log.append(1, "step", {"index": 0})
    seen += await anext(watching)
    log.append(1, "delta", {}, SECOND)
    log.append(1, "done", {"state": "done"})
    async for frames in watching:
        seen += frames
    assert seen[-1].kind == "done"
    steps = [json.loads(frame.text) for frame in seen if frame.kind == "step"]
    assert all("html" in step for step in steps)
    final = {step["index"]: step for step in steps}
    assert [(index, step["is_open"]) for index, step in sorted(final.items())] == [
        (0, False),
        (1, False),
    ]
    text = "".join(json.loads(f.text)["text"] for f in seen if f.kind == "delta")
    assert text == FIRST + SECOND


@pytest.mark.parametrize(("shown", "sent"), [(0, [0, 1, 2]), (3, [1, 2]), (9, [])])
async def test_a_page_that_comes_back_says_what_it_shows(
    log: EventLog, shown: int, sent: list[int]
):
    log.open(1, "", "running")
    cursor = log.append(1, "delta", {}, FIRST + SECOND + "\n\n## Step 3: End\n\nThree").cursor
    log.append(1, "delta", {}, ".")
    async with follower().subscription(log.solution_id) as stream:
        frames = list(await PageReader(stream, cursor, shown=shown).now())
    assert [json.loads(frame.text)["index"] for frame in frames[1:]] == sent
    assert {frame.cursor for frame in frames} == {frames[0].cursor}


@pytest.mark.parametrize("steps", ["", "-1", "nonsense", "9" * 30, "٣"])
def test_nonsense_for_steps_counts_as_none(steps: str):
    assert View.of_query({"after": "x", "view": "page", "steps": steps}) == View("x", True, 0)


async def test_a_follower_that_fails_starts_again(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(follow, "RECONNECT_MAX_S", 0.01)
    log = EventLog(uuid4())
    cursor = log.open(1, "", "running")
    async with follower().subscription(log.solution_id) as stream:
        # An entry that no worker would write.
        valkey.xadd(log.keys[0], {"odd": "entry"})
        await asyncio.sleep(0.05)
        valkey.xtrim(log.keys[0], maxlen=0)
        log.append(1, "state", {"state": "running"})
        frames = await asyncio.wait_for(Reader(stream, cursor).next(), TIMEOUT_S)
    assert frames


async def test_watching_from_the_start_gives_all_of_the_text(valkey: redis.Redis):
    log = EventLog(uuid4())
    log.open(1, "", "running")
    for number in range(2_500):
        log.append(1, "delta", {}, f"{number} ")
    log.append(1, "done", {"state": "done"})
    text = await asyncio.wait_for(text_of(log, START), TIMEOUT_S)
    assert text == "".join(f"{number} " for number in range(2_500))


async def test_readers_that_come_and_go_leave_nothing_behind(valkey: redis.Redis):
    log = EventLog(uuid4())
    log.open(1, "", "running")
    for turn in range(60):
        async with follower().subscription(log.solution_id):
            for _ in range(turn % 12):
                await asyncio.sleep(0)
    followers = [task for task in asyncio.all_tasks() if task.get_name() == "follower"]
    assert len(followers) <= 1
    await follower().close()
    assert all(task.done() for task in followers)
