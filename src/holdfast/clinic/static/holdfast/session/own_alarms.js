// The alarm strip of this tablet: what its own entries ring before the server says so, and readings that are missing.
import { clockAt } from "./clock.js";
import { known } from "./known.js";
import { all, byId, here, may_work, put, words } from "./page.js";

const shown = new Map(); // by key: the node

function made(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

function strip(priority, cause, since, action) {
  const box = made("div", "alarm alarm-" + priority + " alarm-own"), line = made("p", "alarm-line");
  line.append(made("span", "alarm-mark", known().marks[priority]), " ", made("strong", "", cause), " ", made("span", "since", words.since.replace("%", since)));
  box.append(line, made("p", "alarm-action", action), made("p", "alarm-from", words.fromThisTablet));
  return box;
}

function cause(alarm) {
  const { names, units } = known();
  return names[alarm.measure] + " " + alarm.value + " " + units[alarm.measure] + ", " + words.limit + " " + alarm.limit;
}

function hidden(name, value) {
  const node = made("input");
  node.type = "hidden"; node.name = name; node.value = value;
  return node;
}

function field(label, name, more) {
  const box = made("label", "", label), input = made("input");
  Object.assign(input, { type: "text", name, required: true, autocomplete: "off" }, more);
  if (name === "plan") input.setAttribute("list", "plans");
  box.append(input);
  return box;
}

/** Taken on before the server has the alarm: it is named by the reading that rang it, and found by that. */
function takeOn(alarm) {
  const form = made("form", "alarm-form"), button = made("button", "", words.takeOn);
  form.method = "post"; form.action = here + "alarm"; form.dataset.entry = "alarm";
  form.append(hidden("reading", alarm.reading), hidden("code", alarm.code), field(words.plan, "plan", {}), field(words.againIn, "after", { inputMode: "numeric", value: known().again_after }), button, made("div", "said"));
  form.querySelector(".said").setAttribute("role", "alert");
  return form;
}

function alarmStrip(alarm) {
  const box = strip(alarm.priority, cause(alarm), clockAt(alarm.at), alarm.action);
  if (alarm.plan) { box.classList.add("alarm-taken"); box.append(made("p", "alarm-plan", alarm.plan + " (" + words.waits + ")")); }
  else if (alarm.priority !== "low" && may_work) box.append(takeOn(alarm));
  return box;
}

const missing = (row) => strip("low", words.missing.replace("%", row.t), row.clock, words.readNow);

/** Show these alarms and these missing readings; what somebody is typing in stays. */
export function showAlarms(found, late) {
  const wanted = new Map();
  for (const each of found.alarms) wanted.set([each.reading, each.code, each.plan].join(" "), () => alarmStrip(each));
  for (const each of late) wanted.set("late " + each.minute, () => missing(each));
  for (const [key, node] of shown) if (!wanted.has(key) && !node.querySelector("[data-dirty]")) { node.remove(); shown.delete(key); }
  for (const [key, make] of wanted) if (!shown.has(key)) { const node = make(); shown.set(key, node); byId("own-alarms").append(node); }
  for (const input of all("#alarms form input[name=alarm]")) waits(input, found.takenOn.find((each) => each.alarm === input.value));
}

/** An alarm of the server's that was taken on here, and the server does not know yet. */
function waits(input, ack) {
  const box = input.closest(".alarm"), note = box.querySelector(".waits");
  box.classList.toggle("alarm-taken", Boolean(ack)); input.form.hidden = Boolean(ack);
  if (!ack) { note?.remove(); return; }
  if (note) put(note, ack.plan + " (" + words.waits + ")"); else box.append(made("p", "alarm-plan waits", ack.plan + " (" + words.waits + ")"));
}
