"""Writes what the container stack needs of a shipped site: `make site`.

    python deploy/make_site.py SITE TARGET

TARGET becomes the site file with the devices on the host `field`, broker and database as uplinks, and a
simulated world that begins today and has neither planned faults nor requests. Beside it `policies.tar.gz` is
the site's policy bundle as an Open Policy Agent loads it.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from aios.gateway.compose import bundle_of
from aios.site.load import site_of
from policies.archive import opa_archive

FIELD = "field"
MQTT = "mqtt://mosquitto:1883"
HISTORY = "postgresql://aios_history@timescaledb:5432/aios?passfile=/run/secrets/history_passfile"


def stack_site(text: str, *, today: str) -> str:
    """Return a site file for the stack.

    Args:
        text: a site file whose last part is its simulation.
        today: when the simulated world begins, as TOML writes a moment.
    """
    site, found, simulation = text.partition("\n[simulation]\n")
    if not found:
        raise ValueError("the site has no [simulation]: only a simulated site can be put into the stack")
    site = site.replace("[[device]]\n", f'[[device]]\nhost = "{FIELD}"\n')
    network = next(line for line in simulation.splitlines() if line.startswith("network"))
    uplinks = f'[uplinks]\nmqtt = "{MQTT}"\nhistory = "{HISTORY}"\n'
    return f"{site}\n{uplinks}\n[simulation]\n{network}\nstart = {today}\n"


def main(source: Path, target: Path) -> None:
    """Write the site file and the policy bundle."""
    today = datetime.now(tz=UTC).strftime("%Y-%m-%dT00:00:00Z")
    text = stack_site(source.read_text(encoding="utf-8"), today=today)
    site = site_of(text, folder=source.parent)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    bundle = target.with_name("policies.tar.gz")
    bundle.write_bytes(opa_archive(bundle_of(site)))
    sys.stdout.write(f"{target} and {bundle}: {len(site.devices)} devices, world begins {today}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
