// Whether alarms come through the last link, from the control room to this page: only the page can tell.

import { operationalMs, silentS } from "./clock.js";

const SILENT_S = 5;

/** Show the alert where the last canary on this page is too old, and nobody who could say why is heard. */
export function prove() {
  const last = document.querySelector("[data-proven-at]");
  const ageS = last ? (operationalMs() - Number(last.dataset.provenAt)) / 1000 : 0;
  const late = Boolean(last) && ageS > Number(last.dataset.lateS);
  document.querySelector("[data-unproven]").hidden = !(late && silentS() > SILENT_S);
}
