// Opens the page of one session while there is no network. It keeps no other page, and writes no page itself:
// the page keeps its own (kept.js). `self.holdfast` {version, here, files, policy} is set by the server's script.
const { version, here, files, policy } = self.holdfast;
const FILES = "holdfast-files " + version, PAGES = "holdfast-session ", PATIENCE = 5000, OLDEST = 36 * 3600 * 1000;

self.addEventListener("install", (event) => event.waitUntil(caches.open(FILES).then((cache) => cache.addAll(files)).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => self.clients.claim())));

async function tidy() {
  const old = (await caches.keys()).filter((name) => name.startsWith("holdfast-files ") && name !== FILES);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === here) event.respondWith(page(request));
  else if (files.includes(url.pathname)) event.respondWith(file(request));
});

async function file(request) {
  const cache = await caches.open(FILES);
  return (await cache.match(request, { ignoreVary: true })) || fetch(request);
}

const late = () => new Promise((_, failed) => setTimeout(() => failed(new Error("no answer")), PATIENCE));

async function page(request) {
  try {
    const answer = await Promise.race([fetch(request), late()]);
    if (answer.status < 502 || answer.status > 504) return answer;
    return (await kept()) || answer;
  } catch (lost) {
    const page = await kept();
    if (page) return page;
    throw lost;
  }
}

/** The page this tablet kept, under the site's own policy; not one of the day before yesterday. */
async function kept() {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PAGES)) continue;
    const cache = await caches.open(name), found = await cache.match(here);
    if (!found) continue;
    if (Date.now() - Number(found.headers.get("X-Kept-At")) > OLDEST) { await cache.delete(here); continue; }
    return new Response(found.body, { headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy, "Cache-Control": "no-store" } });
  }
  return undefined;
}
