// Signing in: name and password go to this host once; what was refused is said in words.

const form = document.querySelector("[data-sign-in]");
const said = form.querySelector("[data-said]");

function say(text) {
  said.textContent = text;
  said.hidden = !text;
}

/** Where the person came from, on this host alone. */
function back() {
  const wanted = new URLSearchParams(location.search).get("to") ?? "/";
  return wanted.startsWith("/") && !wanted.startsWith("//") && !wanted.startsWith("/\\") ? wanted : "/";
}

async function refusal() {
  const body = JSON.stringify({ name: form.elements.name.value.trim(), password: form.password.value });
  try {
    const answer = await fetch("/api/v1/sign-in", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (answer.ok) return "";
    const problem = await answer.json();
    return problem.detail ?? problem.title;
  } catch {
    return "No answer came. Try again.";
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const why = await refusal();
  button.disabled = false;
  say(why);
  form.password.value = "";
  if (!why) location.assign(back());
  else form.password.focus();
});
