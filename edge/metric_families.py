"""The metrics of a gateway: names, units, meaning. `docs/metrics.md` and `/metrics` are made from this table.

Names follow Prometheus: base units in the name, `_total` for what only grows. Source: Prometheus
documentation, "Metric and label naming".
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kernel.ladder import STATES
from kernel.shell.loop_watch import LIMIT_S

QUANTILES: Final = ("0.5", "0.95", "0.99")

_RUNGS: Final = ", ".join(f"{code} {word}" for code, word in STATES.items())


class Family(NamedTuple):
    """One metric."""

    name: str
    kind: str
    """counter, gauge or summary."""
    help: str
    """What it says, with its unit."""
    labels: tuple[str, ...] = ()


FAMILIES: Final = (
    Family(
        "aios_build_info",
        "gauge",
        "1; the labels say what runs: version of the gateway, site, digest of its file, policy revision.",
        ("version", "site", "digest", "policy_revision"),
    ),
    Family("aios_base_tick_seconds", "gauge", "Period of the base tick, operational seconds."),
    Family(
        "aios_clock_factor",
        "gauge",
        "Operational seconds in a real second: 1 in the field, 0 for virtual time.",
    ),
    Family(
        "aios_clock_synchronised",
        "gauge",
        "1 while the machine's clock is synchronised and was not set, else 0; the label says its state.",
        ("state",),
    ),
    Family("aios_ticks_total", "counter", "Ticks of the pipe since the start."),
    Family("aios_ticks_skipped_total", "counter", "Multiples of the base tick that went by without a tick."),
    Family("aios_tick_duration_seconds", "summary", "Real time of a tick, from its inputs to its end."),
    Family(
        "aios_tick_duration_max_seconds", "gauge", "Longest real time of a tick since the start, seconds."
    ),
    Family("aios_tick_deadline_misses_total", "counter", "Ticks that took longer than the base tick."),
    Family(
        "aios_tick_late_seconds",
        "summary",
        "Start jitter: how late ticks began after their multiple of the base tick, operational seconds.",
    ),
    Family(
        "aios_decision_latency_seconds",
        "summary",
        "Real time from taking the newest readings in to the last command queued, gate and journal included; "
        "ticks with a question to the gate only.",
    ),
    Family(
        "aios_commit_duration_seconds",
        "summary",
        "Real time that ticks waited for a durable commit of the command journal: fsync and more.",
    ),
    Family("aios_loop_runs_total", "counter", "Steps of the agent of a loop.", ("loop",)),
    Family(
        "aios_loop_deadline_misses_total",
        "counter",
        "Outputs of a loop that came after its deadline, and releases that never ran.",
        ("loop",),
    ),
    Family("aios_loop_releases_lost_total", "counter", "Releases of a loop that never ran.", ("loop",)),
    Family(
        "aios_loop_releases_skipped_total",
        "counter",
        "Releases of a loop that its overrun policy skipped.",
        ("loop",),
    ),
    Family("aios_loop_overruns_total", "counter", "Steps of a loop beyond what it declared.", ("loop",)),
    Family("aios_loop_step_seconds", "summary", "Real time of a step, or of a job in a worker.", ("loop",)),
    Family(
        "aios_loop_start_jitter_p99_seconds",
        "gauge",
        "99th percentile of the real time from a loop's release to the begin of its step, seconds.",
        ("loop",),
    ),
    Family(
        "aios_loop_response_p99_seconds",
        "gauge",
        "99th percentile of the real time from a loop's release to its commands queued, seconds.",
        ("loop",),
    ),
    Family(
        "aios_agent_rung",
        "gauge",
        "1; the label says on which rung of the degradation ladder an agent stands.",
        ("agent", "rung"),
    ),
    Family(
        "aios_rung",
        "gauge",
        f"Rung of the degradation ladder on which an agent stands: {_RUNGS}.",
        ("agent",),
    ),
    Family(
        "aios_event_loop_blocked_total",
        "counter",
        f"How often something held the event loop for more than {LIMIT_S:g} s; the log names it "
        "with its stack.",
    ),
    Family(
        "aios_alarms_standing", "gauge", "Alarms that are not normal, by their ISA-18.2 state.", ("state",)
    ),
    Family(
        "aios_alarms_total",
        "counter",
        "Alarms that occurred since the start; priority 1 is high, 3 low.",
        ("priority",),
    ),
    Family(
        "aios_alarms_unjudged",
        "gauge",
        "Alarms whose condition cannot be judged, because what it rests on is not good.",
    ),
    Family(
        "aios_alarm_canary_age_seconds",
        "gauge",
        "Operational seconds since the last canary alarm that came through the gateway was raised.",
    ),
    Family("aios_points", "gauge", "Points by validity of their value.", ("validity",)),
    Family("aios_queue_depth", "gauge", "Entries that wait in a queue.", ("queue",)),
    Family("aios_queue_bound", "gauge", "Entries that may wait in a queue.", ("queue",)),
    Family(
        "aios_queue_dropped_total",
        "counter",
        "Entries dropped or refused because their queue was full.",
        ("queue",),
    ),
    Family(
        "aios_history_up",
        "gauge",
        "1 while a destination of the outbox takes what it is offered, else 0.",
        ("sink",),
    ),
    Family(
        "aios_history_behind_rows",
        "gauge",
        "Rows that a destination of the outbox has not taken yet.",
        ("sink",),
    ),
    Family(
        "aios_history_behind_seconds",
        "gauge",
        "Time between the oldest row that a destination has not taken and the newest, seconds.",
        ("sink",),
    ),
    Family(
        "aios_history_refused_rows",
        "gauge",
        "Rows in the quarantine of a destination: aios outbox quarantine lists them.",
        ("sink",),
    ),
    Family(
        "aios_history_refused_documents",
        "gauge",
        "Documents in the quarantine of a destination.",
        ("sink",),
    ),
    Family(
        "aios_history_lost_rows_total",
        "counter",
        "Rows that a destination was told of as lost, since its historian began.",
        ("sink",),
    ),
    Family(
        "aios_commands_total",
        "counter",
        "Commands journalled, by what permitted them: the gate or the safe set.",
        ("authority",),
    ),
    Family("aios_commands_ended_total", "counter", "Commands that reached their end state.", ("outcome",)),
    Family(
        "aios_remote_commands_total",
        "counter",
        "Signed commands that came over MQTT: taken, repeated, or the name of the refusal.",
        ("result",),
    ),
    Family("aios_commands_open", "gauge", "Commands that have not reached their end state."),
    Family(
        "aios_decisions_refused_total",
        "counter",
        "Decisions that were not permitted: denied, left to a person, or failed.",
        ("kind",),
    ),
    Family(
        "aios_expectations_total",
        "counter",
        "What agents expected and the gateway looked at when it was due: as_expected, or wrong.",
        ("seen",),
    ),
    Family("aios_gate_up", "gauge", "1 while the policy gate gives usable answers, else 0."),
    Family(
        "aios_gate_failures_total", "counter", "How often the policy gate went away, or failed differently."
    ),
    Family("aios_journal_up", "gauge", "1 while the command journal can be written, else 0."),
    Family("aios_journal_failures_total", "counter", "How often the command journal went away."),
    Family(
        "aios_failures_total",
        "counter",
        "Failures by what failed: gate, journal, recorder, listeners.",
        ("what",),
    ),
    Family(
        "aios_device_up",
        "gauge",
        "1 while a device answers, else 0; the label says how it is: new, ok, late, doubtful or away.",
        ("device", "state"),
    ),
    Family(
        "aios_device_scans_lost_total",
        "counter",
        "Wanted readings of a device that were not made in their time.",
        ("device",),
    ),
    Family(
        "aios_device_scan_interval_seconds",
        "gauge",
        "Operational seconds from reading to reading of a device that are reached.",
        ("device",),
    ),
    Family(
        "aios_device_stretch",
        "gauge",
        "How many times more seldom than wanted a device is read, because its line has no time.",
        ("device",),
    ),
    Family("aios_line_waiting", "gauge", "Requests that wait for a shared wire.", ("line",)),
    Family(
        "aios_line_busy_ratio",
        "gauge",
        "Share of the last seconds in which a request was under way on a shared wire.",
        ("line",),
    ),
    Family(
        "aios_line_failing_ratio",
        "gauge",
        "Share of all time that went into requests without an answer on a shared wire.",
        ("line",),
    ),
    Family("aios_restarts_total", "counter", "Restarts of supervised children.", ("supervisor", "child")),
    Family("aios_child_up", "gauge", "1 while a supervised child runs, else 0.", ("supervisor", "child")),
    Family("aios_gateway_cpu_seconds_total", "counter", "Processor time of the gateway process, seconds."),
    Family("aios_gateway_resident_bytes", "gauge", "Largest resident memory of the gateway process, bytes."),
)


def markdown() -> str:
    """Return the table of `docs/metrics.md`."""
    head = "| metric | kind | labels | meaning |\n|---|---|---|---|\n"
    rows = (
        f"| `{family.name}` | {family.kind} | {', '.join(family.labels) or '-'} | {family.help} |"
        for family in FAMILIES
    )
    return head + "\n".join(rows) + "\n"
