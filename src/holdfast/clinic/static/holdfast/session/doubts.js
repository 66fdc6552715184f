// The second look that the tablet takes by itself while no server can: unusual values, another kit than the one set aside.
import { words } from "./page.js";

const number = (text) => Number(String(text).replace(",", "."));

/** What a form is asked before it is kept; null where nothing is odd. */
export function doubts(entry, known) {
  const said = Object.fromEntries(entry.fields);
  if (said.keep || said.use) return null; // asked about before: the server put the question, and judges the answer
  if (entry.name === "reading") return impossible(said, known) || unusual(said, known);
  if (entry.name === "dose") return otherKit(said, known);
  return null;
}

const outside = (said, bounds) => Object.keys(bounds).filter((name) => said[name] && !(number(said[name]) >= bounds[name][0] && number(said[name]) <= bounds[name][1]));

function impossible(said, known) {
  const [field] = outside(said, known.possible);
  if (field) return { sentence: words.impossible.replace("%", said[field]), field };
  if (!Object.keys(known.possible).some((name) => said[name])) return { sentence: words.noValue, field: "systolic" };
  if (said.systolic && said.diastolic && number(said.diastolic) >= number(said.systolic)) return { sentence: words.swapped, field: "diastolic" };
  return null;
}

function unusual(said, known) {
  const odd = outside(said, known.usual);
  return odd.length ? { sentence: words.unusual, questions: Object.fromEntries(odd.map((name) => [name, said[name]])) } : null;
}

function otherKit(said, known) {
  const meant = known.kits[said.step];
  return meant === said.kit ? null : { sentence: words.otherKit.replace("%", meant || "–"), questions: { kit: said.kit } };
}
