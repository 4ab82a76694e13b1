"""Stop strings found in text that arrives in pieces."""


class StopGate:
    """Lets text through, holding back what may be the beginning of a stop string.

    Pure and single-threaded; one gate for one answer. The text let through, joined, is the text
    fed in up to (not including) the first stop string, or all of it when none occurs.
    """

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._stop = stop
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """What of the text so far may be shown now; "" once stopped."""
        if self.stopped:
            return ""
        if not self._stop:
            return text
        held = self._held + text
        cut = min((at for at in map(held.find, self._stop) if at >= 0), default=None)
        if cut is not None:
            self.stopped, self._held = True, ""
            return held[:cut]
        keep = max(_overlap(held, mark) for mark in self._stop)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]

    def flush(self) -> str:
        """What was held back, when the answer has ended without a stop string."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, mark: str) -> int:
    """Length of the longest end of `text` that begins `mark` without completing it."""
    longest = min(len(text), len(mark) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(mark[:size])), 0)
