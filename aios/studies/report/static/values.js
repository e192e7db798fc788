// One KPI, run by run: a mark for each run of each cell, joined where runs have one seed.
const MARKS = 2000;
const JOINED = 60;
const LOOKS = ["circle", "square", "diamond", "triangle-up", "cross", "star"];
const RUN = { id: 0, cell: 1, replicate: 2, seed: 3, state: 4, cause: 5, digest: 6, journal: 7, ticks: 8, steps: 9, hours: 10, kpis: 11 };
const kpiNames = facts.kpis.map((kpi) => kpi[0]);

function cellName(place) {
  const labels = facts.cells[place][1];
  const rest = [labels.policies, labels.model].filter((one) => one && one !== "site");
  return [labels.scenario, labels.controller, ...rest].join(" / ");
}

function valuesOf(cell, kpi) {
  const place = kpiNames.indexOf(kpi);
  return facts.runs.filter((run) => run[RUN.cell] === cell && run[RUN.state] === "done" && run[RUN.kpis][place] != null)
    .map((run) => ({ run: run[RUN.id], seed: run[RUN.seed], value: run[RUN.kpis][place] }));
}

function joins(cells) {
  const bySeed = new Map();
  cells.forEach((values, place) => values.forEach((one) => bySeed.set(one.seed, [...(bySeed.get(one.seed) ?? []), [place, one.value]])));
  const x = [], y = [];
  for (const path of bySeed.values()) {
    if (path.length > 1) { for (const [at, value] of path) { x.push(at); y.push(value); } x.push(null); y.push(null); }
  }
  return { type: "scatter", mode: "lines", x, y, line: { color: "var(--line)", width: 1 }, hoverinfo: "skip", showlegend: false };
}

function drawValues(kpi) {
  const [, unit, words] = facts.kpis[kpiNames.indexOf(kpi)];
  const cells = facts.cells.map((_, cell) => valuesOf(cell, kpi));
  const colour = (cell) => `var(--c${cell % 6})`;
  const boxes = cells.map((values, cell) => ({
    type: "box", x0: cell, y: values.map((one) => one.value), width: 0.5, boxpoints: values.length > MARKS ? "outliers" : false,
    line: { color: colour(cell), width: 1.2 }, fillcolor: "rgba(0,0,0,0)", hoverinfo: "skip", showlegend: false,
  })).filter((box) => box.y.length > 4);
  const marks = cells.map((values, cell) => ({
    type: "scatter", mode: "markers", x: values.map((_, place) => cell + (values.length > 12 ? ((place * 0.618) % 1 - 0.5) * 0.4 : 0)),
    y: values.map((one) => one.value), customdata: values.map((one) => one.run),
    marker: { color: colour(cell), symbol: LOOKS[cell % 6], size: values.length > 200 ? 5 : 9, opacity: values.length > 200 ? 0.5 : 0.9 },
    text: values.map((one) => `${one.value} ${unit}<br>run ${one.run}, seed ${one.seed}`),
    hovertemplate: `<b>${cellName(cell)}</b><br>%{text}<extra></extra>`, showlegend: false,
  })).filter((trace) => trace.y.length && trace.y.length <= MARKS);
  const joined = facts.cells.length > 1 && Math.max(...cells.map((values) => values.length)) <= JOINED ? [joins(cells)] : [];
  draw(document.getElementById("value-plot"), {
    data: [...joined, ...boxes, ...marks],
    layout: { height: 360, hovermode: "closest",
      xaxis: { tickvals: facts.cells.map((_, cell) => cell), ticktext: facts.cells.map((_, cell) => cellName(cell)),
        range: [-0.6, facts.cells.length - 0.4], showgrid: false, zeroline: false, automargin: true },
      yaxis: { title: { text: `${words}, ${unit}`, standoff: 8 }, automargin: true, zeroline: false } },
  });
}

function beginValues() {
  const select = document.getElementById("kpi");
  select.replaceChildren(...facts.kpis.filter(([name]) => facts.runs.some((run) => run[RUN.kpis][kpiNames.indexOf(name)]))
    .map(([name, unit, words]) => option(name, `${name}: ${words}, ${unit}`)));
  if (!select.childElementCount) return;
  if (kpiNames.includes("peak_kw")) select.value = "peak_kw";
  select.addEventListener("change", () => { drawValues(select.value); listKpi(select.value); });
  drawValues(select.value);
}
