// Runs the queue of `sync.js`: the shelf, the server, other pages of this tablet.
import { notedByServer, reading, setClock } from "./clock.js";
import { here, say } from "./page.js";
import { remember, remembered, shelf } from "./shelf.js";
import { fresh, standing, step } from "./sync.js";

const EVERY = 4000, PATIENCE = 15000, TURN = "holdfast.send";

export const device = remembered("device") || crypto.randomUUID();
remember("device", device);

let state = fresh({ life: crypto.randomUUID(), person: say.person }), kept = null, changed = () => {};
let lastSaved = "";
const waits = new Map(); // by entry: who is told of its answer
const others = "BroadcastChannel" in self ? new BroadcastChannel("holdfast.queue") : { postMessage() {} };

const RECENT = 5000; // ms: so long an answered entry is shown as waiting if the server's page has not come by then
let recent = [];
export const entries = () => state.entries;
/** Entries of this session that wait, and those just answered: the server's page may not hold them yet. */
export function pending() {
  recent = recent.filter((each) => each.until > performance.now());
  return [...state.entries, ...recent.map((each) => each.entry)].filter((each) => each.here === here);
}
export const stands = () => ({ ...standing(state), sender: state.sender, lastSaved });

function dispatch(event) {
  const [after, todo] = step(state, event);
  state = after;
  for (const each of todo) perform(each);
  changed();
  return todo;
}

function perform(todo) {
  if (todo.do === "store") store(todo.entry);
  else if (todo.do === "drop") drop(todo.id);
  else if (todo.do === "ask") ask();
  else if (todo.do === "send") inTurn(() => send(todo.id));
  else if (todo.do === "tell") tell(todo);
}

async function store(entry) {
  try { await kept.put(entry); } catch { return dispatch({ kind: "unstored", id: entry.id }); }
  others.postMessage("changed");
  return dispatch({ kind: "stored", id: entry.id });
}

async function drop(id) {
  try { await kept.drop(id); } catch { return; } // it is sent once more, and answered as the first time
  others.postMessage("changed");
}

function tell({ entry, status, told }) {
  setClock(told.now);
  if (status === 200) { recent.push({ entry: { ...entry, state: "waiting" }, until: performance.now() + RECENT }); lastSaved = told.saved; }
  waits.get(entry.id)?.({ status, told });
  waits.delete(entry.id);
}

// One page of this tablet sends at a time. Without locks two may: the server knows an entry by its id.
const inTurn = (work) => (navigator.locks ? navigator.locks.request(TURN, work) : work());

async function send(id) {
  const entry = await kept.get(id).catch(() => undefined);
  const mine = state.entries.find((each) => each.id === id);
  const todo = dispatch({ kind: "turn", id, entry: entry || null, noted: mine ? notedByServer(mine, state.life) : null });
  const post = todo.find((each) => each.do === "post");
  if (post) await sendOff(await marked(post), id);
}

/** The entry as it is sent, with the mark that sending has begun on the shelf before anything leaves. */
async function marked({ entry, before }) {
  if (before.tried) return entry;
  try { await kept.put(entry); return entry; } catch { /* it may be sent again from the shelf: as it lies there */ }
  const same = { ...before, tried: true };
  dispatch({ kind: "unmarked", entry: same });
  return same;
}

async function sendOff(entry, id) {
  let answer;
  try { answer = await post(entry.url, bodyOf(entry)); } catch { dispatch({ kind: "unanswered", id }); return waitsOn(id); }
  dispatch({ kind: "answered", id, ...answer });
  return waitsOn(id);
}

/** Whoever waits for the answer hears that there is none for now. */
function waitsOn(id) { waits.get(id)?.({ status: 0, told: {} }); waits.delete(id); }

function bodyOf(entry) {
  const own = entry.clock === "own" ? [["own_clock", "1"]] : [];
  return [...entry.fields, ["id", entry.id], ["noted_at", entry.noted_at], ["noted_by", entry.by], ["device", entry.device], ...own];
}

const token = () => (document.cookie.match(/csrftoken=([^;]+)/) || [])[1] || "";

/** Send fields to an address of the server; its status and what it tells. Throws where there is no answer. */
export async function post(url, fields) {
  const body = new URLSearchParams([...fields, ["sent_at", new Date(reading().at).toISOString()]]);
  const headers = { Accept: "application/json", "X-CSRFToken": token() };
  const answer = await fetch(url, { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
  let told = {};
  try { told = await answer.json(); } catch { if (answer.ok) throw new Error("cut off"); }
  return { status: answer.status, told };
}

/** Ask who is there: the server's time, who is signed in, a token for forms. */
async function ask() {
  try {
    const answer = await fetch(here + "hello", { headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(PATIENCE), cache: "no-store" });
    const told = await answer.json();
    if (answer.status === 403) return dispatch({ kind: "met", sender: told.why === "role" ? state.sender : "" });
    if (!answer.ok) return dispatch({ kind: "lost" });
    setClock(told.now);
    return dispatch({ kind: "met", sender: told.person });
  } catch { return dispatch({ kind: "lost" }); }
}

/** Keep an entry; `answered` settles when it is answered, `kept` as soon as it is safe on this tablet. */
export function make(entry) {
  const time = reading();
  const whole = { ...entry, here, by: say.person, device, noted_at: entry.noted_at || new Date(time.at).toISOString(), clock: time.clock, ticks: time.ticks, wall: time.wall };
  const answered = new Promise((done) => waits.set(entry.id, done));
  dispatch({ kind: "made", entry: whole });
  return { answered };
}

/** Wait until nothing waits to be sent, so that what is decided on has arrived; false where it does not. */
export async function settled(within) {
  const until = performance.now() + within;
  dispatch({ kind: "tick" });
  while (performance.now() < until) {
    const { how, waiting } = stands();
    if (how === "signed-out" || (how === "offline" && !state.asking)) return false;
    if (!waiting && how === "saved") return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return false;
}

export const takeBack = (id) => dispatch({ kind: "taken-back", id });
export const again = (id) => dispatch({ kind: "again", id });
export const recorded = (ids) => { if (state.entries.some((each) => ids.includes(each.id))) dispatch({ kind: "recorded", ids }); };
export const probe = () => dispatch({ kind: "tick" });
export const unreachable = () => dispatch({ kind: "lost" });

/** Begin. `change` is called whenever the queue is another; `reached` says that the server itself served this page. */
export async function keep({ change, reached }) {
  kept = await shelf(); changed = change;
  others.onmessage = async () => dispatch({ kind: "shelf", entries: await kept.all() });
  dispatch({ kind: "shelf", entries: await kept.all().catch(() => []) });
  if (reached) dispatch({ kind: "met", sender: say.person }); else ask();
  addEventListener("online", () => ask());
  addEventListener("offline", unreachable);
  addEventListener("beforeunload", (e) => { if (standing(state).unsafe) e.preventDefault(); });
  setInterval(() => dispatch({ kind: "tick" }), EVERY);
}
