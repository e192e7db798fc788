"""Simulate one hour of a gateway's life with faults of every kind, chosen by a seed.

    python -m aios.testing.simulate --seed N [--seconds S] [--trace]

Prints the faults, what was seen, and every invariant that did not hold. The same seed on the same commit
gives the same run to the bit: the digest says so. Exit code 1 where an invariant did not hold.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from aios.testing.invariants import violations
from aios.testing.seen import History
from aios.testing.simulation import HOUR_S, Simulation

_NOTHING_BELOW = 50
"""Level of a critical event: in a simulation everything goes wrong, and says so thousands of times."""


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the logs of simulated gateways to themselves."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(_NOTHING_BELOW))
    try:
        yield
    finally:
        structlog.configure(**before)


def told(history: History) -> Iterator[str]:
    """Say in lines what was seen of a run: faults first, then what left the gateway and what became of it."""
    yield from (f"{fault}" for fault in history.faults)
    moments = [
        *((one.at_s, f"life {one.life}  {_command(one.command)}") for one in history.wired),
        *(
            (one.at_ns / 1e9, f"{device} executed {one.quantity} {one.value:g} (number {one.sequence})")
            for device, executed in history.executed.items()
            for one in executed
        ),
    ]
    yield from (f"{at_s:8.1f} s  {what}" for at_s, what in sorted(moments))


def _command(command: object) -> str:
    names = ("id", "point", "value", "authority", "sequence")
    return "writes " + " ".join(str(getattr(command, name)) for name in names)


def main(arguments: list[str] | None = None) -> int:
    """Run one seed and print."""
    parser = argparse.ArgumentParser(description="One simulated hour with faults of every kind.")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=HOUR_S, help="simulated seconds")
    parser.add_argument("--trace", action="store_true", help="tell every write and every execution")
    chosen = parser.parse_args(arguments)
    with quiet():
        history = Simulation.of(chosen.seed, seconds=chosen.seconds).run()
    for line in told(history) if chosen.trace else (str(fault) for fault in history.faults):
        print(line)  # noqa: T201 - what it is for
    found = violations(history)
    summary = (
        f"seed {chosen.seed}: {len(history.ticks)} ticks, {history.lives} lives, "
        f"{len(history.wired)} writes, {len(history.entries)} entries, "
        f"digest {history.digest()[:16]}, {len(found)} violations"
    )
    print("\n".join((*found, summary)))  # noqa: T201 - what it is for
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
