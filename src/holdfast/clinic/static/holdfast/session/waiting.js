// What this tablet says of its own entries: the pill, what waits or needs a person, and what one must know now.
import { clockAt, now } from "./clock.js";
import { formOf, putBack } from "./forms.js";
import { byId, put, say, words } from "./page.js";
import * as queue from "./queue.js";

let asOf = say.now; // when the server last showed something
document.addEventListener("holdfast:regions", () => { asOf = new Date(now()).toISOString(); });

/** Draw it anew. */
export function show() {
  const stands = queue.stands();
  pill(stands); list(stands); notices(stands);
}

function pill({ how, waiting, back, lastSaved }) {
  const node = byId("pill"), here = { offline: words.offline, "signed-out": words.signedOut, sending: words.sending }[how];
  node.classList.toggle("is-waiting", how !== "saved" || back > 0);
  if (how === "saved" && back) put(node, words.lookAt.replace("%", back));
  else if (how === "saved") { if (lastSaved) put(node, say.wordsSaved + " " + lastSaved); else if (node.dataset.told) put(node, node.dataset.told); }
  else { node.dataset.told ||= node.textContent; put(node, waiting ? here + ": " + words.waiting.replace("%", waiting) : here); }
}

function list({ how }) {
  const shown = queue.entries().filter((each) => each.state !== "waiting" || how !== "sending");
  const box = byId("waiting");
  box.hidden = !shown.length;
  box.replaceChildren(...shown.map(row));
}

function row(entry) {
  const line = document.createElement("li"), said = document.createElement("span");
  const elsewhere = entry.here === say.here ? "" : " (" + entry.here.split("/").slice(-3, -1).join(", ") + ")";
  said.textContent = entry.words + elsewhere + (entry.answer ? " — " + entry.answer : "");
  line.append(said);
  if (entry.state === "held") line.append(button(words.again, () => queue.again(entry.id)));
  if (entry.state === "waiting" || entry.here !== say.here) return line;
  // An alarm that is over has no form any more: nothing to put it back into.
  if (formOf(entry)) line.append(button(say.wordsBack, () => putBack(entry)));
  else line.append(button(words.giveUp, () => queue.takeBack(entry.id)));
  return line;
}

function button(text, act) {
  const one = document.createElement("button");
  one.type = "button"; one.className = "second"; one.textContent = text; one.onclick = act;
  return one;
}

function notices({ how, sender, loose }) {
  const told = [];
  if (how === "offline") told.push([words.asOf.replace("%", clockAt(asOf))]);
  if (loose) told.push([words.storeFull, button(words.copy, copy)]);
  if (how === "signed-out") told.push([words.signInAgain, link(words.signIn, say.signIn, true)]);
  else if (sender !== say.person) told.push([words.another.replace("%", sender), link(words.reload, say.here, false)]);
  const box = byId("notices"), text = JSON.stringify(told.map(([sentence]) => sentence));
  if (box.dataset.said === text) return;
  box.dataset.said = text;
  box.replaceChildren(...told.map(([sentence, way]) => { const p = document.createElement("p"); p.className = "note"; p.append(sentence + " ", ...(way ? [way] : [])); return p; }));
}

function link(text, address, apart) {
  const one = document.createElement("a");
  one.textContent = text; one.href = address; one.className = "button second";
  if (apart) { one.target = "_blank"; one.rel = "noopener"; }
  return one;
}

/** Everything that waits, as text: to the clipboard, and to read where the browser forbids that. */
async function copy() {
  const lines = queue.entries().map((each) => each.noted_at + " " + each.words + " | " + each.fields.filter(([, value]) => value).map((pair) => pair.join("=")).join(" "));
  const area = byId("as-text");
  area.hidden = false; area.value = lines.join("\n"); area.select();
  try { await navigator.clipboard.writeText(area.value); } catch { /* it is selected: copied by hand */ }
}
