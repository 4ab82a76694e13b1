"""How a prompt on trial does beside the live one; a trial that clearly does worse is ended."""

from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean

import structlog
from django.conf import settings

from solver.models.feedback import Feedback, Thumb
from solver.models.prompt import PromptRelease, PromptVersion
from solver.models.solution import Solution, State, Verdict
from solver.store import intervals, prompts, releases
from solver.store.intervals import Interval

log = structlog.get_logger(__name__)

# Enough for intervals far narrower than anyone needs to decide.
MOST_RUNS = 10_000


@dataclass(frozen=True, slots=True)
class Side:
    """The finished runs of one version since the trial began."""

    label: str
    runs: int = 0
    checked: int = 0
    contradicted: int = 0
    tokens: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    thumbs_up: int = 0
    thumbs_down: int = 0

    @property
    def has_enough_runs(self) -> bool:
        return self.runs >= int(settings.TRIAL_MIN_RUNS)

    @property
    def checked_rate(self) -> float:
        return self.checked / self.runs if self.runs else 0.0

    @property
    def checked_interval(self) -> Interval:
        return intervals.rate(self.checked, self.runs)

    @property
    def contradicted_rate(self) -> float:
        return self.contradicted / self.runs if self.runs else 0.0

    @property
    def contradicted_interval(self) -> Interval:
        return intervals.rate(self.contradicted, self.runs)

    @property
    def mean_tokens(self) -> float | None:
        return fmean(self.tokens) if self.tokens else None

    @property
    def tokens_interval(self) -> Interval | None:
        return intervals.mean(self.tokens)

    @property
    def mean_seconds(self) -> float | None:
        return fmean(self.seconds) if self.seconds else None

    @property
    def seconds_interval(self) -> Interval | None:
        return intervals.mean(self.seconds)


@dataclass(frozen=True, slots=True)
class Comparison:
    live: Side
    trial: Side

    @property
    def has_enough_runs(self) -> bool:
        return self.live.has_enough_runs and self.trial.has_enough_runs

    def checked_difference(self, z: float = intervals.Z_95) -> Interval:
        """Of the trial's checked rate minus the live one's."""
        live, trial = self.live, self.trial
        return intervals.difference(trial.checked, trial.runs, live.checked, live.runs, z)

    @property
    def is_clearly_worse(self) -> bool:
        """The trial is looked at again and again, so one look must be sure at 99.9%."""
        return self.has_enough_runs and self.checked_difference(intervals.Z_999)[1] < 0


def compare(release: PromptRelease) -> Comparison | None:
    """None when nothing is on trial."""
    if release.trial is None or release.trial_since is None:
        return None
    # People are drawn at random and both sides run side by side, so whatever else changes with
    # time changes for both: only runs since the trial began count.
    since = max(release.trial_since, release.live_since)
    return Comparison(
        live=_side(release.name, release.live, since),
        trial=_side(release.name, release.trial, since),
    )


def watch() -> list[str]:
    """For the scheduler: stop every trial that does clearly worse; gives the prompts' names."""
    stopped = []
    running = PromptRelease.objects.filter(trial__isnull=False)
    for release in running.select_related("live", "trial"):
        found = compare(release)
        if found is None or not found.is_clearly_worse:
            continue
        note = (
            f"Checked {found.trial.checked} of {found.trial.runs} runs, "
            f"live {found.live.label} {found.live.checked} of {found.live.runs}."
        )
        try:
            releases.end_trial(release.name, None, note, only=release.trial)
        except releases.ReleaseRefused:  # somebody was faster
            continue
        log.warning(
            "prompt_trial_stopped", prompt=release.name, version=found.trial.label, reason=note
        )
        stopped.append(release.name)
    return stopped


def _side(name: str, version: PromptVersion | None, since: datetime) -> Side:
    runs = Solution.objects.filter(
        prompt_name=name,
        prompt_version__in=prompts.counted_as(version),
        created_at__gte=since,
        state__in=[State.DONE, State.FAILED],
    )
    rows = list(
        runs.order_by("-created_at").values_list(
            "verdict", "completion_tokens", "started_at", "finished_at"
        )[:MOST_RUNS]
    )
    thumbs = Feedback.objects.filter(solution__in=runs).values_list("thumb", flat=True)
    given = list(thumbs)
    return Side(
        label=version.label if version else prompts.BUILT_IN_VERSION,
        runs=len(rows),
        checked=sum(row[0] == Verdict.CHECKED for row in rows),
        contradicted=sum(row[0] == Verdict.CONTRADICTED for row in rows),
        tokens=[float(row[1]) for row in rows],
        seconds=[(end - start).total_seconds() for _, _, start, end in rows if start and end],
        thumbs_up=given.count(Thumb.UP),
        thumbs_down=given.count(Thumb.DOWN),
    )
