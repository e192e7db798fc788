// The runs that are drawn: one scenario and seed at a time.
const scenario = document.getElementById("scenario");
const seed = document.getElementById("seed");

function option(value, text) {
  return Object.assign(document.createElement("option"), { value, textContent: text });
}

function scenes() {
  return plots.scenes.filter((scene) => scene.scenario === scenario.value);
}

function offerSeeds() {
  seed.replaceChildren(...scenes().map((scene) => option(String(scene.seed), `${scene.seed} (${scene.words})`)));
}

function heading(scene, place) {
  const run = scene.runs[place];
  const head = document.createElement("h3");
  const link = Object.assign(document.createElement("a"), { href: `#run-${run}`, textContent: run, className: "mono" });
  head.append(scene.names[place], " ", link);
  return head;
}

function drawApart(box, scene) {
  const charts = scene.apart[box.dataset.apart];
  const places = [];
  box.replaceChildren(...scene.runs.flatMap((run, place) => {
    if (!charts[run]) return [];
    const own = document.createElement("div");
    const plot = document.createElement("div");
    own.append(heading(scene, place), plot);
    places.push([plot, charts[run]]);
    return [own];
  }));
  box.closest(".pane").hidden = !places.length;
  for (const [plot, chart] of places) draw(plot, chart); // all boxes stand first: they share the width
}

function drawScene() {
  const scene = scenes().find((one) => String(one.seed) === seed.value);
  if (!scene) return;
  document.getElementById("drawn-words").textContent = `${scene.runs.length} of ${facts.runs.length} runs are drawn below`;
  for (const box of document.querySelectorAll("[data-together]")) {
    const figure = scene.together[box.dataset.together];
    box.closest(".pane").hidden = !figure;
    if (figure) draw(box, figure);
  }
  for (const box of document.querySelectorAll("[data-apart]")) drawApart(box, scene);
}

function beginScenes() {
  for (const box of document.querySelectorAll("[data-difference]")) {
    const chart = plots.differences[box.dataset.difference];
    if (chart) draw(box, chart);
    else box.remove();
  }
  if (!scenario) return;
  scenario.replaceChildren(...[...new Set(plots.scenes.map((scene) => scene.scenario))].map((name) => option(name, name)));
  scenario.addEventListener("change", () => { offerSeeds(); drawScene(); });
  seed.addEventListener("change", drawScene);
  offerSeeds();
  drawScene();
}
