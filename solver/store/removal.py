"""A real deletion: rows, uploads and log objects; hourly log bundles expire by themselves."""

from functools import partial

import structlog
from django.db import transaction

from solver.models.problem import Problem
from solver.models.solution import Solution
from solver.store import archive, uploads
from solver.store.faults import StorageFault

log = structlog.get_logger(__name__)


def delete_problem(problem: Problem) -> None:
    """Delete it with its solutions, uploads and logs."""
    with transaction.atomic():
        solutions = list(problem.solutions.only("pk", "archived_at", "finished_at"))
        uploads.delete_of(problem)
        problem.delete()
        transaction.on_commit(partial(_forget, solutions))


def delete_solution(solution: Solution) -> None:
    """Delete one run with its log, and its problem with the last of its runs.

    Not a problem of somebody else's, nor one that a class was set.
    """
    problem, owner_id = solution.problem, solution.owner_id
    with transaction.atomic():
        gone = Solution(
            pk=solution.pk, archived_at=solution.archived_at, finished_at=solution.finished_at
        )
        transaction.on_commit(partial(_forget, [gone]))
        solution.delete()
        is_theirs = problem.owner_id == owner_id
        if is_theirs and not problem.solutions.exists() and not problem.assigned.exists():
            delete_problem(problem)


def _forget(solutions: list[Solution]) -> None:
    for solution in solutions:
        try:
            archive.forget(solution)
        except StorageFault:
            # The bucket's lifecycle removes it in the end.
            log.warning("log_left_behind", solution_id=str(solution.pk))
