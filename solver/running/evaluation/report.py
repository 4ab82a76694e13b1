"""The report of an evaluation: one HTML page that needs nothing else, in light and in dark."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from solver.checking.verdict import Label
from solver.running.evaluation.folder import Plan
from solver.running.evaluation.judging import Judged, Result
from solver.running.evaluation.measures import Kind, Measures, Rate
from solver.running.evaluation.plot import labels_plot, majority_plot
from solver.text.rendering import render

STYLE = Path(__file__).with_name("report.css")
WORDS = {
    Label.CHECKED: "checked",
    Label.CONTRADICTED: "contradicted",
    Label.UNCHECKED: "unchecked",
    Label.AGREES: "samples agree",
}


def report_html(plan: Plan, measures: Measures, results: Sequence[Result], seconds: float) -> str:
    parts = [
        _head(plan),
        _figures(measures),
        _section("What several samples gain", majority_plot(measures) + _gain(measures)),
        _section("What checks found, kind by kind", labels_plot(results) + _kinds(measures)),
        _section("Cost", _cost(plan, measures, seconds)),
        _section("Every problem", "".join(map(_problem, results))),
    ]
    title = escape(f"{plan.suite}, {plan.model}")
    style = STYLE.read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Evaluation: {title}</title><style>{style}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _head(plan: Plan) -> str:
    sampling = next(iter(plan.sampling.values()))
    told = (
        f"temperature {sampling['temperature']}, top_p {sampling['top_p']}, "
        f"at most {sampling['max_tokens']:,} tokens, seed {plan.seed}"
    )
    return (
        f"<header><p class='kicker'>Evaluation</p><h1>{escape(plan.suite)}</h1>"
        f"<p class='lead'>{escape(plan.model)}</p><p class='quiet'>{escape(told)}</p></header>"
    )


def _figures(measures: Measures) -> str:
    most = max(measures.majority)
    figures = [
        ("Of the answers labelled checked", "are right", measures.checked_right),
        ("Of the right answers", "were checked", measures.coverage),
        ("One sample", "is right (pass@1)", measures.majority[1]),
    ]
    if most > 1:
        figures.append(
            (f"The majority of {most}", f"is right (maj@{most})", measures.majority[most])
        )
    return f"<div class='figures'>{''.join(_figure(*one) for one in figures)}</div>"


def _figure(what: str, claim: str, rate: Rate) -> str:
    value = "none" if rate.value is None else f"{rate.value:.1%}"
    between = "" if rate.value is None else f"95%: {rate.low:.1%} to {rate.high:.1%}"
    counted = f"{rate.runs:,} counted"
    return (
        f"<div class='figure'><p>{what}</p><p class='value'>{value}</p><p>{claim}</p>"
        f"<p class='quiet'>{between}<br>{counted}</p></div>"
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _gain(measures: Measures) -> str:
    most = max(measures.majority)
    if most == 1:
        return "<p>One sample of each problem was drawn, so there was nothing to vote on.</p>"
    gain = measures.gain
    rows = [
        *((f"maj@{size}", rate) for size, rate in measures.majority.items() if size > 1),
        (f"shown@{most}: checks first, then votes", measures.elected),
        (f"pass@{most}: any sample right", measures.any_right),
    ]
    table = "".join(f"<tr><th>{name}</th><td>{rate.words}</td></tr>" for name, rate in rows)
    return (
        f"<p>Problem by problem, maj@{most} is <b>{gain.value:+.1%}</b> against pass@1 "
        f"({gain.low:+.1%} to {gain.high:+.1%}).</p>"
        f"<table><tr><th>pass@1</th><td>{measures.majority[1].words}</td></tr>{table}</table>"
    )


def _kinds(measures: Measures) -> str:
    head = (
        "<tr><th>Decided by</th><th>Problems</th><th>Right</th>"
        "<th>Of checked, right</th><th>Coverage</th></tr>"
    )
    whole = Kind(
        "all", measures.problems, measures.majority[1], measures.checked_right, measures.coverage
    )
    rows = "".join(_kind(kind) for kind in (*measures.kinds, whole))
    wrong = measures.contradicted_wrong
    return (
        f"<div class='wide'><table>{head}{rows}</table></div>"
        f"<p>Of {wrong.runs:,} answers labelled contradicted, {wrong.words} are wrong.</p>"
    )


def _kind(kind: Kind) -> str:
    rates = (kind.right, kind.checked_right, kind.coverage)
    cells = "".join(f"<td>{rate.words}</td>" for rate in rates)
    return f"<tr><th>{escape(kind.name)}</th><td>{kind.problems}</td>{cells}</tr>"


def _cost(plan: Plan, measures: Measures, seconds: float) -> str:
    ends = ", ".join(f"{name} {count:,}" for name, count in sorted(measures.finishes.items()))
    found = ", ".join(f"{name} {count:,}" for name, count in sorted(measures.sources.items()))
    prompts = ", ".join(digest[:12] for digest in plan.prompts.values())
    return (
        f"<p>{measures.problems:,} problems, {measures.samples:,} samples; "
        f"{measures.prompt_tokens:,} tokens read, {measures.completion_tokens:,} written, "
        f"{measures.completion_tokens / measures.samples:,.0f} a sample. "
        f"The last call drew for {seconds:,.0f} s.</p>"
        f"<p>Ends: {escape(ends)}. Answers found in: {escape(found)}.</p>"
        f"<p class='quiet'>Prompts: {escape(prompts)}</p>"
    )


def _problem(result: Result) -> str:
    right = sum(one.is_right for one in result.samples)
    case = result.case
    rows = "".join(
        _sample(position, one, position == result.winner)
        for position, one in enumerate(result.samples)
    )
    answer = escape(case.answer) or "by its tests"
    return (
        f"<details><summary><span>{escape(case.id)}</span> <span>{right} of "
        f"{len(result.samples)} right</span> {_tag(result.label)}</summary>"
        f"<div class='problem'>{render(case.problem)}</div>"
        f"<p>Answer: <code>{answer}</code>. Decided by: {escape(result.decider)}.</p>"
        "<div class='wide'><table><tr><th>Sample</th><th>Answer</th><th>Right</th><th>Label</th>"
        f"<th>End</th><th>Tokens</th></tr>{rows}</table></div></details>"
    )


def _sample(position: int, one: Judged, is_shown: bool) -> str:
    shown = " shown" if is_shown else ""
    return (
        f"<tr><th>{position + 1}{shown}</th><td><code>{escape(one.answer[:200]) or 'none'}</code>"
        f"</td><td>{'right' if one.is_right else 'wrong'}</td><td>{_tag(one.label)}</td>"
        f"<td>{escape(one.error or one.finish)}</td><td>{one.completion_tokens:,}</td></tr>"
    )


def _tag(label: Label) -> str:
    return f"<span class='tag {label.value}'>{WORDS[label]}</span>"
