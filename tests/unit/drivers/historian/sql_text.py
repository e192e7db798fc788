"""Golden text of what TimescaleDB is told; `python -m tests.unit.drivers.historian.sql_text` writes it."""

from pathlib import Path

from drivers.historian.timescale import STEPS, policies

GOLDEN = Path(__file__).parents[3] / "golden" / "timescale.sql"


def written(steps, keeping, keeping_all) -> str:
    """One statement after another, with where it is applied."""
    parts = [f"-- step {number}, once\n{step.strip()};\n" for number, step in enumerate(steps, 1)]
    parts += [f"-- on every start, 90 days kept\n{text};\n" for text in keeping]
    parts += [f"-- on every start, all kept\n{text};\n" for text in keeping_all]
    return "\n".join(parts)


if __name__ == "__main__":
    GOLDEN.write_text(written(STEPS, policies(90 * 86_400.0), policies(None)), encoding="utf-8")
