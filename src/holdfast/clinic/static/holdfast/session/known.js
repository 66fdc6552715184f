// What the server last told this page of the session, as data: limits, what is due, last values, alarms.
import { byId } from "./page.js";

const texts = { known: "", rules: "" };
let value = {};

/** As it stands on the page now. */
export function known() {
  for (const name of ["rules", "known"]) {
    const said = byId(name)?.textContent || "{}";
    if (said === texts[name]) continue;
    texts[name] = said; value = { ...value, ...read(JSON.parse(said)) };
  }
  return value;
}

const read = (told) => (told.due ? { ...told, due: told.due.map(([minute, at, state]) => ({ minute, at, state })) } : told);
