// Where entries lie until they are answered: the browser's database, else its small store, else nowhere.
const BASE = "holdfast", STORE = "entries", SMALL = "holdfast.entries";

const asked = (request) => new Promise((done, failed) => { request.onsuccess = () => done(request.result); request.onerror = () => failed(request.error); });

function opened() {
  const request = indexedDB.open(BASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
  return asked(request);
}

function database(base) {
  const ask = (what, how) => asked(what(base.transaction(STORE, how, { durability: "strict" }).objectStore(STORE)));
  // A write counts when its transaction is complete, not when the request is answered.
  const write = (what) => new Promise((done, failed) => {
    const one = base.transaction(STORE, "readwrite", { durability: "strict" });
    one.oncomplete = () => done(); one.onerror = one.onabort = () => failed(one.error);
    what(one.objectStore(STORE));
  });
  return {
    put: (entry) => write((store) => store.put(entry)),
    drop: (id) => write((store) => store.delete(id)),
    get: (id) => ask((store) => store.get(id), "readonly"),
    all: () => ask((store) => store.getAll(), "readonly"),
  };
}

function small() {
  const read = () => JSON.parse(localStorage.getItem(SMALL) || "{}");
  const write = (held) => localStorage.setItem(SMALL, JSON.stringify(held));
  return {
    put: async (entry) => write({ ...read(), [entry.id]: entry }),
    drop: async (id) => { const { [id]: _, ...rest } = read(); write(rest); },
    get: async (id) => read()[id],
    all: async () => Object.values(read()),
  };
}

const none = { put: () => Promise.reject(new Error("no store")), drop: async () => {}, get: async () => undefined, all: async () => [] };

/** The shelf of this tablet; the same for all its pages. */
export async function shelf() {
  try { return database(await opened()); } catch { /* forbidden, as in some private windows */ }
  try { localStorage.setItem(SMALL + ".try", "1"); localStorage.removeItem(SMALL + ".try"); return small(); } catch { return none; }
}

/** Something small to remember between pages; null where the browser forbids it. */
export function remembered(name) { try { return localStorage.getItem("holdfast." + name); } catch { return null; } }
export function remember(name, value) { try { localStorage.setItem("holdfast." + name, value); } catch { /* then not */ } }
