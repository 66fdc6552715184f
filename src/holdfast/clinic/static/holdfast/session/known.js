// What the server last told this page of the session, as data: limits, what is due, last values, who may be asked.
import { byId } from "./page.js";

let text = "", value = null;

/** As it stands on the page now. */
export function known() {
  const said = byId("known").textContent;
  if (said !== text) { text = said; value = JSON.parse(said); }
  return value;
}
