// The planner: results follow what is typed, then are refined until the server has no more to say.
// Without it the page is a form with a button.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id), form = byId("plan"), results = byId("results"), said = byId("said");
  const save = byId("save");
  let turn = 0, timer = 0, stop = null;

  // Only what differs from its default, so that an address can be read and sent to somebody.
  function query() {
    const asked = new URLSearchParams();
    for (const each of form.elements) {
      if (!each.name || (each.dataset.default !== undefined && each.value.trim() === each.dataset.default)) continue;
      if (each.tagName === "SELECT" && each.name === "against" && !each.value) continue;
      asked.append(each.name, each.value);
    }
    return asked;
  }

  function sentences(found) {
    const wrong = new Map([...found.querySelectorAll("[data-for]")].map((each) => [each.dataset.for, each.textContent]));
    for (const place of form.querySelectorAll(".error")) {
      const name = place.id.slice(2), field = byId("v-" + name), sentence = wrong.get(name) || "";
      if (place.textContent !== sentence) place.textContent = sentence;
      place.hidden = !sentence;
      if (field) { if (sentence) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid"); }
      if (sentence) for (let up = place.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
    }
  }

  function swap(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("found"), old = byId("found");
    sentences(fresh);
    if (fresh.dataset.wrong !== "0") {
      // The last numbers stay to be read, marked as those of the values before.
      old.classList.add("p-stale");
      byId("state").textContent = fresh.querySelector("#state").textContent;
      return null;
    }
    const focus = old.contains(document.activeElement) ? document.activeElement.id : "";
    for (const each of old.querySelectorAll("details[open] > summary[id]")) fresh.querySelector("#" + each.id).parentElement.open = true;
    if (focus === "sentence" && old.querySelector("#sentence").value === fresh.querySelector("#sentence").value) return keep(old, fresh);
    old.replaceWith(fresh);
    ready(fresh);
    if (focus && byId(focus)) byId(focus).focus({ preventScroll: true });
    return fresh;
  }
  function keep(old, fresh) { old.dataset.step = fresh.dataset.step; old.dataset.more = fresh.dataset.more; return old; }

  function ready(found) {
    const copy = found.querySelector("#copy");
    copy.hidden = !navigator.clipboard;
    copy.addEventListener("click", () => navigator.clipboard.writeText(byId("sentence").value).then(() => { said.textContent = copy.dataset.done; copy.textContent = copy.dataset.done; }));
    const again = found.querySelector(".p-again");
    if (again) again.hidden = true;
    if (save) save.elements.namedItem("query").value = found.dataset.query;
  }

  async function follow(mine, have) {
    const asked = query();
    asked.append("have", have);
    stop = new AbortController();
    try {
      const answer = await fetch(form.dataset.results + "?" + asked, { signal: stop.signal, headers: { Accept: "text/html" } });
      const text = await answer.text();
      if (mine !== turn) return;
      if (!text.includes('id="found"')) throw new Error(answer.status);
      const found = swap(text);
      if (!found) { said.textContent = byId("state").textContent; return; }
      if (found.dataset.more === "yes") timer = setTimeout(() => follow(mine, found.dataset.step), have === found.dataset.step ? 400 : 60);
      else said.textContent = byId("state").textContent;
    } catch (error) {
      if (error.name === "AbortError" || mine !== turn) return;
      timer = setTimeout(() => follow(mine, have), 3000);
    }
  }

  function begin() {
    turn += 1;
    clearTimeout(timer);
    if (stop) stop.abort();
    const asked = query(), address = form.getAttribute("action") + (asked.size ? "?" + asked : "");
    history.replaceState(null, "", address);
    follow(turn, "0");
  }

  form.addEventListener("input", () => { clearTimeout(timer); turn += 1; timer = setTimeout(begin, 250); });
  form.addEventListener("submit", (event) => { event.preventDefault(); begin(); });
  ready(byId("found"));
  if (byId("found").dataset.more === "yes") { turn += 1; follow(turn, byId("found").dataset.step); }
})();
