// The server's time, taken with every answer and carried on by the monotonic clock; what the page counts by it.
import { all, byId, put, say } from "./page.js";
import { remember, remembered } from "./shelf.js";
import { moored, notedAt, timeOf } from "./time.js";

const OFFSET = "offset"; // by how much the server's clock was ahead of this tablet's, remembered between pages
let anchor = { server: null, mono: performance.now(), wall: Date.now(), offset: Number(remembered(OFFSET) || 0) };

/** The server says what time it is. */
export function setClock(iso) {
  const ms = Date.parse(iso || "");
  if (Number.isNaN(ms)) return;
  anchor = moored(ms, performance.now(), Date.now());
  remember(OFFSET, anchor.offset);
}
// A page kept from before was served a while ago: its time is no contact.
if (!say.kept) setClock(say.now);

/** The time now, by which clock, and the raw readings that a better time can be made of later. */
export function reading() {
  const ticks = performance.now(), wall = Date.now();
  return { ...timeOf(anchor, ticks, wall), ticks, wall };
}
export const now = () => reading().at;

/** When an entry was noted by the server's clock, as ISO text; null where it cannot be told. */
export function notedByServer(entry, life) {
  const at = notedAt(anchor, entry, life);
  return at === null ? null : new Date(at).toISOString();
}

const pad = (n) => String(n).padStart(2, "0");
const hhmm = (ms) => { const m = Math.floor(Math.abs(ms) / 60000); return Math.floor(m / 60) + ":" + pad(m % 60); };
export const span = (ms) => { const m = Math.floor(Math.abs(ms) / 60000); return m < 60 ? m + " min" : Math.floor(m / 60) + " h " + pad(m % 60) + " min"; };
export const clockOf = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: say.zone });
export const clockAt = (iso) => clockOf.format(new Date(iso));
export const tPlus = (iso, t0) => { if (!t0) return ""; const ms = Date.parse(iso) - Date.parse(t0); return "T" + (ms < 0 ? "−" : "+") + hhmm(ms); };
export const clockNow = () => clockOf.format(new Date(now()));

function countdown(node, at) {
  const ms = Date.parse(node.dataset.until) - at, s = Math.floor(Math.abs(ms) / 1000);
  const left = s < 3600 ? Math.floor(s / 60) + ":" + pad(s % 60) : span(ms);
  put(node, ms >= 0 ? say.wordsIn + " " + left : s < 60 ? say.wordsDue : span(ms) + " " + say.wordsOverdue);
}

function lineOfNow(at) {
  const svg = document.querySelector("svg[data-t0]"), line = svg && svg.querySelector(".now");
  if (!line) return;
  const x = Number(svg.dataset.start) + ((at - Date.parse(svg.dataset.t0)) / 60000) * Number(svg.dataset.perMinute);
  line.setAttribute("x1", x); line.setAttribute("x2", x);
}

function chip() {
  const node = document.querySelector(".bar-alarm");
  if (node) node.hidden = byId("alarms").getBoundingClientRect().bottom > document.querySelector(".bar").getBoundingClientRect().bottom;
}

function covered() {
  const t = document.querySelector("#head .t"), next = document.querySelector(".bar-next");
  if (t) put(byId("covered-t"), t.textContent);
  if (next) put(byId("covered-next"), next.textContent.trim());
}

export function tick() {
  const at = now();
  for (const node of all("strong[data-t0]")) { const ms = at - Date.parse(node.dataset.t0); put(node, "T" + (ms < 0 ? "−" : "+") + hhmm(ms)); }
  for (const node of all("[data-age]")) if (node.dataset.age) put(node, span(Math.max(0, at - Date.parse(node.dataset.age))));
  for (const node of all("[data-until]")) countdown(node, at);
  for (const node of all("[data-stale]")) if (node.dataset.stale) node.classList.toggle("stale", at > Date.parse(node.dataset.stale));
  lineOfNow(at); chip(); covered();
}

export function run() {
  tick();
  setInterval(tick, 1000);
  addEventListener("scroll", () => requestAnimationFrame(tick), { passive: true });
}
