// Keys: J/K through rows, Enter opens (the row's link), G then a letter goes, ? shows them.

import { doByKey } from "./acts.js";
import { back, step } from "./selection.js";

const PLACES = { o: "/", s: "/#substation", a: "/points", l: "/alarms", p: "/approvals", j: "/commands", r: "/runtime" };
const ROOT = document.body.dataset.root;
const PATIENCE_MS = 1500;

let going = 0;

const dialog = () => document.querySelector("dialog.keys");

function go(letter) {
  if (letter === "d" && ROOT) location.assign("/");
  if (!PLACES[letter]) return;
  const place = PLACES[letter];
  const here = place.startsWith("/#") && location.pathname === `${ROOT}/`;
  if (here) document.querySelector(place.slice(1)).focus();
  else location.assign(ROOT + place);
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("input, textarea, select")) return;
  const letter = event.key.toLowerCase();
  if (performance.now() - going < PATIENCE_MS) {
    going = 0;
    go(letter);
  } else if (letter === "g") going = performance.now();
  else if (letter === "j") step(1);
  else if (letter === "k") step(-1);
  else if (event.key === "?") dialog().showModal();
  else if (event.key === "Escape") back();
  else if (doByKey(letter)) event.preventDefault();
}

export function listen() {
  going = -PATIENCE_MS;
  document.addEventListener("keydown", press);
  document.querySelector("[data-keys]").addEventListener("click", () => dialog().showModal());
  if (location.hash === "#substation") document.querySelector("#substation")?.focus();
}
