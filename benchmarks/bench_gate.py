"""What a judgement costs: the goals of the gate with sixteen policies, then its parts.

    python -m benchmarks.bench_gate [--quick]

First the goals, in a town of 200 assets that has every fact the sixteen policies ask for: fresh questions,
one command and a hundred; beside it the raw call of the evaluator with the same inputs already encoded;
then the gate with envelope, verdicts and entries of the journal, in turn with the raw call; a decision whose
permit stands; the envelope of 10 000 points. Processor time of the judging thread.

Then 1, 10 and 100 commands through four policies. The requests are what a kernel asks at a substation of
10 000 points whose set-points change in every tick, twenty batteries on a transformer. By part: encode the
request, evaluate the policies (parsing the request included), believe the answer. Then the same requests
through a policy process, as `aios run` judges: real time until the verdicts are there, and the processor
time of either process. Best, median and 99th percentile; on a machine that does other work too, the best is
the figure to compare. `--quick` asks less often and writes no results.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.gate_load.measures import Gate, standing_draft, timed, wide_envelope
from benchmarks.kernel_load.question import question
from benchmarks.kernel_load.substation import substation
from benchmarks.results import write
from kernel.ports import GateRequest
from kernel.verdict import Allow, Judgement
from policies.bundle import ENTRY, PolicyBundle, load_bundle
from policies.embedded import EmbeddedGate, Evaluator
from policies.gate import believe_text, encode_request
from policies.process import ProcessGate

POINTS: Final = 10_000
COMMANDS: Final = (1, 10, 100)
ROUNDS: Final = 500
QUICK_ROUNDS: Final = 50
WARM_UP: Final = 10
PAUSE_S: Final = 0.01
"""Between two requests to the process, as in a tick: neither side is still awake from the last one."""
BUDGET_S: Final = 5.0
COMMAND: Final = "python -m benchmarks.bench_gate"


def cpu_ms(work: Callable[[], object], rounds: int) -> list[float]:
    """Return the processor time of this thread for each of so many rounds, ms."""
    took = []
    for _ in range(WARM_UP + rounds):
        began_ns = time.thread_time_ns()
        work()
        took.append((time.thread_time_ns() - began_ns) / 1e6)
    return took[WARM_UP:]


def parts(bundle: PolicyBundle, request: GateRequest, rounds: int) -> dict[str, list[float]]:
    """Measure each part of a judgement in this process."""
    evaluator, body = Evaluator(bundle.modules, bundle.data), encode_request(request, bundle.reads)
    answer = evaluator.evaluate_text(ENTRY, body).encode()

    def believed() -> Judgement:
        return believe_text(answer, expected_revision=bundle.revision, commands=request.commands)

    must_allow(believed(), request)
    return {
        "encode": cpu_ms(lambda: encode_request(request, bundle.reads), rounds),
        "evaluate": cpu_ms(lambda: evaluator.evaluate_text(ENTRY, body), rounds),
        "believe": cpu_ms(believed, rounds),
    }


async def through_a_process(
    bundle: PolicyBundle, request: GateRequest, rounds: int
) -> dict[str, list[float]]:
    """Ask a policy process; real time and the processor time on both sides, ms."""
    gate = ProcessGate(bundle, budget_s=BUDGET_S)
    await gate.open()
    real, here, there = [], [], []
    try:
        for _ in range(WARM_UP + rounds):
            await asyncio.sleep(PAUSE_S)
            theirs_ns, mine_ns, began_ns = used_ns(gate.pid), time.thread_time_ns(), time.perf_counter_ns()
            judgement = await gate.judge(request)
            real.append((time.perf_counter_ns() - began_ns) / 1e6)
            here.append((time.thread_time_ns() - mine_ns) / 1e6)
            there.append((used_ns(gate.pid) - theirs_ns) / 1e6)
            must_allow(judgement, request)
    finally:
        await gate.close()
    taken = {"real": real, "gateway": here, "policy process": there}
    return {name: values[WARM_UP:] for name, values in taken.items()}


def used_ns(pid: int) -> int:
    """Return the processor time of the first thread of a process so far (Linux)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0])


def must_allow(judgement: Judgement, request: GateRequest) -> None:
    """See that every command was judged and allowed: a failure would be cheap.

    Raises:
        RuntimeError: a command was not allowed.
    """
    allowed = sum(isinstance(verdict, Allow) for verdict in judgement.verdicts.values())
    if allowed != len(request.commands):
        raise RuntimeError(f"{allowed} of {len(request.commands)} commands allowed {judgement.failure}")


def rows(count: int, name: str, took: list[float], seconds: float) -> list[dict[str, Any]]:
    """Return best, median and p99 of one measurement."""
    plain = name.replace(" ", "_")
    return [
        {
            "name": f"gate.{plain}_{count}_{label}_ms",
            "value": float(np.percentile(took, percentile)),
            "unit": "ms",
            "count": len(took),
            "seconds": seconds,
            "command": COMMAND,
        }
        for label, percentile in (("best", 0), ("p50", 50), ("p99", 99))
    ]


def goal(name: str, value: float, unit: str, *, count: int, baseline: float | None = None) -> dict[str, Any]:
    """Return the row of a goal and print it."""
    print(f"  {name:34s} {value:9.2f} {unit}" + ("" if baseline is None else f"   raw {baseline:.2f} {unit}"))
    ratio = None if baseline is None else value / baseline
    return {
        "name": f"gate.{name}", "value": value, "unit": unit, "baseline": baseline, "ratio": ratio,
        "count": count, "command": COMMAND,
    }  # fmt: skip


def goals(rounds: int) -> list[dict[str, Any]]:
    """Measure what the goals ask, and print it."""
    began = time.perf_counter()
    town, many = Gate(), max(rounds // 4, 20)
    print(f"{len(town.bundle.names)} policies, {len(town.site.assets)} assets:")
    table = []
    for commands, asked, name, scale, unit in (
        (1, 4 * rounds, "one_command_p99_us", 1.0, "us"),
        (100, many, "hundred_commands_p99_ms", 1e3, "ms"),
    ):
        questions = town.questions(commands, WARM_UP + asked)
        raw = timed(town.bare, [town.encoded(one) for one in questions])[WARM_UP:]
        took = timed(town.judged, questions)[WARM_UP:]
        p99, raw_p99 = (float(np.percentile(one, 99)) / scale for one in (took, raw))
        table.append(goal(name, p99, unit, count=asked, baseline=raw_p99))
    table.append(overhead(town, rounds))
    candidates, line, draft = standing_draft()
    took = timed(lambda _: candidates.of(line.pipe.issuer, draft), range(4 * rounds))
    table.append(goal("repeated_input_us", float(np.median(took)), "us", count=4 * rounds))
    envelope, values = wide_envelope()
    took = timed(envelope.within, values * max(rounds // 50, 1))
    table.append(goal("envelope_10000_points_us", float(np.median(took)), "us", count=len(took)))
    return [{**row, "seconds": time.perf_counter() - began} for row in table]


def overhead(town: Gate, rounds: int) -> dict[str, Any]:
    """Compare the gate and what stands around it with the raw call, in turn, question by question."""
    questions = town.questions(1, WARM_UP + 2 * rounds)
    raw, whole = [], []
    for one in questions:
        raw += timed(town.bare, [town.encoded(one)])
        whole += timed(town.whole, [one])
    ours, theirs = (float(np.median(took[WARM_UP:])) for took in (whole, raw))
    percent = 100.0 * (ours / theirs - 1.0)
    print(f"  gate with all around it p50 {ours:.1f} us, raw call p50 {theirs:.1f} us")
    return goal("overhead_over_raw_percent", percent, "%", count=2 * rounds)


def measure(count: int, rounds: int) -> list[dict[str, Any]]:
    """Measure one size and print it."""
    site = substation(points=POINTS, batteries=count, base_tick_s=0.1)
    bundle = load_bundle(site.policies, site)
    request = question(site, EmbeddedGate(bundle))
    began = time.perf_counter()
    taken = parts(bundle, request, rounds)
    taken["judgement"] = [sum(three) for three in zip(*taken.values(), strict=True)]
    taken |= asyncio.run(through_a_process(bundle, request, rounds))
    seconds = time.perf_counter() - began
    print(
        f"{count} commands, {len(encode_request(request, bundle.reads))} bytes, {len(bundle.names)} policies:"
    )
    for name, took in taken.items():
        best, p50, p99 = (float(np.percentile(took, p)) for p in (0, 50, 99))
        kind = "real time" if name == "real" else "processor time"
        print(f"  {name:16s} best {best:7.3f}  p50 {p50:7.3f}  p99 {p99:7.3f} ms  {kind}")
    return [row for name, took in taken.items() for row in rows(count, name, took, seconds)]


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds instead of {ROUNDS}")
    quick = parser.parse_args().quick
    rounds = QUICK_ROUNDS if quick else ROUNDS
    table = goals(rounds)
    table += [row for count in COMMANDS for row in measure(count, rounds)]
    if not quick:
        write("gate", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
