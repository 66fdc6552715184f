// Which readings alarm, worked out on the tablet by the rule of `conduct.alarms`. Pure. A test holds both equal.
//
// `state`: {rule, limits, start, last, latched}. A limit has code, measure, op, number, priority, band; `last` is by measure
// {value, at}; `latched` is by code {id, priority, measure, worst, raised, taken, recheck, limit}. Times are ISO text.

const RANK = { high: 0, medium: 1, low: 2 }, MINUTE = 60000;
const ms = (iso) => Date.parse(iso);

const passed = (limit, value, at) => (limit.op === ">=" ? value >= at : value <= at);
const further = (limit, from, by) => (limit.op === ">=" ? from + by : from - by);
const apart = (earlier, later) => ms(later) - ms(earlier) >= MINUTE;
const limitOf = (state, code) => state.limits.find((each) => each.code === code.replace(state.rule.repeat, ""));

function readSince(state, measure, since) {
  const last = state.last[measure];
  return last && since && ms(last.at) > ms(since) ? last : null;
}

function over(state, alarm, code) {
  if (code.startsWith(state.rule.repeat)) {
    const again = readSince(state, alarm.measure, alarm.raised);
    return Boolean(again) && apart(alarm.raised, again.at);
  }
  const limit = limitOf(state, code), again = readSince(state, alarm.measure, alarm.taken);
  return Boolean(limit && again) && alarm.limit !== null && !passed(limit, again.value, alarm.limit);
}

const recheckDue = (state, alarm, at) => !alarm.recheck || ms(at) - ms(alarm.recheck) >= -state.rule.grace * MINUTE;

function stands(state, code, at) {
  const alarm = state.latched[code];
  if (!alarm || (alarm.priority === "low" && over(state, alarm, code))) return false;
  return !alarm.taken || !recheckDue(state, alarm, at);
}

function quiet(state, limit, value, at) {
  const alike = state.limits.filter((each) => each.measure === limit.measure && each.op === limit.op && RANK[each.priority] <= RANK[limit.priority]);
  const worst = alike.filter((each) => state.latched[each.code] && state.latched[each.code].worst !== null && stands(state, each.code, at)).map((each) => state.latched[each.code].worst);
  if (!worst.length) return false;
  const most = limit.op === ">=" ? Math.max(...worst) : Math.min(...worst);
  return !passed(limit, value, further(limit, most, limit.band));
}

function believed(state, limit, value, at) {
  if (passed(limit, value, further(limit, limit.number, state.rule.sure * limit.band))) return true;
  const before = state.last[limit.measure];
  if (before && apart(before.at, at) && passed(limit, before.value, limit.number)) return true;
  const code = state.rule.repeat + limit.code, notice = state.latched[code];
  return Boolean(notice) && !over(state, notice, code) && apart(notice.raised, at);
}

function ring(state, limit, value, at) {
  if (quiet(state, limit, value, at)) return null;
  const found = { measure: limit.measure, value, limit: limit.number, at };
  if (limit.priority !== "medium" || believed(state, limit, value, at)) return { ...found, code: limit.code, priority: limit.priority, action: limit.action };
  const notice = state.rule.repeat + limit.code;
  return stands(state, notice, at) ? null : { ...found, code: notice, priority: "low", action: state.rule.readAgain };
}

/** The severest limit that each measure passes in each direction. */
function severest(state, measured) {
  const found = new Map();
  for (const limit of [...state.limits].sort((a, b) => RANK[a.priority] - RANK[b.priority])) {
    const value = measured[limit.measure], key = limit.measure + limit.op;
    if (value !== undefined && passed(limit, value, limit.number) && !found.has(key)) found.set(key, limit);
  }
  return [...found.values()];
}

/** What a reading {id, at, measured} rings, and the state after it. */
export function judge(state, { id, at, measured }) {
  const rings = severest(state, measured).map((limit) => ring(state, limit, measured[limit.measure], at)).filter(Boolean);
  const latched = { ...state.latched }, last = { ...state.last };
  for (const each of rings) latched[each.code] = { id: id + "/" + each.code, priority: each.priority, measure: each.measure, worst: each.value, raised: at, taken: null, recheck: null, limit: each.limit };
  for (const [measure, value] of Object.entries(measured)) if (!last[measure] || ms(last[measure].at) <= ms(at)) last[measure] = { value, at };
  return [{ ...state, latched, last }, rings];
}

/** The state after somebody takes an alarm on, to look again after so many minutes. */
export function taken(state, code, { at, after }) {
  const alarm = state.latched[code];
  if (!alarm) return state;
  // As the server counts it: in whole minutes from the first dose, else from the start of the session.
  const start = state.start ? ms(state.start) : ms(at);
  const recheck = new Date(start + (Math.ceil((ms(at) - start) / MINUTE) + after) * MINUTE).toISOString();
  return { ...state, latched: { ...state.latched, [code]: { ...alarm, taken: at, recheck } } };
}

/** Which readings of the schedule are answered by none: what an entry answers now, what comes next, what is late. */
export function dueNow(due, answered, at, lateAfter) {
  const open = due.filter((each) => each.at && each.minute >= 0 && !["read", "missed"].includes(each.state) && !answered.includes(each.minute));
  const begun = open.filter((each) => ms(each.at) - lateAfter * MINUTE <= at);
  const late = open.filter((each) => ms(each.at) + lateAfter * MINUTE < at);
  return { answers: begun.at(-1) ?? null, next: open.find((each) => ms(each.at) + lateAfter * MINUTE >= at) ?? null, late };
}
