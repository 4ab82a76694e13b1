"""What the inference log says of one finished solution: enough to run it again, no person.

A person is a keyed hash. Their words, and all that the model made of them, stay out unless both
the site and the person allow it.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import User
from solver.models.solution import Solution

FORMAT = 1


def pseudonym(person_id: int) -> str:
    """The same for the same person as long as LOG_PSEUDONYM_KEY is; cannot be turned back."""
    key = hashlib.sha256(b"inference log:" + settings.LOG_PSEUDONYM_KEY.encode()).digest()
    return hmac.new(key, str(person_id).encode(), hashlib.sha256).hexdigest()[:32]


def log_key(solution_id: UUID, finished_at: datetime) -> str:
    """Where the bucket keeps it, below logs/; UTC days."""
    return f"{finished_at:%Y%m%d}/{solution_id}.json"


def encoded(solution: Solution) -> bytes:
    return json.dumps(record(solution), ensure_ascii=False, sort_keys=True).encode()


def record(solution: Solution) -> dict[str, Any]:
    """The whole log object. `solution` comes with its problem and owner."""
    keeps_text = may_keep_text(solution.owner)
    return {
        "format": FORMAT,
        "id": str(solution.pk),
        "person": pseudonym(solution.owner_id),
        "kind": solution.problem.kind,
        "state": solution.state,
        "text_kept": keeps_text,
        "input": _input(solution) if keeps_text else None,
        "output": _output(solution) if keeps_text else None,
        "error": solution.error,
        "finish_reason": solution.finish_reason,
        "model": solution.model,
        "prompt": {
            "name": solution.prompt_name,
            "version": solution.prompt_version,
            "sha256": solution.prompt_sha256,
        },
        "sampling": solution.sampling,
        "tokens": {"prompt": solution.prompt_tokens, "completion": solution.completion_tokens},
        "timings": _timings(solution),
        "checks": {
            "verdict": solution.verdict,
            "samples": solution.samples,
            "agreeing": solution.agreeing,
            "evidence": solution.evidence if keeps_text else None,
        },
        "interruptions": solution.interruptions,
    }


def may_keep_text(owner: User) -> bool:
    return bool(settings.LOG_TEXT) and owner.log_text


def _input(solution: Solution) -> dict[str, str]:
    return {"problem": solution.problem.text, "system_prompt": solution.system_prompt}


def _output(solution: Solution) -> dict[str, str]:
    return {"text": solution.text, "answer": solution.answer}


def _timings(solution: Solution) -> dict[str, Any]:
    return {
        "created_at": solution.created_at.isoformat(),
        "finished_at": solution.finished_at.isoformat() if solution.finished_at else None,
        "queued_s": _seconds(solution.created_at, solution.started_at),
        "first_token_s": _seconds(solution.started_at, solution.first_token_at),
        "solving_s": solution.solving_s,
        "total_s": _seconds(solution.created_at, solution.finished_at),
    }


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None
