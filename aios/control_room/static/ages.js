// Every age ticks between updates; what is old in real time greys, and its pane says so.

import { feedAgeS, operationalMs, pace, silentS, stateMs } from "./clock.js";
import { prove } from "./proof.js";
import { duration, timeLeft } from "./words.js";

const GREY_S = 5;
const TOLD_S = 30;

const say = (element, words) => {
  if (element.textContent !== words) element.textContent = words;
};

function clockWords(ms) {
  const options = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: document.body.dataset.zone }).format(ms);
}

/** Real age of a value, seconds: operational age at the clock's pace; a virtual clock shows the feed's. */
const realAgeS = (ageS) => (pace() > 0 ? ageS / pace() : feedAgeS());

function tickAges(nowMs) {
  for (const time of document.querySelectorAll("time[data-at]")) {
    const ageS = (nowMs - Number(time.dataset.at)) / 1000;
    say(time, duration(ageS));
    time.closest("[data-value]")?.classList.toggle("stale", realAgeS(ageS) > GREY_S);
  }
  for (const time of document.querySelectorAll("time[data-until]")) {
    say(time, timeLeft((Number(time.dataset.until) - nowMs) / 1000));
  }
}

function tickCounters() {
  for (const time of document.querySelectorAll("time[data-elapsed-s]")) {
    time.shownAt ??= performance.now() - Number(time.dataset.elapsedS) * 1000;
    say(time, duration((performance.now() - time.shownAt) / 1000));
  }
  for (const time of document.querySelectorAll("time[data-beat], time[data-silent]")) {
    say(time, duration(silentS()));
  }
}

function tickFeed() {
  const ageS = feedAgeS();
  document.body.classList.toggle("feed-stale", ageS > GREY_S);
  document.querySelector("[data-lost]").hidden = silentS() <= GREY_S;
  for (const note of document.querySelectorAll("[data-note]")) {
    note.hidden = ageS <= TOLD_S;
    if (!note.hidden) say(note, `State of ${clockWords(stateMs())}, ${duration(ageS)} old: nothing newer came.`);
  }
}

export function tick() {
  const nowMs = operationalMs();
  tickCounters();
  tickFeed();
  if (stateMs() === 0) return;
  tickAges(nowMs);
  prove();
  for (const time of document.querySelectorAll("time[data-clock]")) say(time, clockWords(nowMs));
}
