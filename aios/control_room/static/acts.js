// Acts: a button opens the dialog, the dialog sends what was said, once, and says what came of it.
// The key of an act stays the same until the gateway has answered: sending it again has no second effect.

let open = null;

/** What stands before the field that a person writes into, where it is no reason. */
const fieldOf = { note: "Note", text: "Answer" };

const dialog = () => document.querySelector("[data-act-dialog]");
const may = (action) => document.body.dataset.may.split(" ").includes(action);

const words = {
  signIn: "Sign in first: the page shows, and takes no answer of nobody.",
  role: (action) => `Your role may not ${action} here.`,
  waits: (why) => `Heard, and not done: ${why}. Send it again to hear what came of it; it is not done twice.`,
  lost: "No answer came. Send it again: what arrived the first time is not done twice.",
};

function say(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

const told = (text) => say(document.querySelector("[data-act-told]"), text);

/** Open the dialog for a button, or say why not. */
function ask(button) {
  const { act, path, about, asks, body, longest, reason } = button.dataset;
  if (!may(act)) {
    told(document.querySelector("[data-sign-out]") ? words.role(act) : words.signIn);
    return;
  }
  told("");
  const url = `/api/v1/sites/${encodeURIComponent(document.body.dataset.site)}${path}`;
  open = { url, asks: asks.split(" "), body: JSON.parse(body), key: crypto.randomUUID(), reason, button };
  const box = dialog();
  const title = button.textContent.replace("…", "");
  say(box.querySelector("[data-act-title]"), title);
  say(box.querySelector("[data-act-about]"), about);
  say(box.querySelector("[data-act-send]"), title);
  say(box.querySelector("[data-act-said]"), "");
  for (const field of box.querySelectorAll("[data-field]")) {
    field.hidden = field.dataset.field !== "reason" && !open.asks.includes(field.dataset.field);
  }
  for (const option of box.querySelectorAll("option")) option.hidden = Number(option.value) > Number(longest);
  say(box.querySelector("[data-act-reason]"), fieldOf[reason] ?? "Reason");
  box.querySelector("[name=taker]").required = open.asks.includes("taker");
  box.querySelector("form").reset();
  box.showModal();
  box.querySelector("label:not([hidden]) > :is(select, input, textarea)").focus();
}

function filled(form) {
  const body = { ...open.body, [open.reason]: form.reason.value.trim() };
  if (open.asks.includes("taker")) body.taker = form.taker.value.trim();
  if (open.asks.includes("for_s")) body.for_s = Number(form.for_s.value);
  return body;
}

async function send(form) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": open.key };
  try {
    const answer = await fetch(open.url, { method: "POST", headers, body: JSON.stringify(filled(form)) });
    if (answer.status === 401) return words.signIn;
    const said = await answer.json();
    if (answer.ok) return said.stage === "waits" ? words.waits(said.why) : "";
    return said.detail ?? said.title;
  } catch {
    return words.lost;
  }
}

async function submit(event) {
  event.preventDefault();
  const box = dialog();
  const button = box.querySelector("[data-act-send]");
  button.disabled = true;
  const refused = await send(event.target);
  button.disabled = false;
  say(box.querySelector("[data-act-said]"), refused);
  if (refused) return;
  box.close();
  told(`Sent: ${box.querySelector("[data-act-title]").textContent}, ${box.querySelector("[data-act-about]").textContent}`);
}

/** Do what a letter stands for in the row in focus, in the open order, or always; tell whether there is such an act. */
export function doByKey(letter) {
  const place = document.activeElement?.closest?.("[data-row]") ?? document.querySelector("tr[aria-current]");
  const standing = document.querySelector("[data-standing-acts]");
  const within = [place, document.querySelector("article[data-order]:not([hidden])"), standing];
  const button = within.map((one) => one?.querySelector(`[data-act-key="${CSS.escape(letter)}"]`)).find(Boolean);
  if (!button) return false;
  ask(button);
  return true;
}

async function signOut() {
  await fetch("/api/v1/sign-out", { method: "POST" });
  location.assign("/sign-in");
}

export function listen() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) ask(button);
    if (event.target.closest("[data-sign-out]")) signOut();
  });
  const box = dialog();
  box.querySelector("form").addEventListener("submit", submit);
  box.querySelector("[data-act-cancel]").addEventListener("click", () => box.close());
  box.addEventListener("close", () => {
    if (open?.button.isConnected) open.button.focus();
    open = null;
  });
}
