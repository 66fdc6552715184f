// What this tablet noted and the server does not show yet, put over what the server showed, marked as waiting.
import { clockAt, now, span, tPlus } from "./clock.js";
import { showAlarms } from "./own_alarms.js";
import { known } from "./known.js";
import { dueNow } from "./limits.js";
import { pristine } from "./live.js";
import { all, byId, put, words } from "./page.js";
import { ahead, withThem } from "./pending.js";
import * as queue from "./queue.js";

const laid = new Set(); // regions that say more than the server said

function bare(id) {
  const node = byId(id);
  if (!node || !laid.has(id)) return node;
  const open = all("details[open]", node).map((each) => each.id);
  node.innerHTML = pristine(id); laid.delete(id);
  for (const each of open) if (byId(each)) byId(each).open = true;
  return node;
}

function made(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className; node.textContent = text;
  return node;
}

function tile(region, code, text, unit, at) {
  const box = region.querySelector(`[data-tile="${code}"]`); if (!box) return;
  box.classList.remove("stale", "passed"); box.dataset.stale = "";
  for (const old of all(".value, .age, .passed-words", box)) old.remove();
  const value = made("p", "value", ""), age = made("p", "age", "");
  const ago = made("span", "", span(Math.max(0, now() - Date.parse(at)))); ago.dataset.age = at;
  value.append(made("strong", "", text), " ", made("span", "unit", unit));
  age.append(made("span", "waits", words.waits), " " + clockAt(at) + ", ", ago, " " + words.ago);
  box.querySelector("h2").after(value, age);
}

function values(found) {
  const region = bare("values"), { values } = found, data = known();
  if (!region || !Object.keys(values).length) return;
  laid.add("values");
  const last = (name) => (values[name] || data.last[name])?.value ?? "–";
  const pressure = values.systolic || values.diastolic;
  if (pressure) tile(region, "pressure", last("systolic") + "/" + last("diastolic"), data.units.systolic, pressure.at);
  for (const name of ["heart_rate", "temperature", "suds"]) if (values[name]) tile(region, name, name === "temperature" ? values[name].value.toFixed(1) : String(values[name].value), data.units[name] || "", values[name].at);
}

function diary(entries) {
  const region = bare("diary"), list = region?.querySelector("ol.lines");
  if (!region || !entries.length) return;
  laid.add("diary");
  const rows = [...entries].reverse().map((entry) => {
    const row = made("li", "waits-row", "");
    row.append(made("span", "line-t", tPlus(entry.noted_at, known().t0)), made("span", "line-clock", clockAt(entry.noted_at)), made("span", "line-words", entry.words.replace(/^\S+ /, "")), made("span", "line-by waits", words.waits));
    return row;
  });
  if (list) list.prepend(...rows);
  else { const fresh = made("ol", "lines", ""); fresh.append(...rows); region.querySelector(".empty")?.replaceWith(fresh); }
}

function fluids(found, entries) {
  const node = document.querySelector("[data-fluids]"); if (!node) return;
  node.dataset.told ??= node.textContent;
  const more = entries.some((each) => each.said.event === "fluids");
  put(node, more ? words.soFar + " " + Object.entries(found.fluids).map(([unit, sum]) => sum + " " + unit).join(", ") + " (" + words.waits + ")" : node.dataset.told);
}

/** What an entry answers by now: time goes on while no server says so. */
function due(found) {
  const select = document.querySelector("#reading select[name=due_minute]"), { due: rows, late_after } = known(); if (!select) return null;
  const stands = dueNow(rows, found.answered, now(), late_after);
  for (const option of select.options) {
    option.hidden = option.disabled = option.value !== "" && found.answered.includes(Number(option.value));
    if (known().t0) option.defaultSelected = option.value === String(stands.answers?.minute ?? "");
  }
  const form = select.form, heading = form.closest("section").querySelector("h2 .quiet");
  if (heading && known().t0) put(heading, stands.answers ? words.forT.replace("%", tOf(stands.answers)) : "");
  if (known().t0 && !form.dataset.dirty && !form.contains(document.activeElement)) select.value = String(stands.answers?.minute ?? "");
  return stands;
}

/** The first thing to come: a reading until it is late, anything else until its time. */
function nextDue(stands) {
  const at = now(), node = document.querySelector("#head .bar-next strong[data-until]"); if (!node) return;
  const others = known().coming.filter(([when]) => Date.parse(when) >= at).map(([when, what]) => ({ at: when, words: what }));
  const reading = stands?.next ? [{ at: stands.next.at, words: words.reading.replace("%", tOf(stands.next)) }] : [];
  const first = [...reading, ...others].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))[0];
  if (!first || node.dataset.until === first.at) return;
  node.dataset.until = first.at; put(node.parentElement.querySelector("small"), first.words + ", " + clockAt(first.at));
}

const tOf = (row) => tPlus(row.at, known().t0);

let before = "";
/** Draw what waits over the server's regions; called when either changed, and as time goes on. */
export function lay() {
  const entries = ahead(queue.pending(), known()), found = withThem(entries, known());
  const text = JSON.stringify(entries.map((each) => [each.id, each.noted_at])) + byId("known").textContent.length;
  if (text !== before || laid.size) { values(found); diary(entries); before = text; }
  fluids(found, entries);
  const stands = due(found); nextDue(stands);
  const offline = queue.stands().how === "offline" || queue.stands().how === "signed-out";
  showAlarms(found, offline && known().phase === "dosed" && stands ? stands.late.filter((each) => each.state !== "late").map((each) => ({ ...each, t: tOf(each), clock: clockAt(each.at) })) : []);
}
