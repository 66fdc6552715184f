// The queue of entries as a value: what was made on this tablet and is not answered yet, and what to do next.
// `step(state, event)` gives the next state and a list of things to do. Pure: no clock, network or storage here.
//
// An entry has the id it was born with, `order` (its place among the others), `noted_at` and by which clock,
// `by` (who noted it), `life` (the page it was made in). It is "waiting" to be sent; "answered", but not recorded:
// its sentence is shown until somebody puts it back into the form; or "held": this sign-in may not send it.
// "tried" says that a sending has begun: from then on it says the same for ever.

export const RETRY_500 = 5; // an entry that the server stumbles over so often steps aside for those behind it

export const fresh = ({ life, person }) => ({
  life, person, entries: [], stored: [], loose: [], flight: "", asking: false,
  link: "unknown", sign: "in", sender: person, stumbles: {}, token: 0,
});

const without = (list, id) => list.filter((each) => each !== id);
const place = (entries) => [...entries].sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
const find = (state, id) => state.entries.find((each) => each.id === id);
const change = (state, id, part) => ({ ...state, entries: state.entries.map((each) => (each.id === id ? { ...each, ...part } : each)) });
const remove = (state, id) => ({
  ...state, entries: state.entries.filter((each) => each.id !== id),
  stored: without(state.stored, id), loose: without(state.loose, id), flight: state.flight === id ? "" : state.flight,
});

/** The entry to send now; undefined while nothing may be sent. */
export function next(state) {
  if (state.flight || state.asking || state.link !== "up" || state.sign !== "in") return undefined;
  const kept = (each) => state.stored.includes(each.id) || state.loose.includes(each.id);
  const first = state.entries.find((each) => each.state === "waiting");
  return first && kept(first) ? first : undefined;
}

function go(state, todo = []) {
  const first = next(state);
  return first ? [{ ...state, flight: first.id }, [...todo, { do: "send", id: first.id }]] : [state, todo];
}

const ask = (state, todo = []) => (state.asking ? [state, todo] : [{ ...state, asking: true }, [...todo, { do: "ask" }]]);

const handlers = {
  // An entry is born; the same tap twice is one entry.
  made(state, { entry }) {
    if (find(state, entry.id)) return [state, []];
    const order = Math.max(0, ...state.entries.map((each) => each.order)) + 1;
    const born = { ...entry, order, life: state.life, state: "waiting", tried: false };
    return [{ ...state, entries: place([...state.entries, born]) }, [{ do: "store", entry: born }]];
  },
  stored(state, { id }) {
    if (!find(state, id)) return [state, []];
    const kept = state.stored.includes(id) ? state.stored : [...state.stored, id];
    return state.link === "unknown" ? ask({ ...state, stored: kept, loose: without(state.loose, id) })
      : go({ ...state, stored: kept, loose: without(state.loose, id) });
  },
  // The tablet's store is full or forbidden: the entry stays in memory, and is sent from there.
  unstored(state, { id }) {
    if (!find(state, id) || state.stored.includes(id)) return [state, []];
    const held = state.loose.includes(id) ? state.loose : [...state.loose, id];
    return state.link === "unknown" ? ask({ ...state, loose: held }) : go({ ...state, loose: held });
  },
  // What lies on the shelf now: at the start, and when another page of this tablet changed it.
  shelf(state, { entries }) {
    const there = entries.map((each) => each.id);
    const mine = state.entries.filter((each) => !there.includes(each.id) && (!state.stored.includes(each.id) || each.id === state.flight));
    return go({ ...state, entries: place([...entries, ...mine]), stored: there });
  },
  // The server was reached. `sender` is who is signed in there; nobody is "".
  met(state, { sender }) {
    const there = { ...state, asking: false, link: "up", sign: sender ? "in" : "out", sender: sender || state.sender };
    // What one person may not send another may.
    const changed = sender && sender !== state.sender;
    const again = changed ? { ...there, entries: there.entries.map((each) => (each.state === "held" ? { ...each, state: "waiting", answer: undefined } : each)) } : there;
    const todo = again.loose.map((id) => ({ do: "store", entry: find(again, id) }));
    return go(again, todo);
  },
  lost(state) { return [{ ...state, asking: false, link: "down" }, []]; },
  // From time to time, and when the browser says that it is online again.
  tick(state) {
    return state.flight || (state.link === "up" && state.sign === "in") ? go(state) : ask(state);
  },
  // It is this page's turn to send: `entry` is what the shelf holds (null: another page has seen to it),
  // `noted` its time by the server's clock, where this page knows that by now.
  turn(state, { id, entry, noted }) {
    const mine = find(state, id), loose = state.loose.includes(id);
    const now = loose ? mine : entry;
    if (!now || now.state !== "waiting") return go(entry ? { ...state, flight: "", entries: place([...state.entries.filter((each) => each.id !== id), entry]) } : remove(state, id));
    // Only what this page itself noted and nobody has sent yet: a resend must say the same.
    const better = noted && now.clock === "own" && now.life === state.life && !now.tried && !loose;
    const sent = { ...now, tried: true, ...(better ? { noted_at: noted, clock: "server" } : {}) };
    return [change(state, id, sent), [{ do: "post", entry: sent, before: now }]];
  },
  // The shelf could not take the mark that sending began, so the entry went as it had been.
  unmarked(state, { entry }) { return [change(state, entry.id, entry), []]; },
  answered(state, { id, status, told }) {
    const entry = find(state, id);
    const free = { ...state, flight: state.flight === id ? "" : state.flight };
    if (!entry) return go(free);
    if (status === 200) return recorded(free, entry, told);
    if (status === 403) return forbidden(free, entry, told);
    if (status === 500) return stumbled(free, entry);
    if (status >= 400 && status < 500 && ![401, 408, 425, 429].includes(status)) return settled(free, entry, "answered", status, told);
    return [{ ...free, link: "down" }, []];
  },
  unanswered(state, { id }) { return [{ ...state, flight: state.flight === id ? "" : state.flight, link: "down" }, []]; },
  // The server's page names entries that are recorded: an answer that was lost is made up for.
  recorded(state, { ids }) {
    const known = state.entries.filter((each) => ids.includes(each.id) && each.id !== state.flight);
    const left = known.reduce((before, each) => remove(before, each.id), state);
    return go(left, known.map((each) => ({ do: "drop", id: each.id })));
  },
  // Somebody puts what was not recorded back into the form, where it gets a new id, or gives it up.
  "taken-back"(state, { id }) {
    const entry = find(state, id);
    if (!entry || entry.state === "waiting") return [state, []];
    return go(remove(state, id), [{ do: "drop", id }]);
  },
  again(state, { id }) {
    if (find(state, id)?.state !== "held") return [state, []];
    const waiting = change({ ...state, stumbles: { ...state.stumbles, [id]: 0 } }, id, { state: "waiting", answer: undefined });
    const [next, todo] = state.link === "up" ? go(waiting) : ask(waiting);
    return [next, [{ do: "store", entry: find(waiting, id) }, ...todo]];
  },
};

function recorded(state, entry, told) {
  return go({ ...remove(state, entry.id), link: "up", sign: "in", sender: told.person || state.sender, token: 0 },
    [{ do: "drop", id: entry.id }, { do: "tell", entry, status: 200, told }]);
}

function settled(state, entry, how, status, told) {
  const sentence = told.sentence || String(status);
  const after = change({ ...state, link: "up" }, entry.id, { state: how, answer: sentence });
  const todo = [{ do: "store", entry: find(after, entry.id) }, { do: "tell", entry, status, told }];
  // It may have been sent back for its time: what is entered anew needs a better clock.
  return entry.clock === "own" ? ask(after, todo) : go(after, todo);
}

function forbidden(state, entry, told) {
  if (told.why === "role") return settled(state, entry, "held", 403, told);
  if (told.why === "token" && !state.token) return ask({ ...state, token: 1 });
  if (told.why === "token") return [{ ...state, link: "down", token: 0 }, []];
  return [{ ...state, link: "up", sign: "out" }, []];
}

function stumbled(state, entry) {
  const count = (state.stumbles[entry.id] || 0) + 1;
  const after = { ...state, stumbles: { ...state.stumbles, [entry.id]: count } };
  return count < RETRY_500 ? [{ ...after, link: "down" }, []] : settled(after, entry, "held", 500, {});
}

export function step(state, event) { return handlers[event.kind](state, event); }

/** What the page says of itself: "sending", "saved", "offline", "signed-out", and how many wait or need a person. */
export function standing(state) {
  const waiting = state.entries.filter((each) => each.state === "waiting").length;
  const back = state.entries.length - waiting;
  const how = state.sign === "out" ? "signed-out" : state.link === "down" ? "offline" : waiting ? "sending" : "saved";
  const unsafe = state.entries.filter((each) => !state.stored.includes(each.id)).length;
  return { how, waiting, back, loose: state.loose.length, unsafe };
}
