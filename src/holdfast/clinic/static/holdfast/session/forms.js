// Forms become entries: kept on this tablet at once, sent, and cleared or told what is wrong.
import { tell, unmark } from "./answers.js";
import { clockNow, reading } from "./clock.js";
import { doubts } from "./doubts.js";
import { known } from "./known.js";
import { refresh } from "./live.js";
import { look } from "./look.js";
import { all, byId, requests, say, words } from "./page.js";
import * as queue from "./queue.js";

const AT_ONCE = 800; // ms: an answer within it is shown in the form; a later one in the list of what waits
const BESIDE = ["id", "csrfmiddlewaretoken"];
const UNSAID = ["step", "unit", "due_minute", "position", "keep", "use", "reading", "code", "alarm"];

const inWords = (form, fields) => clockNow() + " " + (form.closest("section")?.querySelector("h2")?.textContent.trim() || form.closest("section")?.ariaLabel || "") + ": " + fields.filter(([name, value]) => value && !UNSAID.includes(name)).map(([, value]) => value).join(" ");

function entryOf(form, by) {
  const fields = [...new FormData(form, by)].filter(([name]) => !BESIDE.includes(name)).map(([name, value]) => [name, String(value)]);
  const url = by?.getAttribute("formaction") || form.getAttribute("action");
  // The id stays with the form until it is answered: a double tap is one entry.
  form.dataset.id ||= crypto.randomUUID();
  return { id: form.dataset.id, form: form.dataset.entry, name: url.split("/").pop(), url, fields, words: inWords(form, fields) };
}

/** The form an entry came from: of the same address, with the same of what it does not ask. */
export function formOf(entry) {
  const said = Object.fromEntries(entry.fields), named = (form) => (form.getAttribute("action").split("/").pop() === entry.name || form.querySelector(`[formaction$="/${entry.name}"]`));
  const same = (form) => all("input[type=hidden]", form).every(({ name, value }) => [...BESIDE, "use"].includes(name) || !(name in said) || said[name] === value);
  return all("form[data-entry]").find((form) => form.dataset.entry === entry.form && named(form) && same(form));
}

/** Put what was not recorded back into its form, where it becomes a new entry. */
export function putBack(entry) {
  const form = formOf(entry); if (!form) return;
  for (const [name, value] of entry.fields) fill(form.elements[name], value);
  form.dataset.dirty = "yes"; queue.takeBack(entry.id);
  for (const fold of document.querySelectorAll("details")) if (fold.contains(form)) fold.open = true;
  form.scrollIntoView({ block: "center" });
}

function fill(field, value) {
  if (field instanceof RadioNodeList) field.value = value;
  else if (field?.type === "checkbox") field.checked = true;
  else if (field && field.type !== "hidden") field.value = value;
}

/** What happened is kept and sent when it can be. */
async function report(form, entry) {
  form.dataset.sending = "yes";
  const typed = content(form), late = new Promise((done) => setTimeout(done, queue.stands().how === "offline" ? 0 : AT_ONCE));
  const answer = await Promise.race([queue.make(entry).answered, late]);
  if (!answer || !answer.status || answer.status === 200) { leave(form, typed); if (answer?.status) recorded(answer.told); return; }
  // Answered but not recorded: what was typed stays, the next try is a new entry.
  queue.takeBack(entry.id);
  anew(form); tell(form, answer.told);
}

/** What asks for leave is decided on the server: it is sent now or not at all. */
async function request(form, entry) {
  form.dataset.sending = "yes";
  form.dataset.noted ||= new Date(reading().at).toISOString();
  const typed = content(form);
  try {
    if (!(await queue.settled(AT_ONCE * 4))) { delete form.dataset.sending; return tell(form, { sentence: words.needsNetwork }); }
    const { status, told } = await queue.post(entry.url, [...entry.fields, ["id", entry.id], ["noted_at", form.dataset.noted], ["noted_by", say.person], ["device", queue.device]]);
    if (status === 200) { leave(form, typed); return recorded(told); }
    if (status === 403 && told.why !== "role") { queue.probe(); delete form.dataset.sending; return tell(form, { sentence: told.sentence }); }
    if (status >= 400 && status < 500) { anew(form); return tell(form, told); }
  } catch { queue.unreachable(); }
  // It may have arrived: the same tap again says the same with the same id.
  delete form.dataset.sending;
  return tell(form, { sentence: words.needsNetwork });
}

function recorded(told) { beside(told); refresh(); }

function anew(form) { delete form.dataset.id; delete form.dataset.noted; delete form.dataset.sending; }

const content = (form) => JSON.stringify(all("input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea", form).map((each) => each.value));

/** The form is done with; what was typed since belongs to the next entry. */
function leave(form, typed) {
  if (content(form) === typed) clear(form);
  else anew(form);
}

function clear(form) {
  anew(form); delete form.dataset.dirty;
  form.reset(); form.querySelector(".said")?.replaceChildren(); unmark(form);
  if (form.contains(document.activeElement)) document.activeElement.blur();
}

function beside(told) {
  if (!told.beside?.length) return;
  const box = document.createElement("p"); box.className = "note"; box.setAttribute("role", "status"); box.textContent = say.wordsBeside + " " + told.beside.join(" ");
  byId("waiting").before(box); setTimeout(() => box.remove(), 20000);
}

function submit(form, by) {
  const entry = entryOf(form, by);
  if (requests.includes(entry.name)) return request(form, entry);
  const asked = queue.stands().how === "offline" && doubts(entry, known());
  if (asked) { delete form.dataset.id; return tell(form, asked); }
  return report(form, entry);
}

/** Take every form of the page. */
export function take() {
  document.addEventListener("input", (e) => {
    const form = e.target.closest("form[data-entry]"); if (!form) return;
    form.dataset.dirty = "yes"; delete form.dataset.id; delete form.dataset.noted; // what is typed now is another entry
    if (form.querySelector(".said [name=keep], .said [name=use]")) form.querySelector(".said").replaceChildren(); // typed anew: asked anew
    const gate = e.target.closest("[data-look]"); if (gate && e.target.name.startsWith("confirm-")) look(form, gate);
  });
  document.addEventListener("submit", (e) => {
    const form = e.target.closest("form[data-entry]"); if (!form) return;
    e.preventDefault();
    if (!form.dataset.sending) submit(form, e.submitter);
  });
}
