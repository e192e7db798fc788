// An address inside the page: #run-ID opens a run, #cell-ID:KPI lists the runs behind a mean.
function follow() {
  const [, kind, rest] = location.hash.match(/^#(run|cell)-(.+)$/) ?? [];
  if (kind === "run") openRun(rest);
  if (kind === "cell") openCell(...rest.split(":"));
}

beginScenes();
beginValues();
beginRuns();
addEventListener("hashchange", follow);
follow();
document.documentElement.dataset.ready = "1";
