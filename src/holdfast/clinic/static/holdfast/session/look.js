// A gate that shows how each condition stands with what is tapped so far.
import { all, here, put } from "./page.js";

let looks = 0;
/** Ask the server; nothing is recorded. */
export async function look(form, gate) {
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
