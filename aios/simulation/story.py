"""A run with the script that it follows from: so it can be lived again, to ask what would come."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Final
from weakref import finalize

import structlog

from aios.simulation.asked import Act
from aios.simulation.copied import NoCopy, in_a_copy
from aios.simulation.outlook import Outlook, lived
from aios.simulation.running import Running
from aios.simulation.source import Source
from aios.simulation.turning import Turning
from kernel.request import Requested, RequestStage

log = structlog.get_logger()

PERSON: Final = "simulation"
"""In whose name commands are asked for, unless another is given."""


class Story:
    """A run that is lived, from a source and a script of wishes: the same two always give the same run."""

    def __init__(self, source: Source, folder: Path | None) -> None:
        """Build world and gateway.

        Args:
            source: what they are made of.
            folder: a fresh one that stays; None for one that is removed at the end.

        Raises:
            FileExistsError: the folder holds a run already.
            ScenarioInvalid, NotCoupled, AppliancesInvalid: site, network and scenario do not fit.
        """
        if folder is not None and (folder / "journal").exists():
            raise FileExistsError(f"{folder} holds a run already; name another folder or remove it")
        self.turning = Turning()
        self._is_kept = folder is not None
        self._folder = Path(mkdtemp(prefix="aios-simulation-")) if folder is None else folder
        if not self._is_kept:  # whoever forgets to close leaves nothing behind either
            finalize(self, _removed, self._folder, os.getpid())
        self._script: list[Act] = []
        self._repeats = 0
        try:
            self.running = self._built(source, self._folder)
        except BaseException:  # whatever it was, an interruption too: nothing may be left behind
            self._let_go()
            raise

    def step(self, ticks: int) -> None:
        """Live on by some ticks."""
        self.turning.run(self.running.step(ticks))

    def ask(self, point: str, value: float, *, valid_s: float, reason: str, person: str) -> str:
        """Put a wish into the script and before the gateway; return its key."""
        act = self._act(point, value, len(self._script), valid_s=valid_s, reason=reason, person=person)
        self._script.append(act)
        self.running.ask(act)
        return act.asked.key

    def go_on_as(self, source: Source) -> None:
        """Let another source take the place of this one: its run must have been the same until now.

        Raises:
            NotRepeatable: it was not; this one goes on.
        """
        before, self.running = self.running, self._again(source)
        self.turning.call(before.close)
        if before.root != self._folder:
            shutil.rmtree(before.root)

    def outlook(self, actions: Mapping[str, float], *, ticks: int, valid_s: float) -> Outlook:
        """Say what would come of wishes; this run stays as it is.

        A copy of this process lives it, from the present on. Where that cannot be, the whole run is lived
        once more here, which is as exact and takes longer.

        Raises:
            NotRepeatable: it cannot be lived again.
        """
        began = time.perf_counter()
        first = len(self._script)
        acts = [
            self._act(point, value, first + number, valid_s=valid_s)
            for number, (point, value) in enumerate(actions.items())
        ]
        shared = {"site": self.running.source.site, "network": self.running.run.plant.network}
        try:
            found = in_a_copy(lambda sign: self._lived_apart(acts, ticks, sign), shared=shared)
        except NoCopy as why:
            log.warning("the what-if takes the long way", why=str(why))
            found = self._lived_again(acts, ticks)
        return replace(found, seconds=time.perf_counter() - began)

    def _lived_apart(self, acts: Sequence[Act], ticks: int, sign: Callable[[], None]) -> Outlook:
        """Live a what-if as the copy of this process; it has no loop of its own yet."""
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        self.running.go_on_apart()
        return lived(self.running, acts, ticks, Turning(), sign)

    def _lived_again(self, acts: Sequence[Act], ticks: int) -> Outlook:
        """Live a what-if from the begin of the run."""
        twin = self._again(self.running.source)
        try:
            return lived(twin, acts, ticks, self.turning)
        finally:
            self._forget(twin)

    def close(self) -> None:
        """End the run; what is kept stays."""
        if self.running.digests is None:
            self.turning.call(self.running.close)
            if self._is_kept:
                self.turning.run(self.running.keep_history())
            self._let_go()

    def _act(
        self, point: str, value: float, number: int, *, valid_s: float, reason: str = "", person: str = PERSON
    ) -> Act:
        asked = Requested(
            key=f"simulation-{number}",
            person=person,
            point=point,
            value=float(value),
            reason=reason,
            stage=RequestStage.TAKEN,
            at_ns=self.running.now_ns,
        )
        return Act(step=self.running.steps, asked=asked, valid_s=valid_s)

    def _again(self, source: Source) -> Running:
        """Live through the script once more, up to the present.

        Raises:
            NotRepeatable: that led somewhere else.
        """
        self._repeats += 1
        again = self._built(source, self._folder / f"repeat-{self._repeats}", self._folder / "history.sqlite")
        try:
            self.turning.run(again.repeat(self._script, self.running.steps))
            again.must_be(self.running)
        except BaseException:  # whatever it was, an interruption too: this run goes on, and that one is gone
            self._forget(again)
            raise
        return again

    def _built(self, source: Source, root: Path, history: Path | None = None) -> Running:
        return self.turning.call(lambda: Running(source, root, history=history))

    def _forget(self, running: Running) -> None:
        self.turning.call(running.close)
        shutil.rmtree(running.root)

    def _let_go(self) -> None:
        self.turning.close()
        if not self._is_kept:
            _removed(self._folder, os.getpid())


def _removed(folder: Path, of_process: int) -> None:
    """Remove a folder with all that is in it, but not from a copy of the process that made it."""
    if os.getpid() == of_process:
        shutil.rmtree(folder, ignore_errors=True)
