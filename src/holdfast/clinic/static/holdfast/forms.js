// Every form: skip logic, a draft kept in this browser until the server has answered, no second send.
"use strict";
(() => {
  const PREFIX = "holdfast-draft:";
  const store = {
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    put(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* forbidden */ } },
    keys() { try { return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)); } catch { return []; } },
  };

  // The server says which action it has recorded: only then is its draft thrown away.
  const saved = document.querySelector('meta[name="holdfast-saved"]');
  if (saved) {
    for (const key of store.keys()) {
      const draft = store.get(key);
      if (!draft || draft.action === saved.content) store.drop(key);
    }
  }

  const KEPT = new Set(["csrfmiddlewaretoken", "action", "wording"]);
  const typedIn = (form) => [...new FormData(form)].filter(([name, value]) => !KEPT.has(name) && value !== "");

  function putBack(form, entries) {
    for (const input of form.querySelectorAll("input, select, textarea")) {
      if (!input.name || KEPT.has(input.name) || input.type === "hidden") continue;
      const values = entries.filter(([name]) => name === input.name).map(([, value]) => value);
      if (input.type === "radio" || input.type === "checkbox") input.checked = values.includes(input.value);
      else input.value = values[0] ?? "";
      if (values.length) for (let up = input.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
    }
  }

  function skipLogic(form) {
    for (const item of form.querySelectorAll("[data-shown-item]")) {
      const of = `a.${item.dataset.shownItem}`;
      const chosen = form.querySelector(`[name="${of}"]:checked`) ?? form.querySelector(`[name="${of}"]:not([type="radio"]):not([type="checkbox"])`);
      const value = chosen ? chosen.value : "";
      const shown = value !== "" && (value === item.dataset.shownValue) === (item.dataset.shownEqual === "yes");
      item.hidden = !shown;
      for (const input of item.querySelectorAll("input, select, textarea")) input.disabled = !shown;
    }
  }

  // An answer and a reason for its absence exclude each other: choosing one clears the other.
  function oneOfTwo(event, form) {
    const { name, value } = event.target;
    if (!name) return;
    if (name.startsWith("absent.") && value) {
      for (const input of form.querySelectorAll(`[name="a.${name.slice(7)}"]`)) {
        if (input.type === "radio" || input.type === "checkbox") input.checked = false;
        else input.value = "";
      }
    } else if (name.startsWith("a.")) {
      const reason = form.querySelector(`[name="absent.${name.slice(2)}"]`);
      if (reason) reason.value = "";
    }
  }

  for (const form of document.querySelectorAll("form[data-draft]")) {
    const key = PREFIX + form.dataset.draft;
    const offer = form.querySelector("[data-draft-offer]");
    const action = () => form.elements.namedItem("action");
    const draft = store.get(key);
    if (draft && draft.typed.length && offer && !document.querySelector("[data-focus]")) {
      offer.querySelector("[data-draft-time]").textContent = new Date(draft.at).toLocaleString();
      offer.hidden = false;
      offer.querySelector("[data-draft-take]").addEventListener("click", () => {
        putBack(form, draft.typed);
        // The same id: if the first sending did arrive, this one is answered as the first was.
        if (draft.sent) action().value = draft.action;
        offer.hidden = true;
        skipLogic(form);
        form.querySelector(".item input, .item textarea")?.focus();
      });
      offer.querySelector("[data-draft-drop]").addEventListener("click", () => { store.drop(key); offer.hidden = true; });
    }
    const keep = (sent) => store.put(key, { action: action().value, at: Date.now(), typed: typedIn(form), sent });
    form.addEventListener("input", (event) => { oneOfTwo(event, form); skipLogic(form); keep(false); });
    form.addEventListener("submit", () => {
      keep(true);
      for (const button of form.querySelectorAll('button:not([type="button"])')) {
        button.setAttribute("aria-disabled", "true");
        button.textContent = form.dataset.waiting;
      }
    });
    skipLogic(form);
  }
  // On a participant's own pages nothing is kept in the browser: there is skip logic alone.
  for (const form of document.querySelectorAll("form[data-not-kept]")) {
    form.addEventListener("input", (event) => { oneOfTwo(event, form); skipLogic(form); });
    skipLogic(form);
  }
  document.querySelector("[data-focus]")?.focus();
})();
