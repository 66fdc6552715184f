// What a form is told when what was typed was not recorded: sentences, reasons, questions with their ways on.
import { all, say } from "./page.js";

export function unmark(form) { for (const field of all("[aria-invalid]", form)) field.removeAttribute("aria-invalid"); }

/** Show in the form why it was not recorded; what was typed stays. */
export function tell(form, told) {
  const box = form.querySelector(".said"); box.replaceChildren();
  const p = document.createElement("p"); p.textContent = told.sentence; box.append(p);
  const list = [...(told.reasons || []).map((each) => each.sentence), ...Object.values(told.questions || {})];
  if (list.length) { const ul = document.createElement("ul"); for (const each of list) { const li = document.createElement("li"); li.textContent = each; ul.append(li); } box.append(ul); }
  unmark(form);
  const wrong = told.questions ? Object.keys(told.questions) : told.field ? [told.field] : [];
  for (const name of wrong) form.elements[name]?.setAttribute?.("aria-invalid", "true");
  const first = form.elements[wrong[0]];
  if (told.questions) box.append(ways(told, box, first));
  else if (first?.focus) first.focus();
  box.querySelector("button")?.focus();
}

/** Recheck; what may be meant instead, by one tap; keep it, where it may be right. */
function ways(told, box, first) {
  const row = document.createElement("p"); row.className = "actions";
  const again = document.createElement("button"); again.type = "button"; again.textContent = say.wordsRecheck; again.onclick = () => { box.replaceChildren(); first?.select?.(); first?.focus?.(); };
  const keep = document.createElement("button"); keep.name = "keep"; keep.value = "1"; keep.className = "second"; keep.textContent = say.wordsKeep;
  const used = document.createElement("input"); used.type = "hidden"; used.name = "use"; used.value = told.used || "";
  const meant = (told.suggestions || []).map((each) => { const one = document.createElement("button"); one.name = "use"; one.value = each.use; one.textContent = each.words; return one; });
  row.append(used, again, ...meant); if (told.keep !== false) row.append(keep);
  return row;
}
