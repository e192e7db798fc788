"""The format of recordings: which version of the pipe decided a run, and what has changed since.

| format | releases | what a replay of an older one must know |
|---|---|---|
| 1 | 0.1.0 | its digests are taken over the fields that existed then (`kernel.journal.projection`) |
| 2 | from 0.2.0 | what changed is listed below |

A pipe knows the format that it decides for (`Pipe.format`). Where what it decides had to change, the code
asks for that number and this page says so: that is a declared migration.

Since format 2:

- a refusal takes nothing away that is permitted and that others still want (`kernel.pipe.refusals.keeps`);
- a value that policy clamped is judged again when its permit ends, not every tick (`Posture.decided`);
- `ask` opens a question to people, and locks nobody out meanwhile (`kernel.pipe.asking`); commands say whose
  wish they are (`Command.asked_by`);
- a device with a `select` is reserved before it is operated (`kernel.pipe.selecting`);
- a command that a run before left open, and whose validity was over, ends unknown (`InFlight.outlived`), also
  where the device says that it executed it and no longer shows it;
- a gate that failed is asked about nothing, where nobody asks, until it answers (`kernel.pipe.probing`);
- policy may ask people about an override and about parts of a wish for a sum; a part that it refuses is left
  out, and the others meet the wish around it (`kernel.pipe.wishes`, `kernel.pipe.together`);
- a request for a sum, and one for what stands already, ends permitted (`kernel.pipe.requests`);
- a request stays open where a gate that failed denied its wish, which stands and is judged again
  (`kernel.pipe.requests`);
- what waits at its bus is taken back when its point is not commanded any more (`Outputs.taken_back`);
- a wish says how sure it is, or nothing (`Proposal.confidence`); what it expects is looked at when it is due,
  and policy sees what became of it (`kernel.pipe.expecting`, `kernel.pipe.calibrating`);
- conditions lead an agent down the ladder; before, it stood on the rung that it named (`kernel.pipe.ladder`).
"""

from __future__ import annotations

from typing import Final

FORMAT: Final = 2
"""What this version writes."""
READABLE: Final = (1, 2)
"""What this version decides again without a difference."""
