// Operational time as the gateway counts it, between its beats; performance.now() cannot jump.

let nowMs = 0;
let factor = 1;
let feedS = 0;
let heardAt = performance.now();

const since = (at) => (performance.now() - at) / 1000;

/** Take over what the server said: operational ms, pace, real seconds since the snapshot arrived. */
export function hear(beat) {
  nowMs = beat.now_ms;
  factor = beat.factor;
  feedS = beat.feed_s;
  heardAt = performance.now();
}

/** Real seconds since the server last spoke. */
export const silentS = () => since(heardAt);

/** Real seconds since the gateway's state arrived. */
export const feedAgeS = () => feedS + silentS();

/** Operational milliseconds since 1970 UTC. */
export const operationalMs = () => nowMs + feedAgeS() * factor * 1000;

/** Operational seconds in a real one; 0 for a virtual clock, which does not run by itself. */
export const pace = () => factor;

/** Operational time of the state that is shown. */
export const stateMs = () => nowMs;
