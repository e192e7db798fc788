// The page's start: clock, ages, keys, rows, live updates.

import { listen as listenToActs } from "./acts.js";
import { tick } from "./ages.js";
import { hear } from "./clock.js";
import { listen as listenToKeys } from "./keys.js";
import { follow } from "./live.js";
import { listen as listenToRows } from "./selection.js";

const { page, nowMs, factor, feedS } = document.body.dataset;

hear({ now_ms: Number(nowMs), factor: Number(factor), feed_s: Number(feedS) });
listenToRows();
listenToKeys();
listenToActs();
tick();
setInterval(tick, 250);
follow(page);
