// Forms sent once, what they are told, and a gate that shows how it stands with what is tapped so far.
import { clockNow, now } from "./clock.js";
import { refresh } from "./live.js";
import { all, byId, here, put, say } from "./page.js";
import { device, final, read, saved, send, shown, write } from "./queue.js";

const UNSAID = ["id", "csrfmiddlewaretoken", "noted_at", "device", "step", "unit", "due_minute", "position", "keep"];
const words = (form, fields) => clockNow() + " " + (form.closest("section")?.querySelector("h2")?.textContent.trim() || "") + ": " + fields.filter(([name, value]) => value && !UNSAID.includes(name)).map(([, value]) => value).join(" ");

/** Put a kept entry back into its form; it leaves the list. */
export function putBack(entry) {
  const form = document.querySelector(`form[data-entry="${entry.form}"]`); if (!form) return;
  for (const [name, value] of entry.fields) { const field = form.elements[name]; if (field && field.type !== "hidden" && !(field instanceof RadioNodeList)) { if (field.type === "checkbox") field.checked = true; else field.value = value; } else if (field instanceof RadioNodeList) field.value = value; }
  form.dataset.dirty = "yes"; write(read().filter((each) => each.id !== entry.id)); form.scrollIntoView({ block: "center" });
}

function unmark(form) { for (const field of all("[aria-invalid]", form)) field.removeAttribute("aria-invalid"); }

function tell(form, told) {
  const box = form.querySelector(".said"); box.replaceChildren();
  const p = document.createElement("p"); p.textContent = told.sentence; box.append(p);
  const list = [...(told.reasons || []).map((each) => each.sentence), ...Object.values(told.questions || {})];
  if (list.length) { const ul = document.createElement("ul"); for (const each of list) { const li = document.createElement("li"); li.textContent = each; ul.append(li); } box.append(ul); }
  unmark(form);
  const wrong = told.questions ? Object.keys(told.questions) : told.field ? [told.field] : [];
  for (const name of wrong) form.elements[name]?.setAttribute?.("aria-invalid", "true");
  const first = form.elements[wrong[0]];
  if (told.questions) box.append(twoWays(box, first));
  else if (first?.focus) first.focus();
  box.querySelector("button")?.focus();
}

function twoWays(box, first) {
  const row = document.createElement("p"); row.className = "actions";
  const again = document.createElement("button"); again.type = "button"; again.textContent = say.wordsRecheck; again.onclick = () => { box.replaceChildren(); first?.select?.(); first?.focus?.(); };
  const keep = document.createElement("button"); keep.name = "keep"; keep.value = "1"; keep.className = "second"; keep.textContent = say.wordsKeep;
  row.append(again, keep);
  return row;
}

let looks = 0;
async function look(form, gate) {
  // How each condition stands with what is tapped so far; nothing is recorded. Only the last answer counts.
  const mine = ++looks;
  await new Promise((done) => setTimeout(done, 120)); if (mine !== looks) return;
  const said = new URLSearchParams([...new FormData(form)].filter(([name]) => name.startsWith("confirm-")));
  try {
    const answer = await fetch(here + "now?" + said, { headers: { Accept: "text/html" } }); if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(gate.id);
    if (mine !== looks) return;
    for (const item of all("[data-item]", form)) {
      const other = fresh && fresh.querySelector(`[data-item="${item.dataset.item}"]`); if (!other) continue;
      for (const part of [".state", ".item-more"]) { const to = item.querySelector(part), from = other.querySelector(part); to.className = from.className; put(to, from.textContent); }
    }
  } catch { /* the gate itself is asked on the server anyway */ }
}

function entryOf(form, by) {
  const made = new FormData(form, by);
  // The id stays with the form until the entry is answered: a double tap is one entry.
  form.dataset.id ||= crypto.randomUUID(); made.set("id", form.dataset.id);
  form.dataset.noted ||= new Date(now()).toISOString(); made.set("noted_at", form.dataset.noted); made.set("device", device);
  made.delete("csrfmiddlewaretoken");
  const fields = [...made].map(([name, value]) => [name, String(value)]);
  return { id: form.dataset.id, form: form.dataset.entry, url: by?.getAttribute("formaction") || form.getAttribute("action"), fields, words: words(form, fields) };
}

async function submit(form, by) {
  const entry = entryOf(form, by);
  form.dataset.sending = "yes"; write([...read(), entry]); put(byId("pill"), say.wordsSending + " …");
  let status = 0, told = {};
  try { ({ status, told } = await send(entry)); } catch { /* no connection */ }
  delete form.dataset.sending;
  if (!final(status)) { shown(); clear(form); return; }
  write(read().filter((each) => each.id !== entry.id));
  if (status === 200) { saved(told); clear(form); beside(told); refresh(); return; }
  // Answered but not recorded: what was typed stays, the next try is a new entry.
  delete form.dataset.id; delete form.dataset.noted; shown(); tell(form, told);
}

function clear(form) {
  delete form.dataset.id; delete form.dataset.noted; delete form.dataset.dirty;
  form.reset(); form.querySelector(".said")?.replaceChildren(); unmark(form);
  if (form.contains(document.activeElement)) document.activeElement.blur();
}

function beside(told) {
  if (!told.beside?.length) return;
  const box = document.createElement("p"); box.className = "note"; box.setAttribute("role", "status"); box.textContent = say.wordsBeside + " " + told.beside.join(" ");
  byId("waiting").before(box); setTimeout(() => box.remove(), 20000);
}

/** Take every form of the page. */
export function take() {
  document.addEventListener("input", (e) => {
    const form = e.target.closest("form[data-entry]"); if (!form) return;
    form.dataset.dirty = "yes";
    const gate = e.target.closest("[data-look]"); if (gate && e.target.name.startsWith("confirm-")) look(form, gate);
  });
  document.addEventListener("submit", (e) => {
    const form = e.target.closest("form[data-entry]"); if (!form) return;
    e.preventDefault();
    if (!form.dataset.sending) submit(form, e.submitter);
  });
}
