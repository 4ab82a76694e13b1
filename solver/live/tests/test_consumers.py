"""Sockets on the whole application: who may watch, and what they are told."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from pytest_django.fixtures import Settings as SettingsWrapper

from accounts.models import Membership, User
from solver.live.events import START, EventLog
from solver.live.frames import done_fields
from solver.live.notices import Close
from solver.live.tests.conftest import Socket, log_in
from solver.models import Solution, State

AlicesSocket = Callable[..., Socket]


async def finish(solution: Solution, log: EventLog, text: str) -> None:
    await Solution.objects.filter(pk=solution.pk).aupdate(state=State.DONE, text=text)
    await solution.arefresh_from_db()
    log.announce("done", done_fields(solution))


async def test_a_socket_replays_and_follows_to_the_end(
    solution: Solution, log: EventLog, alices_socket: AlicesSocket
):
    log.open(1, "", "running")
    first = log.append(1, "delta", {}, "One ")
    log.append(1, "delta", {}, "two ")
    socket = await alices_socket(first.cursor).open()
    assert (await socket.frame())["text"] == "two "
    log.append(1, "delta", {}, "three")
    assert (await socket.frame())["text"] == "three"
    await finish(solution, log, "One two three")
    done = await socket.frame()
    assert (done["kind"], done["state"]) == ("done", "done")
    assert await socket.close_code() == Close.FINISHED


async def test_without_a_cursor_there_is_a_snapshot_with_its_steps(
    log: EventLog, alices_socket: AlicesSocket
):
    log.open(1, "", "running")
    cursor = log.append(1, "delta", {}, "## Step 1: Add\n\n1 + 1 = 2\n\n## Step 2").cursor
    socket = await alices_socket().open()
    snapshot, first, second = [await socket.frame() for _ in range(3)]
    assert (snapshot["kind"], snapshot["state"], snapshot["cursor"]) == (
        "snapshot",
        "running",
        cursor,
    )
    assert (first["title"], first["is_open"], second["is_open"]) == ("Step 1: Add", False, True)
    log.append(1, "delta", {}, ": Tell")
    delta = await socket.frame()
    assert (delta["text"], delta["at"]) == (": Tell", len(snapshot["text"]))
    await socket.leave()


@pytest.mark.parametrize(
    "cursor", ["nonsense", "99999999999999-0", "1-1", "%00", "-1", "9" * 3_000, "0", "<script>"]
)
async def test_an_unknown_cursor_gets_one_snapshot(
    log: EventLog, alices_socket: AlicesSocket, cursor: str
):
    log.open(1, "", "running")
    log.append(1, "delta", {}, "1 + 1")
    socket = await alices_socket(cursor).open()
    assert (await socket.frame())["text"] == "1 + 1"
    log.append(1, "delta", {}, " = 2")
    frame = await socket.frame()
    while frame["kind"] == "step":
        frame = await socket.frame()
    assert (frame["kind"], frame["text"]) == ("delta", " = 2")
    await socket.leave()


async def test_a_cursor_of_another_solution_gets_a_snapshot(
    log: EventLog, alices_socket: AlicesSocket
):
    log.open(1, "", "running")
    log.append(1, "delta", {}, "Yours")
    other = EventLog(uuid4())
    foreign = other.open(1, "", "running")
    while log.read(foreign) is not None:  # both in the same millisecond
        foreign = other.append(1, "delta", {}, "Not yours").cursor
    socket = await alices_socket(foreign).open()
    frame = await socket.frame()
    assert (frame["kind"], frame["text"]) == ("snapshot", "Yours")
    assert (await socket.frame())["kind"] == "step"
    await socket.leave()


async def test_the_start_replays_every_delta(log: EventLog, alices_socket: AlicesSocket):
    log.open(1, "", "running")
    for word in ["One", " two", " three"]:
        log.append(1, "delta", {}, word)
    socket = await alices_socket(START).open()
    state, delta = await socket.frame(), await socket.frame()
    assert (state["kind"], delta["kind"], delta["text"]) == ("state", "delta", "One two three")
    await socket.leave()


async def test_a_queued_solution_tells_its_place(log: EventLog, alices_socket: AlicesSocket):
    log.announce("queue", {"position": 3, "wait_s": 12.5})
    socket = await alices_socket().open()
    snapshot, queue = await socket.frame(), await socket.frame()
    assert (snapshot["text"], snapshot["state"]) == ("", "queued")
    assert (queue["kind"], queue["position"], queue["wait_s"]) == ("queue", 3, 12.5)
    log.announce("queue", {"position": 2, "wait_s": 8.0})
    assert (await socket.frame())["position"] == 2
    await socket.leave()


async def test_a_finished_solution_that_redis_forgot_comes_from_the_database(
    solution: Solution, log: EventLog, alices_socket: AlicesSocket
):
    await Solution.objects.filter(pk=solution.pk).aupdate(
        state=State.FAILED, text="Half", error="The worker was lost."
    )
    socket = await alices_socket("1-1").open()
    frames = await socket.frames()
    assert frames[0]["text"] == "Half"
    assert (frames[-1]["state"], frames[-1]["error"]) == ("failed", "The worker was lost.")
    assert await socket.close_code() == Close.FINISHED


async def test_an_end_that_the_log_never_told_is_told_on_connecting(
    solution: Solution, log: EventLog, alices_socket: AlicesSocket
):
    log.open(1, "", "running")
    cursor = log.append(1, "delta", {}, "Half").cursor
    await Solution.objects.filter(pk=solution.pk).aupdate(state=State.DONE, text="Half and whole")
    socket = await alices_socket(cursor).open()
    frames = await socket.frames()
    assert (frames[0]["kind"], frames[0]["text"]) == ("snapshot", "Half and whole")
    assert await socket.close_code() == Close.FINISHED


@pytest.mark.parametrize("who", ["charlie", "nobody", "retired"])
async def test_strangers_and_unknown_ids_are_refused_alike(
    who: str, solution: Solution, log: EventLog, alice: User, charlie: User
):
    log.open(1, "", "running")
    user = {"charlie": charlie, "retired": alice}.get(who)
    cookie = await database_cookie(user)
    if who == "retired":
        await User.objects.filter(pk=alice.pk).aupdate(is_active=False)
    answers = []
    for name in [solution.pk, uuid4(), "nonsense", "{" + str(solution.pk), "%00"]:
        socket = await Socket(f"/ws/solutions/{name}/", cookie).open()
        answers.append((await socket.frame(), await socket.close_code()))
    assert answers == [answers[0]] * 5
    assert answers[0][0]["code"] == "not_found"
    assert answers[0][1] == Close.NOT_FOUND


async def test_an_unknown_address_is_refused(log: EventLog, alice: User):
    socket = await Socket("/ws/nothing/", await database_cookie(alice)).open()
    assert (await socket.frame())["code"] == "not_found"
    assert await socket.close_code() == Close.NOT_FOUND


async def test_a_teacher_watches_her_students_only(
    log: EventLog, solution: Solution, alice: User, bob: User
):
    cookie = await database_cookie(bob)
    path = f"/ws/solutions/{solution.pk}/"
    socket = await Socket(path, cookie).open()
    assert (await socket.frame())["kind"] == "snapshot"
    await socket.leave()
    await Membership.objects.filter(user=alice).adelete()
    socket = await Socket(path, cookie).open()
    assert (await socket.frame())["code"] == "not_found"
    assert await socket.close_code() == Close.NOT_FOUND


async def test_a_foreign_origin_is_refused(log: EventLog, alices_socket: AlicesSocket):
    socket = alices_socket(origin="https://elsewhere.example")
    assert (await socket.connect())["type"] == "websocket.close"
    await socket.leave()


@pytest.mark.parametrize(
    "said", ["no JSON", "[1]", '"ping"', "{", "9" * 70_000, b"\x00\xff", "[" * 900]
)
async def test_a_bad_frame_is_answered_and_ends_the_socket(
    log: EventLog, alices_socket: AlicesSocket, said: str | bytes
):
    socket = await alices_socket().open()
    await socket.frame()
    socket.say(said)
    notice = await socket.frame()
    assert (notice["kind"], notice["code"]) == ("notice", "bad_frame")
    assert await socket.close_code() == Close.BAD_FRAME


async def test_ping_is_answered_and_unknown_kinds_are_ignored(
    log: EventLog, alices_socket: AlicesSocket
):
    socket = await alices_socket().open()
    await socket.frame()
    socket.say('{"kind": "wave"}')
    socket.say('{"kind": "ping"}')
    assert (await socket.frame())["kind"] == "pong"
    await socket.leave()


async def test_logging_out_in_mid_stream_is_told(
    log: EventLog, alices_socket: AlicesSocket, settings: SettingsWrapper
):
    settings.SOCKET_CHECK_S = settings.SESSION_CHECK_S = 0.02
    log.open(1, "", "running")
    socket = await alices_socket().open()
    await socket.frame()
    await Session.objects.all().adelete()
    notice = await socket.frame()
    assert (notice["kind"], notice["code"]) == ("notice", "session_expired")
    assert await socket.close_code() == Close.SESSION_EXPIRED


async def test_losing_sight_of_a_solution_in_mid_stream_is_told(
    log: EventLog, alices_socket: AlicesSocket, solution: Solution, settings: SettingsWrapper
):
    settings.SOCKET_CHECK_S = settings.SESSION_CHECK_S = 0.02
    socket = await alices_socket().open()
    await socket.frame()
    await Solution.objects.all().adelete()
    assert (await socket.frame())["code"] == "not_found"
    assert await socket.close_code() == Close.NOT_FOUND


async def test_one_person_has_a_bounded_number_of_sockets(
    log: EventLog, alices_socket: AlicesSocket, settings: SettingsWrapper
):
    settings.SOCKETS_PER_PERSON = 3
    sockets = [await alices_socket().open() for _ in range(3)]
    for socket in sockets:
        await socket.frame()
    fourth = await alices_socket().open()
    notice = await fourth.frame()
    assert "3 live pages" in notice["message"]
    assert await fourth.close_code() == Close.TOO_MANY
    await sockets[0].leave()
    again = await alices_socket().open()
    assert (await again.frame())["kind"] == "snapshot"
    for socket in [*sockets[1:], again]:
        await socket.leave()


async def database_cookie(user: User | None) -> str:
    return await sync_to_async(log_in)(user)
