from solver.models.problem import Kind, Problem
from solver.models.solution import Solution, State, Verdict

__all__ = ["Kind", "Problem", "Solution", "State", "Verdict"]
