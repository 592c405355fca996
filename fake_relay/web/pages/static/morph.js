// Makes a part of the page look like a new one and keeps what need not change, so that focus,
// selection, scroll positions, opened details and typed text stay as they are.
// What scripts have added, and what only they change, has an id and `data-keep` and is left alone.
const OWNED = { DETAILS: ["open"], DIALOG: ["open"], INPUT: ["value", "checked"], OPTION: ["selected"] };

export function morph(old, fresh) {
  const focused = document.activeElement;
  change(old, fresh);
  if (focused === document.activeElement) return;
  // A row that moved has lost it; of one that is gone, the next key goes on from the page.
  (focused.isConnected ? focused : document.getElementById("main")).focus({ preventScroll: true });
}

function change(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  attributes(old, fresh);
  if (old.tagName !== "TEXTAREA") children(old, fresh);
}

function attributes(old, fresh) {
  const owned = OWNED[old.tagName] ?? [];
  for (const { name, value } of fresh.attributes) {
    if (!owned.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!owned.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}

// Elements by what they are: an id, else the link that a row is known by, else tag and class;
// those of one name are told apart by their order.
function named(parent) {
  const counts = new Map();
  const found = new Map();
  for (const element of parent.children) {
    if (isKept(element)) continue;
    const name = `${element.tagName} ${ownName(element)}`;
    const number = (counts.get(name) ?? 0) + 1;
    counts.set(name, number);
    found.set(`${name} ${number}`, element);
  }
  return found;
}

function ownName(element) {
  if (element.id || element.dataset.id) return element.id || element.dataset.id;
  if (element.tagName === "LI" || element.tagName === "TR") return element.querySelector("a[href]")?.getAttribute("href") ?? "";
  return element.classList[0] ?? "";
}

function children(old, fresh) {
  const known = named(old);
  const wanted = named(fresh);
  const partners = new Map();
  for (const [name, element] of known) {
    if (!wanted.has(name)) element.remove();
    else partners.set(wanted.get(name), element);
  }
  let place = next(old.firstChild);
  for (const node of [...fresh.childNodes]) {
    if (isKept(node) && document.getElementById(node.id)) continue;
    const partner = partners.get(node) ?? (isText(place) && isText(node) ? place : null);
    while (partner && partner !== place && isText(place)) place = without(place);
    if (partner === null) old.insertBefore(document.importNode(node, true), place);
    else if (partner === place) place = next(place.nextSibling);
    else old.insertBefore(partner, place);
    if (isText(partner)) {
      if (partner.data !== node.data) partner.data = node.data;
    } else if (partner !== null) change(partner, node);
  }
  while (place) place = without(place);
}

function isText(node) {
  return node?.nodeType === Node.TEXT_NODE;
}

function isKept(node) {
  return node?.dataset !== undefined && "keep" in node.dataset;
}

function next(node) {
  while (isKept(node)) node = node.nextSibling;
  return node;
}

function without(node) {
  const after = next(node.nextSibling);
  node.remove();
  return after;
}
