// Bring a pane to its new HTML by changing only what differs: focus, selection and scroll stay.

const key = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null);

const alike = (old, next) => old.nodeName === next.nodeName && key(old) === key(next);

function syncAttributes(old, next) {
  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

/** The old child that belongs to a new one: the same key wherever it moved, else the one in its place. */
function partner(parent, place, next) {
  if (key(next) !== null) return [...parent.childNodes].slice(place).find((old) => alike(old, next));
  const old = parent.childNodes[place];
  return old && alike(old, next) ? old : undefined;
}

function syncChildren(parent, wanted) {
  const all = [...wanted.childNodes];
  all.forEach((next, place) => {
    const old = partner(parent, place, next);
    const current = parent.childNodes[place] ?? null;
    if (old === undefined) {
      parent.insertBefore(next, current);
      return;
    }
    if (old !== current) parent.insertBefore(old, current);
    if (next.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
      return;
    }
    syncAttributes(old, next);
    syncChildren(old, next);
  });
  while (parent.childNodes.length > all.length) parent.lastChild.remove();
}

export function morph(pane, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  syncChildren(pane, template.content);
}
