from solver.models.feedback import Feedback, Report, Share, Thumb
from solver.models.problem import Kind, Problem
from solver.models.prompt import PromptAction, PromptAudit, PromptName, PromptRelease, PromptVersion
from solver.models.solution import Solution, State, Verdict
from solver.models.upload import Upload, UploadKind

__all__ = [
    "Feedback",
    "Kind",
    "Problem",
    "PromptAction",
    "PromptAudit",
    "PromptName",
    "PromptRelease",
    "PromptVersion",
    "Report",
    "Share",
    "Solution",
    "State",
    "Thumb",
    "Upload",
    "UploadKind",
    "Verdict",
]
