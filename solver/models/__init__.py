from solver.models.feedback import Feedback, Report, Share, Thumb
from solver.models.problem import Kind, Problem
from solver.models.solution import Solution, State, Verdict

__all__ = [
    "Feedback",
    "Kind",
    "Problem",
    "Report",
    "Share",
    "Solution",
    "State",
    "Thumb",
    "Verdict",
]
