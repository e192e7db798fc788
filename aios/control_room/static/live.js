// Fragments and beats from the server, by server-sent events; the browser reconnects by itself.

import { tick } from "./ages.js";
import { hear } from "./clock.js";
import { morph } from "./morph.js";
import { show } from "./selection.js";

const AGAIN_MS = 2000;

function put(pane, html) {
  morph(pane, html);
  show();
  tick();
}

/** Follow again, or go to the sign-in where this page is not shown to us any more. */
async function again(page) {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") location.reload();
  else follow(page);
}

export function follow(page) {
  const events = new EventSource(`${document.body.dataset.root}/events?page=${page}`);
  events.addEventListener("beat", (event) => hear(JSON.parse(event.data)));
  for (const pane of document.querySelectorAll("[data-pane]")) {
    events.addEventListener(pane.dataset.pane, (event) => put(pane, event.data));
  }
  events.addEventListener("error", () => {
    // After a refusal the browser gives up; a restarted server is found again all the same.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => again(page), AGAIN_MS);
  });
}
