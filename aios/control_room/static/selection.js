// Rows by keyboard and mouse, and which order's detail is open.

let chosen = null;

const rows = () => [...document.querySelectorAll("[data-row]")];
const rowOf = (element) => element?.closest?.("[data-row]") ?? null;

function focusRow(row) {
  (row.querySelector("[data-open], [data-act]") ?? row).focus();
  row.scrollIntoView({ block: "nearest" });
}

/** Move by so many rows from the one in focus, else from the chosen one. */
export function step(by) {
  const all = rows();
  if (!all.length) return;
  const current = rowOf(document.activeElement) ?? all.find((row) => row.hasAttribute("aria-current"));
  const place = current ? all.indexOf(current) + by : 0;
  focusRow(all[Math.min(Math.max(place, 0), all.length - 1)]);
}

/** Show the detail of the chosen order, or of the first; mark its row. */
export function show() {
  const articles = [...document.querySelectorAll("article[data-order]")];
  const open = articles.find((article) => article.dataset.order === chosen) ?? articles[0];
  for (const article of articles) article.hidden = article !== open;
  for (const row of document.querySelectorAll("[data-row][data-order]")) {
    if (row.dataset.order === open?.dataset.order) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  return open;
}

function choose(row) {
  chosen = row.dataset.order;
  return show();
}

/** Give the focus back to the list. */
export function back() {
  const row = rows().find((one) => one.hasAttribute("aria-current")) ?? rows()[0];
  if (row) focusRow(row);
}

export function listen() {
  document.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    if (row?.dataset.order) choose(row);
  });
  document.addEventListener("click", (event) => {
    const row = rowOf(event.target);
    if (!row?.dataset.order) return;
    if (event.target.closest("button")) return;
    event.preventDefault();
    const article = choose(row);
    if (event.target.closest("[data-open]")) article?.focus();
    else focusRow(row);
  });
  show();
}
