// What this tablet's own entries add to what the server last told. Pure: entries in, what to show out.
import { judge, taken } from "./limits.js";

const number = (text) => Number(String(text).replace(",", "."));
const MEASURES = ["systolic", "diastolic", "heart_rate", "temperature"];

const measuredBy = (said) => Object.fromEntries(MEASURES.filter((name) => said[name]?.trim()).map((name) => [name, number(said[name])]).filter(([, value]) => Number.isFinite(value)));

/** Entries of this session that the server's page does not hold yet, in the order in which things happened. */
export function ahead(entries, known) {
  const mine = entries.filter((each) => each.state === "waiting" && !known.recorded.includes(each.id));
  return mine.sort((a, b) => Date.parse(a.noted_at) - Date.parse(b.noted_at)).map((each) => ({ ...each, said: Object.fromEntries(each.fields) }));
}

/** Values, totals, answered readings and alarms with these entries in. */
export function withThem(entries, known) {
  let state = { rule: known.rule, limits: known.limits, start: known.start, last: known.last, latched: known.latched };
  const found = { values: {}, fluids: { ...known.fluids }, answered: [], alarms: [], takenOn: [] };
  for (const each of entries) {
    if (each.name === "reading") state = reading(each, state, found);
    else if (each.name === "alarm") state = takenOn(each, state, found);
    else if (each.name === "event") event(each, found);
    else if (each.name === "missed") found.answered.push(number(each.said.due_minute));
  }
  return found;
}

function reading(entry, state, found) {
  const measured = measuredBy(entry.said), at = entry.noted_at;
  const [after, rings] = judge(state, { id: entry.id, at, measured });
  for (const [name, value] of Object.entries(measured)) if (after.last[name].at === at) found.values[name] = { value, at };
  if (entry.said.due_minute) found.answered.push(number(entry.said.due_minute));
  // A worse alarm takes the place of the one before it of the same cause.
  for (const each of rings) found.alarms = [...found.alarms.filter((one) => one.code !== each.code), { ...each, reading: entry.id, plan: "" }];
  return after;
}

function takenOn(entry, state, found) {
  const { alarm, code, reading: of, plan, after } = entry.said;
  const own = found.alarms.find((each) => each.reading === of && each.code === code);
  if (own) own.plan = plan;
  if (alarm) found.takenOn.push({ alarm, plan });
  const which = code || Object.keys(state.latched).find((each) => state.latched[each].id === alarm);
  return which ? taken(state, which, { at: entry.noted_at, after: number(after) }) : state;
}

function event(entry, found) {
  const { event: what, amount, unit } = entry.said;
  if (what === "fluids" && Number.isFinite(number(amount))) found.fluids[unit] = (found.fluids[unit] || 0) + number(amount);
  if (what === "suds" && amount) found.values.suds = { value: number(amount), at: entry.noted_at };
}
