"""Bytes on their way into and out of a box, without a file on the host's disk."""

import os
from dataclasses import dataclass, field

_READ_BYTES = 1 << 16


@dataclass(slots=True)
class Kept:
    """What is kept of one output stream: `most` bytes, and one more to know of an excess."""

    most: int
    data: bytearray = field(default_factory=bytearray)

    def take(self, fd: int) -> bool | None:
        """Read once from a non-blocking pipe; False at its end, None when nothing waits."""
        try:
            got = os.read(fd, min(_READ_BYTES, self.most + 1 - len(self.data)))
        except BlockingIOError:
            return None
        self.data += got
        return bool(got)

    @property
    def full(self) -> bool:
        return len(self.data) > self.most


def memory_file(content: bytes) -> int:
    """A descriptor of a file in memory, to be handed to a child; the caller closes it."""
    fd = os.memfd_create("given")
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
