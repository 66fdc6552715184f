// The page as it was last served, kept on this tablet so that it opens without a network; and thrown away in time.
import { now } from "./clock.js";
import { known } from "./known.js";
import { pristine } from "./live.js";
import { all, byId, here, say } from "./page.js";

const NAME = "holdfast-session ", MINE = NAME + say.person, REST = 2000;
// As the server served it: taken before anything of the page is changed by its scripts.
const served = new DOMParser().parseFromString("<!doctype html>" + document.documentElement.outerHTML, "text/html");
const able = "caches" in self && "serviceWorker" in navigator;

function whole() {
  const page = served.cloneNode(true), regions = byId("regions").cloneNode(true);
  const head = page.getElementById("head"), room = page.getElementById("room");
  for (const node of all("[data-live]", regions)) node.innerHTML = pristine(node.id);
  head.innerHTML = pristine("head");
  page.getElementById("regions").replaceWith(page.importNode(regions, true));
  for (const node of all("[data-dirty], [data-sending]", page)) { delete node.dataset.dirty; delete node.dataset.sending; }
  // A form's token is of no use later and is nobody's business.
  for (const node of all("input[name=csrfmiddlewaretoken]", page)) node.remove();
  room.dataset.now = new Date(now()).toISOString(); room.dataset.kept = "yes";
  return "<!doctype html>" + page.documentElement.outerHTML;
}

async function write() {
  const headers = { "Content-Type": "text/html; charset=utf-8", "X-Kept-At": String(Date.now()) };
  const cache = await caches.open(MINE);
  await cache.put(here, new Response(whole(), { headers }));
}

let soon = 0;
/** The server showed something: keep it, at most every two seconds. After the discharge nothing is kept. */
export function keepPage({ waiting }) {
  if (!able) return;
  if (known().phase === "left") { if (!waiting) forget(); return; }
  soon ||= setTimeout(() => { soon = 0; write().catch(() => { /* full or forbidden: then not */ }); }, REST);
}

async function forget() {
  await Promise.all((await caches.keys()).filter((name) => name.startsWith(NAME)).map((name) => caches.delete(name)));
  const mine = await navigator.serviceWorker.getRegistration(here);
  if (mine?.scope.endsWith(here)) await mine.unregister();
}

/** What others kept on this tablet goes; the worker that opens the page without a network is put in its place. */
export async function beginKeeping() {
  if (!able) return;
  const others = (await caches.keys()).filter((name) => name.startsWith(NAME) && name !== MINE);
  await Promise.all(others.map((name) => caches.delete(name)));
  if (!say.kept && known().phase !== "left") { await navigator.serviceWorker.register(say.worker, { scope: here }); await write(); }
}
