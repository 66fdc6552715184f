// Regions swapped when the server says that something happened; never under somebody's fingers.
import { setClock, tick } from "./clock.js";
import { all, byId, here } from "./page.js";

const served = new Map(), later = new Set();

const busy = (node) => node.querySelector("[data-dirty]") || (node.contains(document.activeElement) && document.activeElement.matches("input:not([type=hidden]):not([type=radio]):not([type=checkbox]), select"));
// Ids and tokens of forms differ in every answer; without them a region is compared by what it says.
const plain = (node) => node.innerHTML.replace(/name="(id|csrfmiddlewaretoken)" value="[^"]*"/g, "");
const remember = () => { for (const node of all("[data-live]")) served.set(node.id, plain(node)); };

function swap(fresh, old) {
  const open = new Set(all("details[open]", old).map((each) => each.id)), focus = old.contains(document.activeElement) ? document.activeElement.id : "";
  for (const each of all("details[id]", fresh)) if (open.has(each.id)) each.open = true;
  const scroll = old.querySelector(".scroll"), left = scroll ? scroll.scrollLeft : 0;
  old.replaceWith(fresh);
  const again = fresh.querySelector(".scroll"); if (again) again.scrollLeft = left;
  if (focus && byId(focus)) byId(focus).focus();
}

/** Put a served page's regions in the place of those that say something else. */
export function place(page) {
  const order = all("[data-live]", page), mine = new Map(all("[data-live]").map((node) => [node.id, node]));
  const sameSet = order.length === mine.size && order.every((node) => mine.has(node.id));
  if (!sameSet && !all("#regions [data-dirty]").length) {
    swap(page.getElementById("head"), byId("head")); swap(page.getElementById("regions"), byId("regions"));
    remember(); tick(); return;
  }
  for (const fresh of order) {
    const old = mine.get(fresh.id), said = plain(fresh);
    if (!old || served.get(fresh.id) === said) continue;
    if (busy(old)) { later.add(fresh.id); continue; }
    served.set(fresh.id, said); later.delete(fresh.id); swap(fresh, old);
  }
  tick();
}

let asking = false, askAgain = false;
/** Ask for the regions as they are now; calls while asking lead to one more question. */
export async function refresh() {
  if (asking) { askAgain = true; return; }
  asking = true;
  try {
    const answer = await fetch(here + "now", { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) place(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch { /* the stream or the next entry asks again */ }
  asking = false;
  if (askAgain) { askAgain = false; refresh(); }
}

function listen(connected) {
  const source = new EventSource(here + "live");
  source.addEventListener("hello", (e) => { setClock(JSON.parse(e.data).now); refresh(); connected(); });
  source.addEventListener("time", (e) => setClock(JSON.parse(e.data).now));
  source.addEventListener("news", (e) => { setClock(JSON.parse(e.data).now); refresh(); });
  source.onerror = () => { if (source.readyState === 2) setTimeout(() => listen(connected), 3000); };
}

/** Follow the session; `connected` is called each time the stream is there (again). */
export function follow({ connected }) {
  remember(); listen(connected);
  document.addEventListener("focusout", () => setTimeout(() => { if (later.size) refresh(); }, 300));
  setInterval(refresh, 60000);
}
