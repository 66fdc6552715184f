// The session page: clocks from the server's time, regions swapped on news, forms sent once,
// and a queue that keeps what could not be sent. Without it the page works as plain forms.
(() => {
  "use strict";
  const room = document.getElementById("room"), say = room.dataset, here = say.here;
  const byId = (id) => document.getElementById(id), all = (what, within = document) => [...within.querySelectorAll(what)];

  // --- the server's time: taken with every answer, carried on by the monotonic clock
  let base = Date.parse(say.now), since = performance.now();
  const setClock = (iso) => { base = Date.parse(iso); since = performance.now(); };
  const now = () => base + (performance.now() - since);
  const pad = (n) => String(n).padStart(2, "0");
  const hhmm = (ms) => { const m = Math.floor(Math.abs(ms) / 60000); return Math.floor(m / 60) + ":" + pad(m % 60); };
  const span = (ms) => { const m = Math.floor(Math.abs(ms) / 60000); return m < 60 ? m + " min" : Math.floor(m / 60) + " h " + pad(m % 60) + " min"; };
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  function tick() {
    const at = now();
    for (const node of all("strong[data-t0]")) { const ms = at - Date.parse(node.dataset.t0); put(node, "T" + (ms < 0 ? "−" : "+") + hhmm(ms)); }
    for (const node of all("[data-age]")) if (node.dataset.age) put(node, span(Math.max(0, at - Date.parse(node.dataset.age))));
    for (const node of all("[data-until]")) {
      const ms = Date.parse(node.dataset.until) - at, s = Math.floor(Math.abs(ms) / 1000);
      const left = s < 3600 ? Math.floor(s / 60) + ":" + pad(s % 60) : span(ms);
      put(node, ms >= 0 ? say.wordsIn + " " + left : s < 60 ? say.wordsDue : span(ms) + " " + say.wordsOverdue);
    }
    for (const node of all("[data-stale]")) if (node.dataset.stale) node.classList.toggle("stale", at > Date.parse(node.dataset.stale));
    const svg = document.querySelector("svg[data-t0]"), line = svg && svg.querySelector(".now");
    if (line) { const x = Number(svg.dataset.start) + ((at - Date.parse(svg.dataset.t0)) / 60000) * Number(svg.dataset.perMinute); line.setAttribute("x1", x); line.setAttribute("x2", x); }
    const chip = document.querySelector(".bar-alarm");
    if (chip) chip.hidden = byId("alarms").getBoundingClientRect().bottom > document.querySelector(".bar").getBoundingClientRect().bottom;
    const t = document.querySelector("#head .t"), next = document.querySelector(".bar-next");
    if (t) put(byId("covered-t"), t.textContent); if (next) put(byId("covered-next"), next.textContent.trim());
  }
  setInterval(tick, 1000); addEventListener("scroll", () => requestAnimationFrame(tick), { passive: true });

  // --- regions: swapped when the server says that something happened; never under somebody's fingers
  const served = new Map(), later = new Map();
  const busy = (node) => node.querySelector("[data-dirty]") || (node.contains(document.activeElement) && document.activeElement.matches("input:not([type=hidden]):not([type=radio]):not([type=checkbox]), select"));
  const remember = () => { for (const node of all("[data-live]")) served.set(node.id, plain(node)); };
  // Ids and tokens of forms differ in every answer; without them a region is compared by what it says.
  const plain = (node) => node.innerHTML.replace(/name="(id|csrfmiddlewaretoken)" value="[^"]*"/g, "");
  function swap(fresh, old) {
    const open = new Set(all("details[open]", old).map((each) => each.id)), focus = old.contains(document.activeElement) ? document.activeElement.id : "";
    for (const each of all("details[id]", fresh)) if (open.has(each.id)) each.open = true;
    const scroll = old.querySelector(".scroll"), left = scroll ? scroll.scrollLeft : 0;
    old.replaceWith(fresh);
    const again = fresh.querySelector(".scroll"); if (again) again.scrollLeft = left;
    if (focus && byId(focus)) byId(focus).focus();
  }
  function place(page) {
    const order = all("[data-live]", page), mine = new Map(all("[data-live]").map((node) => [node.id, node]));
    const sameSet = order.length === mine.size && order.every((node) => mine.has(node.id));
    if (!sameSet && !all("#regions [data-dirty]").length) {
      swap(page.getElementById("head"), byId("head")); swap(page.getElementById("regions"), byId("regions"));
      remember(); tick(); return;
    }
    for (const fresh of order) {
      const old = mine.get(fresh.id), said = plain(fresh);
      if (!old || served.get(fresh.id) === said) continue;
      if (busy(old)) { later.set(fresh.id, true); continue; }
      served.set(fresh.id, said); later.delete(fresh.id); swap(fresh, old);
    }
    tick();
  }
  let asking = false, askAgain = false;
  async function refresh() {
    if (asking) { askAgain = true; return; }
    asking = true;
    try {
      const answer = await fetch(here + "now", { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected) place(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* the stream or the next entry asks again */ }
    asking = false;
    if (askAgain) { askAgain = false; refresh(); }
  }
  document.addEventListener("focusout", () => setTimeout(() => { if (later.size) refresh(); }, 300));
  function listen() {
    const source = new EventSource(here + "live");
    source.addEventListener("hello", (e) => { setClock(JSON.parse(e.data).now); refresh(); drain(); });
    source.addEventListener("time", (e) => setClock(JSON.parse(e.data).now));
    source.addEventListener("news", (e) => { setClock(JSON.parse(e.data).now); refresh(); });
    source.onerror = () => { if (source.readyState === 2) setTimeout(listen, 3000); };
  }
  setInterval(refresh, 60000);

  // --- what could not be sent is kept here, each with the id it was born with
  const shelf = "holdfast.queue " + here;
  let spare = null; // where the browser's store is full or forbidden
  const read = () => { try { return spare || JSON.parse(localStorage.getItem(shelf) || "[]"); } catch { return []; } };
  const write = (list) => { try { localStorage.setItem(shelf, JSON.stringify(list)); spare = null; } catch { spare = list; } shown(); };
  const device = localStorage.getItem("holdfast.device") || crypto.randomUUID(); localStorage.setItem("holdfast.device", device);
  const pill = byId("pill");
  let lastSaved = "", signedOut = false;
  function shown() {
    const list = read(), box = byId("waiting");
    box.hidden = !list.length; box.replaceChildren(...list.map(line));
    pill.classList.toggle("is-waiting", list.length > 0);
    if (list.length) put(pill, (signedOut ? say.wordsSignedOut : say.wordsWaiting) + ": " + list.length);
    else if (lastSaved) put(pill, say.wordsSaved + " " + lastSaved);
  }
  function line(entry) {
    const row = document.createElement("li"), words = document.createElement("span");
    words.textContent = entry.words + (entry.answer ? " — " + entry.answer : "");
    row.append(words);
    if (entry.answer) { const back = document.createElement("button"); back.type = "button"; back.className = "second"; back.textContent = say.wordsBack; back.onclick = () => putBack(entry); row.append(back); }
    return row;
  }
  function putBack(entry) {
    const form = document.querySelector(`form[data-entry="${entry.form}"]`); if (!form) return;
    for (const [name, value] of entry.fields) { const field = form.elements[name]; if (field && field.type !== "hidden" && !(field instanceof RadioNodeList)) { if (field.type === "checkbox") field.checked = true; else field.value = value; } else if (field instanceof RadioNodeList) field.value = value; }
    form.dataset.dirty = "yes"; write(read().filter((each) => each.id !== entry.id)); form.scrollIntoView({ block: "center" });
  }
  const token = () => (document.cookie.match(/csrftoken=([^;]+)/) || [])[1] || "";
  async function send(entry) {
    const body = new URLSearchParams(entry.fields);
    const answer = await fetch(entry.url, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token() }, redirect: "manual" });
    let told = {}; try { told = await answer.json(); } catch { /* no JSON: judged by its status */ }
    return { status: answer.status, told };
  }
  const final = (status) => status === 200 || status === 400 || status === 404 || status === 409 || status === 422;
  let draining = false;
  async function drain() {
    if (draining) return; draining = true;
    try {
      for (const entry of read().filter((each) => !each.answer)) {
        const { status, told } = await send(entry);
        signedOut = status === 403;
        if (!final(status)) break;
        if (status === 200) { saved(told); write(read().filter((each) => each.id !== entry.id)); refresh(); }
        else write(read().map((each) => (each.id === entry.id ? { ...each, answer: told.sentence || String(status) } : each)));
      }
    } catch { /* still no connection */ }
    draining = false; shown();
  }
  addEventListener("online", drain); setInterval(() => { if (read().some((each) => !each.answer)) drain(); }, 4000);
  function saved(told) { lastSaved = told.saved; if (told.now) setClock(told.now); shown(); }

  // --- forms
  const words = (form, fields) => hhmmNow() + " " + (form.closest("section")?.querySelector("h2")?.textContent.trim() || "") + ": " + fields.filter(([name, value]) => value && !["id", "csrfmiddlewaretoken", "noted_at", "device", "step", "unit", "due_minute", "position", "keep"].includes(name)).map(([, value]) => value).join(" ");
  const hhmmNow = () => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: say.zone }).format(new Date(now()));
  function tell(form, told) {
    const box = form.querySelector(".said"); box.replaceChildren();
    const p = document.createElement("p"); p.textContent = told.sentence; box.append(p);
    const list = [...(told.reasons || []).map((each) => each.sentence), ...Object.values(told.questions || {})];
    if (list.length) { const ul = document.createElement("ul"); for (const each of list) { const li = document.createElement("li"); li.textContent = each; ul.append(li); } box.append(ul); }
    for (const field of all("[aria-invalid]", form)) field.removeAttribute("aria-invalid");
    const wrong = told.questions ? Object.keys(told.questions) : told.field ? [told.field] : [];
    for (const name of wrong) form.elements[name]?.setAttribute?.("aria-invalid", "true");
    const first = form.elements[wrong[0]];
    if (told.questions) {
      const row = document.createElement("p"); row.className = "actions";
      const again = document.createElement("button"); again.type = "button"; again.textContent = say.wordsRecheck; again.onclick = () => { box.replaceChildren(); first?.select?.(); first?.focus?.(); };
      const keep = document.createElement("button"); keep.name = "keep"; keep.value = "1"; keep.className = "second"; keep.textContent = say.wordsKeep;
      row.append(again, keep); box.append(row); again.focus();
    } else if (first?.focus) first.focus();
  }
  document.addEventListener("input", (e) => {
    const form = e.target.closest("form[data-entry]"); if (!form) return;
    form.dataset.dirty = "yes";
    const gate = e.target.closest("[data-look]"); if (gate && e.target.name.startsWith("confirm-")) look(form, gate);
  });
  let looks = 0;
  async function look(form, gate) {
    // How each condition stands with what is tapped so far; nothing is recorded. Only the last answer counts.
    const mine = ++looks;
    await new Promise((done) => setTimeout(done, 120)); if (mine !== looks) return;
    const said = new URLSearchParams([...new FormData(form)].filter(([name]) => name.startsWith("confirm-")));
    try {
      const answer = await fetch(here + "now?" + said, { headers: { Accept: "text/html" } }); if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(gate.id);
      if (mine !== looks) return;
      for (const item of all("[data-item]", form)) {
        const other = fresh && fresh.querySelector(`[data-item="${item.dataset.item}"]`); if (!other) continue;
        for (const part of [".state", ".item-more"]) { const to = item.querySelector(part), from = other.querySelector(part); to.className = from.className; put(to, from.textContent); }
      }
    } catch { /* the gate itself is asked on the server anyway */ }
  }
  document.addEventListener("submit", async (e) => {
    const form = e.target.closest("form[data-entry]"); if (!form) return;
    e.preventDefault();
    if (form.dataset.sending) return;
    const by = e.submitter, made = new FormData(form, by);
    // The id stays with the form until the entry is answered: a double tap is one entry.
    form.dataset.id ||= crypto.randomUUID(); made.set("id", form.dataset.id);
    form.dataset.noted ||= new Date(now()).toISOString(); made.set("noted_at", form.dataset.noted); made.set("device", device);
    made.delete("csrfmiddlewaretoken");
    const fields = [...made].map(([name, value]) => [name, String(value)]);
    const entry = { id: form.dataset.id, form: form.dataset.entry, url: by?.getAttribute("formaction") || form.getAttribute("action"), fields, words: words(form, fields) };
    form.dataset.sending = "yes"; write([...read(), entry]); put(pill, say.wordsSending + " …");
    let status = 0, told = {};
    try { ({ status, told } = await send(entry)); } catch { /* no connection */ }
    delete form.dataset.sending; signedOut = status === 403;
    if (!final(status)) { shown(); clear(form); return; }
    write(read().filter((each) => each.id !== entry.id));
    if (status === 200) { saved(told); clear(form); beside(told); refresh(); return; }
    // Answered but not recorded: what was typed stays, the next try is a new entry.
    delete form.dataset.id; delete form.dataset.noted; shown(); tell(form, told);
  });
  function clear(form) {
    delete form.dataset.id; delete form.dataset.noted; delete form.dataset.dirty;
    form.reset(); form.querySelector(".said")?.replaceChildren();
    for (const field of all("[aria-invalid]", form)) field.removeAttribute("aria-invalid");
    if (form.contains(document.activeElement)) document.activeElement.blur();
  }
  function beside(told) {
    if (!told.beside?.length) return;
    const box = document.createElement("p"); box.className = "note"; box.setAttribute("role", "status"); box.textContent = say.wordsBeside + " " + told.beside.join(" ");
    byId("waiting").before(box); setTimeout(() => box.remove(), 20000);
  }

  // --- light in the room
  const root = document.documentElement, keep = (name, value) => localStorage.setItem("holdfast." + name, value);
  function look_(dim, light) { root.dataset.dim = dim ? "yes" : "no"; root.dataset.theme = light ? "light" : "dark"; byId("dim").setAttribute("aria-pressed", String(dim)); byId("light").setAttribute("aria-pressed", String(light)); keep("dim", dim ? 1 : ""); keep("light", light ? 1 : ""); }
  let dim = !!localStorage.getItem("holdfast.dim"), light = !dim && !!localStorage.getItem("holdfast.light");
  look_(dim, light);
  byId("dim").onclick = () => { dim = !dim; if (dim) light = false; look_(dim, light); };
  byId("light").onclick = () => { light = !light; if (light) dim = false; look_(dim, light); };
  byId("cover").onclick = () => byId("covered").showModal(); byId("uncover").onclick = () => byId("covered").close();
  for (const each of ["dim", "light", "cover"]) byId(each).hidden = false;

  remember(); shown(); tick(); drain(); listen();
})();
