// Durations in the words of `aios/control_room/times.py`; a test compares the two.

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

const two = (large, largeUnit, small, smallUnit) =>
  small ? `${large} ${largeUnit} ${small} ${smallUnit}` : `${large} ${largeUnit}`;

export function duration(seconds) {
  const whole = Math.max(0, Math.trunc(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.trunc(whole / MINUTE)} min`;
  if (whole < DAY) return two(Math.trunc(whole / HOUR), "h", Math.trunc((whole % HOUR) / MINUTE), "min");
  if (whole < 7 * DAY) return two(Math.trunc(whole / DAY), "d", Math.trunc((whole % DAY) / HOUR), "h");
  return `${Math.trunc(whole / DAY)} d`;
}

export const timeLeft = (seconds) => (seconds > 0 ? duration(seconds) : `overdue ${duration(-seconds)}`);
