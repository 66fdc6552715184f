// Regions as the server sends them when something happened; never swapped under somebody's fingers.
import { setClock, tick } from "./clock.js";
import { all, byId, here } from "./page.js";

const SILENCE = 40000; // ms: the stream says something every 15 s, so after this it is broken
const served = new Map(), held = new Map(); // by region: what it says; what waits until nobody types in it
let frame = null; // where regions stand, waiting likewise

const TYPED = "input:not([type=hidden]):not([type=radio]):not([type=checkbox]), select, textarea";
const focused = (node) => node.contains(document.activeElement) && document.activeElement.matches(TYPED);
const busy = (node) => node.querySelector("[data-dirty]") || focused(node);
// Ids and tokens of forms differ in every answer; without them a region is compared by what it says.
const plain = (node) => node.innerHTML.replace(/<input type="hidden" name="csrfmiddlewaretoken"[^>]*>/g, "").replace(/name="id" value="[^"]*"/g, "");

/** What the server last said in a region. */
export const pristine = (id) => served.get(id) ?? "";

function made(html) {
  const box = document.createElement("template");
  box.innerHTML = html;
  return box.content.firstElementChild;
}

function swap(fresh, old) {
  const open = new Set(all("details[open]", old).map((each) => each.id)), focus = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const each of all("details[id]", fresh)) if (open.has(each.id)) each.open = true;
  const scroll = old.querySelector(".scroll"), left = scroll ? scroll.scrollLeft : 0;
  old.replaceWith(fresh);
  const again = fresh.querySelector(".scroll"); if (again) again.scrollLeft = left;
  if (focus && byId(focus)) byId(focus).focus();
}

function settle() {
  if (frame) build();
  for (const [id, html] of held) {
    const old = byId(id), fresh = made(html), said = plain(fresh);
    if (!old || (served.get(id) !== said && busy(old))) continue;
    held.delete(id);
    if (served.get(id) !== said) { served.set(id, said); swap(fresh, old); }
  }
  tick();
  document.dispatchEvent(new Event("holdfast:regions"));
}

/** Regions come and go: those that stay are moved as they are, with what is typed in them. */
function build() {
  const next = made(frame), old = byId("regions"), slots = all("[data-slot]", next), ids = slots.map((slot) => slot.dataset.slot);
  const there = all("[data-live]", old).map((node) => node.id);
  if (next.className === old.className && ids.join() === there.join()) { frame = null; return; }
  const going = there.filter((id) => !ids.includes(id));
  if (focused(old) || going.some((id) => busy(byId(id)))) return;
  for (const slot of slots) {
    const id = slot.dataset.slot, html = held.get(id), node = byId(id) || (html && made(html));
    if (!node) { slot.remove(); continue; }
    if (!byId(id)) { served.set(id, plain(node)); held.delete(id); }
    slot.replaceWith(node);
  }
  for (const id of going) served.delete(id);
  old.replaceWith(next); frame = null;
}

function take(told) {
  for (const [id, html] of Object.entries(told.regions)) held.set(id, html);
  frame = told.frame || frame;
  settle();
}

/** Put a served page's regions in the place of those that say something else. */
export function place(page) {
  const regions = Object.fromEntries(all("[data-live]", page).map((node) => [node.id, node.outerHTML])), whole = page.getElementById("regions");
  for (const node of all("[data-live]", whole)) { const slot = page.createElement("div"); slot.dataset.slot = node.id; node.replaceWith(slot); }
  take({ regions, frame: whole.outerHTML });
}

let asking = false, askAgain = false;
async function ask() {
  if (asking) { askAgain = true; return; }
  asking = true;
  try {
    const answer = await fetch(here + "now", { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) place(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch { /* the stream or the next entry asks again */ }
  asking = false;
  if (askAgain) { askAgain = false; ask(); }
}

let source = null, heard = 0;
const alive = () => source?.readyState === EventSource.OPEN && performance.now() - heard < SILENCE;

/** Ask for the regions as they are now, unless the stream brings them by itself. */
export function refresh() { return alive() ? undefined : ask(); }

function listen(connected) {
  source = new EventSource(here + "live");
  // Regions say when they were painted, which may be a while ago for who comes later: no clock is set by them.
  const hear = (name, then) => source.addEventListener(name, (e) => { const told = JSON.parse(e.data); heard = performance.now(); if (name !== "regions") setClock(told.now); then?.(told); });
  hear("hello", () => connected());
  hear("regions", take);
  hear("news", ask); // the server could not say what is new
  hear("time");
  hear("end", () => again(connected, 0)); // roles changed: the next stream is asked for anew
  source.onerror = () => { if (source.readyState === EventSource.CLOSED) again(connected, 5000); };
}

function again(connected, wait) {
  source.close();
  setTimeout(() => listen(connected), wait);
}

/** Follow the session; `connected` is called each time the stream is there (again). */
export function follow({ connected }) {
  for (const node of all("[data-live]")) served.set(node.id, plain(node));
  listen(connected);
  document.addEventListener("focusout", () => setTimeout(() => { if (held.size || frame) settle(); }, 300));
  setInterval(() => {
    if (alive()) return;
    ask();
    if (source.readyState === EventSource.OPEN) again(connected, 0);
  }, 20000);
}
