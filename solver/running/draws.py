"""One further sample of a run, drawn in a thread of its own."""

import threading
from contextlib import closing

import structlog
from django.utils.translation import gettext as _

from solver.engines.base import Engine, EngineDead, EngineError, FinishReason, Request
from solver.models.sample import Sample
from solver.running.transcript import storable

logger = structlog.get_logger(__name__)


class Draw(threading.Thread):
    """`outcome` is None until it ended; written last, by this thread."""

    def __init__(
        self, engine: Engine, request: Request, row: Sample, stop: threading.Event
    ) -> None:
        super().__init__(name=f"sample-{row.number}", daemon=True)
        self.row = row
        self.outcome: tuple[FinishReason, str] | None = None
        self.death: EngineDead | None = None
        self.is_cut = False
        self.tokens = row.completion_tokens
        self._kept = row.text
        self._parts: list[str] = []
        self._engine, self._request, self._stop_asked = engine, request, stop

    def run(self) -> None:
        try:
            self.outcome = self._follow()
        except EngineDead as error:
            self.death = error
        except EngineError as error:
            self.outcome = (FinishReason.ERROR, str(error))
        except Exception as error:
            logger.exception("sample_failed", number=self.row.number)
            self.outcome = (FinishReason.ERROR, str(error))

    def _follow(self) -> tuple[FinishReason, str] | None:
        with closing(self._engine.stream(self._request)) as chunks:
            for chunk in chunks:
                self._parts.append(storable(chunk.text))
                self.tokens = max(self.tokens, chunk.completion_tokens)
                if self._stop_asked.is_set():
                    return None
                if chunk.finish is FinishReason.CANCELLED:
                    self.is_cut = True
                    return None
                if chunk.finish is not None:
                    return chunk.finish, chunk.error
        return FinishReason.ERROR, _("The model stopped without saying why.")

    def written(self) -> Sample:
        """The row as of now. The outcome is read first: what it ends is whole."""
        finish, error = self.outcome or ("", "")
        row = self.row
        row.text = self._kept + "".join(self._parts)
        row.completion_tokens = self.tokens
        row.finish_reason, row.error = finish, error
        return row
