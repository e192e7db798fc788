// The list of runs, and one run with everything that its numbers follow from.
const PAGE = 50;
const list = { text: "", kpi: "", sort: null, falling: false, page: 0, cell: null };
const runPlace = new Map(facts.runs.map((run, place) => [run[RUN.id], place]));

function text(tag, words, className = "") {
  return Object.assign(document.createElement(tag), { textContent: words, className });
}

function number(value) {
  if (value == null) return "–";
  return Number.isInteger(value) ? value.toLocaleString("en").replaceAll(",", "\u202f") : String(value);
}

function columns() {
  return [
    ["run", (run) => run[RUN.id]], ["cell", (run) => cellName(run[RUN.cell])], ["replicate", (run) => run[RUN.replicate]],
    ["seed", (run) => run[RUN.seed]], ["state", (run) => run[RUN.state]],
    ["without solution, h", (run) => (run[RUN.state] === "done" ? run[RUN.hours] : null)],
    [list.kpi, (run) => run[RUN.kpis][kpiNames.indexOf(list.kpi)] ?? null],
    ["digest of KPIs", (run) => run[RUN.digest].slice(0, 12)], ["journal", (run) => run[RUN.journal].slice(0, 12)],
  ].filter(([name]) => name);
}

function found() {
  const words = list.text.toLowerCase().split(/\s+/).filter(Boolean);
  const runs = facts.runs.filter((run) => (list.cell === null || run[RUN.cell] === list.cell)
    && words.every((word) => `${run[RUN.id]} ${cellName(run[RUN.cell])} ${run[RUN.seed]} ${run[RUN.state]} ${run[RUN.cause]}`.toLowerCase().includes(word)));
  if (list.sort === null) return runs;
  const value = columns()[list.sort][1];
  const order = (a, b) => (value(a) ?? -Infinity) < (value(b) ?? -Infinity) ? -1 : (value(a) ?? -Infinity) > (value(b) ?? -Infinity) ? 1 : 0;
  return [...runs].sort((a, b) => (list.falling ? -order(a, b) : order(a, b)));
}

function listRuns() {
  const runs = found();
  const pages = Math.max(1, Math.ceil(runs.length / PAGE));
  list.page = Math.min(list.page, pages - 1);
  const heads = document.createElement("tr");
  columns().forEach(([name], place) => {
    const head = document.createElement("th");
    const button = text("button", name);
    button.type = "button";
    if (list.sort === place) head.setAttribute("aria-sort", list.falling ? "descending" : "ascending");
    button.addEventListener("click", () => { list.falling = list.sort === place && !list.falling; list.sort = place; listRuns(); });
    head.append(button);
    heads.append(head);
  });
  document.getElementById("run-heads").replaceChildren(heads);
  const open = location.hash.replace("#run-", "");
  document.getElementById("run-rows").replaceChildren(...runs.slice(list.page * PAGE, (list.page + 1) * PAGE).map((run) => {
    const row = document.createElement("tr");
    row.dataset.run = run[RUN.id];
    if (run[RUN.id] === open) row.setAttribute("aria-current", "true");
    columns().forEach(([name, value], place) => {
      const shownValue = value(run);
      const cell = text("td", typeof shownValue === "number" && name !== "seed" ? number(shownValue) : String(shownValue ?? "–"));
      if (place === 0) cell.replaceChildren(Object.assign(text("a", run[RUN.id], "mono"), { href: `#run-${run[RUN.id]}` }));
      if (name === "digest of KPIs" || name === "journal") cell.className = "mono";
      if (name === "state" && shownValue === "failed") cell.className = "failed";
      row.append(cell);
    });
    row.addEventListener("click", () => { location.hash = `run-${run[RUN.id]}`; });
    return row;
  }));
  document.getElementById("found").textContent = `${runs.length} of ${facts.runs.length} runs${list.cell === null ? "" : `, cell ${cellName(list.cell)}`}`;
  document.getElementById("which").textContent = `page ${list.page + 1} of ${pages}`;
}

function listKpi(kpi) { list.kpi = kpi; listRuns(); }

function openRun(id) {
  const run = facts.runs[runPlace.get(id)];
  const card = document.getElementById("run");
  if (!run) return;
  const [cell, labels, mode, lineage] = facts.cells[run[RUN.cell]];
  const rows = [["scenario", labels.scenario], ["controller", labels.controller], ["policies", labels.policies || "none"], ["model", labels.model || "none"],
    ["seed", run[RUN.seed]], ["replicate", run[RUN.replicate]], ["state", run[RUN.state]], ["cause", run[RUN.cause]],
    ["without a solution", `${run[RUN.steps]} steps, ${run[RUN.hours]} h`], ["digest of KPIs", run[RUN.digest]], ["head of the journal", run[RUN.journal]],
    ["digest of ticks", run[RUN.ticks]], ["version", lineage.aios], ["site", lineage.site], ["network", lineage.network],
    ["profiles", lineage.profiles], ["weather", lineage.weather], ["solver", lineage.solver],
    ["scenario tables", lineage.scenario], ["controller entry", lineage.controller], ["model entry", lineage.model],
    ["policy revision", lineage.policies], ["how it ran", mode], ["files", `runs/${id}/, cells/${cell}.json`]].filter(([, value]) => value !== "");
  const terms = document.createElement("dl");
  for (const [name, value] of rows) terms.append(text("dt", name), text("dd", String(value), /^[0-9a-f]{12,}$/.test(value) ? "mono" : ""));
  const kpis = document.createElement("div");
  kpis.className = "columns";
  facts.kpis.forEach(([name, unit, words], place) => {
    if (run[RUN.kpis][place] === undefined) return;
    const row = document.createElement("div");
    row.title = words;
    row.append(text("span", name, "mono"), text("span", `${number(run[RUN.kpis][place])} ${unit === "1" || run[RUN.kpis][place] === null ? "" : unit}${run[RUN.steps] ? " ◆" : ""}`));
    kpis.append(row);
  });
  card.replaceChildren(text("h3", `Run ${id}: ${cellName(run[RUN.cell])}, seed ${run[RUN.seed]}`), terms, kpis);
  for (const one of facts.happenings[id] ?? []) {
    card.append(text("p", `${new Date(one.at_ns / 1e6).toISOString().slice(0, 16).replace("T", " ")} UTC  ${one.kind} ${one.subject}: ${one.words}`));
  }
  card.hidden = false;
  list.page = Math.max(0, Math.floor(found().findIndex((one) => one[RUN.id] === id) / PAGE));
  listRuns();
  card.scrollIntoView({ block: "start" });
  card.focus({ preventScroll: true });
}

function openCell(id, kpi) {
  list.cell = facts.cells.findIndex((cell) => cell[0] === id);
  if (kpi) { list.kpi = kpi; document.getElementById("kpi").value = kpi; drawValues(kpi); }
  list.sort = kpi ? columns().findIndex(([name]) => name === kpi) : null;
  list.page = 0;
  listRuns();
  document.getElementById("runs").scrollIntoView({ block: "start" });
}

function beginRuns() {
  list.kpi = document.getElementById("kpi").value;
  document.getElementById("find").addEventListener("input", (event) => { list.text = event.target.value; list.cell = null; list.page = 0; listRuns(); });
  document.getElementById("before").addEventListener("click", () => { list.page = Math.max(0, list.page - 1); listRuns(); });
  document.getElementById("after").addEventListener("click", () => { list.page += 1; listRuns(); });
  listRuns();
}
