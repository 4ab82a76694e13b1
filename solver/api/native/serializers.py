"""What the native calls take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from solver.api.native.fields import (
    StrictCharField,
    StrictChoiceField,
    StrictFloatField,
    StrictIntegerField,
    StrictSerializer,
    StrictUUIDField,
)
from solver.api.native.included import ON_REQUEST, SparseSerializer
from solver.models import Attempt, HintState, Kind, Problem, Solution, Thumb, Verdict
from solver.models.feedback import NOTE_MAX_CHARS
from solver.running.attempts import ANSWER_MAX_CHARS, LANGUAGES
from solver.running.submit import MAX_SEED
from solver.text.rendering import render
from solver.text.steps import split
from solver.web.shown import read

# Beyond it a text is no problem and no prompt of anybody's; `submit` has the real limits.
TEXT_MAX_CHARS = 200_000
HTML = {"type": "string", "description": "Safe HTML with MathML.", ON_REQUEST: True}
TEXT = {
    "type": "string",
    "description": "As the model wrote it, with reasoning.",
    ON_REQUEST: True,
}


class ProblemSerializer(SparseSerializer):
    on_request = ("rendered_html",)

    rendered_html = serializers.SerializerMethodField()

    class Meta:
        model = Problem
        fields = ["id", "kind", "title", "text", "created_at", "rendered_html"]
        read_only_fields = fields

    @extend_schema_field(HTML)
    def get_rendered_html(self, problem: Problem) -> str:
        return render(problem.text)


class UsageSerializer(serializers.Serializer[Any]):
    prompt_tokens = serializers.IntegerField()
    completion_tokens = serializers.IntegerField()


class SolutionSerializer(SparseSerializer):
    on_request = ("text", "rendered_html")

    kind = serializers.CharField(source="problem.kind", read_only=True)
    usage = UsageSerializer(source="*", read_only=True)
    text = serializers.SerializerMethodField()
    rendered_html = serializers.SerializerMethodField()

    class Meta:
        model = Solution
        fields = [
            "id",
            "problem",
            "kind",
            "state",
            "verdict",
            "answer",
            "model",
            "prompt_name",
            "prompt_version",
            "finish_reason",
            "error",
            "usage",
            "created_at",
            "started_at",
            "finished_at",
            "text",
            "rendered_html",
        ]
        read_only_fields = fields

    @extend_schema_field(TEXT)
    def get_text(self, solution: Solution) -> str:
        return read(solution).text

    @extend_schema_field(HTML)
    def get_rendered_html(self, solution: Solution) -> str:
        text = read(solution).text
        steps = split(text, solution.is_final).steps
        return render(text[steps[0].start :]) if steps else ""


class SamplingSerializer(StrictSerializer):
    """What is left out is as the site is set."""

    temperature = StrictFloatField(required=False, min_value=0, max_value=2)
    top_p = StrictFloatField(required=False, min_value=0.01, max_value=1)
    top_k = StrictIntegerField(required=False, allow_null=True, min_value=1, max_value=1_000_000)
    max_tokens = StrictIntegerField(required=False, min_value=1)
    stop = serializers.ListField(
        child=StrictCharField(min_length=1, max_length=200, trim_whitespace=False),
        required=False,
        max_length=4,
    )
    seed = StrictIntegerField(required=False, allow_null=True, min_value=0, max_value=MAX_SEED - 1)


class NewSolutionSerializer(StrictSerializer):
    text = StrictCharField(
        trim_whitespace=False,
        max_length=TEXT_MAX_CHARS,
        help_text="The problem, in Markdown with LaTeX.",
    )
    kind = StrictChoiceField(choices=Kind.choices, default=Kind.MATHS.value)
    system_prompt = StrictCharField(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        max_length=TEXT_MAX_CHARS,
        help_text="For teachers and administrators.",
    )
    sampling = SamplingSerializer(required=False)


class AgainSerializer(StrictSerializer):
    sampling = SamplingSerializer(required=False)


class StepSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Counted from 0.")
    title = serializers.CharField()
    text = serializers.CharField(help_text="Its source: Markdown with LaTeX, title included.")
    is_open = serializers.BooleanField(help_text="Whether it is still being written.")


@extend_schema_field({"type": "string", ON_REQUEST: True})
class OnRequestField(serializers.CharField):
    pass


class RenderedStepSerializer(StepSerializer):
    rendered_html = OnRequestField(help_text="Safe HTML with MathML.")


class StepsSerializer(serializers.Serializer[Any]):
    state = serializers.CharField(source="solution.state")
    steps = RenderedStepSerializer(many=True)


class VerdictSerializer(serializers.Serializer[Any]):
    """What was done to check the answer."""

    state = serializers.CharField()
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    answer = serializers.CharField()
    evidence = serializers.ListField(child=serializers.DictField())


class ThumbSerializer(StrictSerializer):
    thumb = StrictChoiceField(choices=Thumb.choices, help_text="1 for up, -1 for down.")


class ReportSerializer(StrictSerializer):
    step = StrictIntegerField(min_value=0, max_value=100_000, help_text="Counted from 0.")
    note = StrictCharField(required=False, allow_blank=True, default="", max_length=NOTE_MAX_CHARS)


class AttemptSerializer(SparseSerializer):
    on_request = ("text",)

    assigned_problem = serializers.UUIDField(source="assigned_id", read_only=True)
    text = serializers.SerializerMethodField()

    class Meta:
        model = Attempt
        fields = [
            "id",
            "assigned_problem",
            "number",
            "state",
            "language",
            "receipt",
            "result",
            "points",
            "penalty",
            "late_s",
            "hints_used",
            "created_at",
            "submitted_at",
            "graded_at",
            "text",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "string", ON_REQUEST: True})
    def get_text(self, attempt: Attempt) -> str:
        return attempt.text


class NewAttemptSerializer(StrictSerializer):
    assigned_problem = StrictUUIDField()
    number = StrictIntegerField(
        required=False,
        min_value=1,
        max_value=30_000,
        help_text="Which try it is. The same number sent twice is one attempt.",
    )
    text = StrictCharField(trim_whitespace=False, max_length=ANSWER_MAX_CHARS)
    language = StrictChoiceField(choices=list(LANGUAGES.items()), required=False)


class HintSerializer(serializers.Serializer[Any]):
    level = serializers.IntegerField(help_text="Counted from 1.")
    text = serializers.CharField(help_text="Markdown with LaTeX.")
    rendered_html = OnRequestField(help_text="Safe HTML with MathML.")


class HintsSerializer(serializers.Serializer[Any]):
    """The hints that were shown, in order, of `total`."""

    state = serializers.ChoiceField(
        choices=HintState.choices,
        help_text="Ask again while they are being prepared, which takes minutes.",
    )
    is_allowed = serializers.BooleanField(
        help_text="Whether the assignment gives hints at this moment."
    )
    total = serializers.IntegerField(help_text="0 until they are ready.")
    hints = HintSerializer(many=True)


class NextHintSerializer(StrictSerializer):
    level = StrictIntegerField(
        required=False,
        min_value=1,
        max_value=1_000,
        help_text="Which one; else the next. The same level sent twice counts once.",
    )
