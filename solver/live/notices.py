"""Why the server ended a connection: codes for scripts, sentences for people."""

from enum import IntEnum
from typing import Final

from solver.live.events import EventKind
from solver.live.frames import Frame, make_frame


class Close(IntEnum):
    """Close codes of the websocket; after those marked `again` a page reconnects."""

    FINISHED = 1000
    TRY_AGAIN = 1013  # again
    BAD_FRAME = 4400
    SESSION_EXPIRED = 4401  # again, once logged in
    NOT_FOUND = 4404
    TOO_SLOW = 4408  # again
    TOO_MANY = 4429


MESSAGES: Final = {
    Close.TRY_AGAIN: "Live updates are away for a moment. Trying again.",
    Close.BAD_FRAME: 'This address takes short JSON frames only, such as {"kind": "ping"}.',
    Close.SESSION_EXPIRED: "You have been logged out. Log in again to go on watching.",
    Close.NOT_FOUND: "There is no such solution, or it is not yours to see.",
    Close.TOO_SLOW: "This connection is too slow to follow. Reconnecting where it left off.",
    Close.TOO_MANY: "You have too many live pages open. Close some of them, then reload this one.",
}


def notice_frame(cursor: str, code: Close, message: str = "") -> Frame:
    """The last frame before the connection ends; `code` is the name in small letters."""
    fields = {"message": message or MESSAGES[code], "code": code.name.lower()}
    return make_frame(cursor, EventKind.NOTICE, fields)
