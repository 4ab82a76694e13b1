from solver.models.appeal import Appeal, AppealState
from solver.models.assignment import AssignedProblem, Assignment, Help, LatePolicy
from solver.models.attempt import Attempt, AttemptState, Result
from solver.models.batch import ApiFile, Batch, BatchLine, BatchState
from solver.models.correction import Correction
from solver.models.feedback import Feedback, Report, Share, Thumb
from solver.models.hint import HintSet, HintState, ShownHint
from solver.models.notification import Notification, NotificationKind
from solver.models.problem import Kind, Problem
from solver.models.prompt import PromptAction, PromptAudit, PromptName, PromptRelease, PromptVersion
from solver.models.review import (
    Decision,
    NoteTarget,
    Review,
    ReviewChange,
    ReviewMark,
    ReviewNote,
    RubricItem,
    SavedComment,
)
from solver.models.sample import Sample
from solver.models.solution import Solution, State, Verdict
from solver.models.upload import Upload, UploadKind
from solver.models.webhook import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookEvent

__all__ = [
    "ApiFile",
    "Appeal",
    "AppealState",
    "AssignedProblem",
    "Assignment",
    "Attempt",
    "AttemptState",
    "Batch",
    "BatchLine",
    "BatchState",
    "Correction",
    "Decision",
    "DeliveryState",
    "Feedback",
    "Help",
    "HintSet",
    "HintState",
    "Kind",
    "LatePolicy",
    "NoteTarget",
    "Notification",
    "NotificationKind",
    "Problem",
    "PromptAction",
    "PromptAudit",
    "PromptName",
    "PromptRelease",
    "PromptVersion",
    "Report",
    "Result",
    "Review",
    "ReviewChange",
    "ReviewMark",
    "ReviewNote",
    "RubricItem",
    "Sample",
    "SavedComment",
    "Share",
    "ShownHint",
    "Solution",
    "State",
    "Thumb",
    "Upload",
    "UploadKind",
    "Verdict",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
