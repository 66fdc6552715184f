// Light in the room: dim, bright, and a cover under which clocks and queue go on.
import { byId } from "./page.js";

const root = document.documentElement;
let dim = !!localStorage.getItem("holdfast.dim"), light = !dim && !!localStorage.getItem("holdfast.light");

function shine() {
  root.dataset.dim = dim ? "yes" : "no"; root.dataset.theme = light ? "light" : "dark";
  byId("dim").setAttribute("aria-pressed", String(dim)); byId("light").setAttribute("aria-pressed", String(light));
  localStorage.setItem("holdfast.dim", dim ? 1 : ""); localStorage.setItem("holdfast.light", light ? 1 : "");
}

/** Give the buttons their work. */
export function switches() {
  shine();
  byId("dim").onclick = () => { dim = !dim; if (dim) light = false; shine(); };
  byId("light").onclick = () => { light = !light; if (light) dim = false; shine(); };
  byId("cover").onclick = () => byId("covered").showModal();
  byId("uncover").onclick = () => byId("covered").close();
  for (const each of ["dim", "light", "cover"]) byId(each).hidden = false;
}
