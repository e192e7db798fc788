// Charts in the colours of the page: a token in a figure is looked up, again when light turns to dark.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const facts = read("facts");
const plots = read("plots");
const shown = new Map();

function token(text) {
  return getComputedStyle(document.documentElement).getPropertyValue(text.slice(4, -1)).trim();
}

function coloured(value) {
  if (typeof value === "string") return value.startsWith("var(--") ? token(value) : value;
  if (Array.isArray(value)) return value.length > 400 ? value : value.map(coloured);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, coloured(one)]));
}

function dressed(layout) {
  const axis = { gridcolor: "var(--line)", linecolor: "var(--dim)", tickcolor: "var(--dim)", ticks: "outside", ticklen: 4, exponentformat: "none", separatethousands: true };
  const full = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: '"Liberation Sans", Arial, sans-serif', size: 12, color: "var(--ink)" },
    margin: { l: 66, r: 14, t: 58, b: 46 }, hovermode: "x unified", separators: ".\u202f",
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yref: "container", yanchor: "top", font: { size: 12 } },
    hoverlabel: { bgcolor: "var(--bg)", bordercolor: "var(--dim)", font: { color: "var(--ink)", size: 12 }, align: "left" },
    modebar: { color: "var(--dim)", activecolor: "var(--ink)", bgcolor: "rgba(0,0,0,0)" },
    ...layout,
  };
  for (const key of Object.keys(full)) if (/^[xy]axis\d*$/.test(key)) full[key] = { ...axis, ...full[key] };
  return coloured(full);
}

function draw(place, figure) {
  shown.set(place, figure);
  // No button may send a chart anywhere.
  const options = { responsive: true, displaylogo: false, scrollZoom: false, displayModeBar: "hover", plotlyServerURL: "",
    modeBarButtonsToRemove: ["sendChartToCloud", "sendDataToCloud", "editInChartStudio", "select2d", "lasso2d", "autoScale2d"], toImageButtonOptions: { format: "svg" } };
  Plotly.react(place, coloured(figure.data), dressed(figure.layout), options);
  if (!place.dataset.opens) {
    place.dataset.opens = "1";
    place.on("plotly_click", (event) => {
      const point = event.points[0];
      const run = point.customdata || point.data.meta;
      if (run) location.hash = `run-${run}`;
    });
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const [place, figure] of shown) if (place.isConnected) draw(place, figure);
});
