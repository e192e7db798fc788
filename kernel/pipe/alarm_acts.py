"""What people do to alarms: judged by the alarm as it stands, and kept until its watch has answered.

Pure. The watch of the alarms does what was told, and answers with the alarm in the tick that follows; until
then nobody else acts on the same one.
"""

from __future__ import annotations

from typing import Final

import msgspec

from kernel.alarm import POSSIBLE, Alarm, AlarmState
from kernel.instruction import AlarmAct, OnAlarm, Unfit
from kernel.pipe.state import PipeState

MOST: Final = 32
"""Acts that wait for their answer; half of what the gateway may say of itself in a tick."""


def act_on_alarm(state: PipeState, told: AlarmAct) -> PipeState | Unfit:
    """Take what a person does to an alarm, or say why it cannot be done."""
    waiting = state.alarm_acts.get(told.alarm)
    if waiting is not None:
        return Unfit(f"{waiting.person} has just told alarm {told.alarm} to {_word(waiting.act)}; look again")
    if len(state.alarm_acts) >= MOST:
        return Unfit(f"{MOST} acts on alarms wait for the next tick; try again")
    alarm = state.alarms.get(told.alarm)
    stands = AlarmState.NORMAL if alarm is None else alarm.state
    if stands not in POSSIBLE[told.act]:
        named = " or ".join(sorted(one.value for one in POSSIBLE[told.act]))
        return Unfit(f"alarm {told.alarm} is {stands.value}; {_word(told.act)} is for one that is {named}")
    if (told.act is OnAlarm.SHELVE) != (told.until_ns > told.at_ns):
        return Unfit("shelving needs a time after which it ends, and nothing else has one")
    return msgspec.structs.replace(state, alarm_acts={**state.alarm_acts, told.alarm: told})


def answers(alarm: Alarm, told: AlarmAct | None) -> bool:
    """Tell whether an alarm is what its watch answers: one from before it heard is not."""
    return told is not None and alarm.at_ns >= told.at_ns


def _word(act: OnAlarm) -> str:
    """Return an act as people write it.

    >>> _word(OnAlarm.PUT_BACK)
    'put-back'
    """
    return act.value.replace("_", "-")
