// What could not be sent is kept here, each entry with the id it was born with.
import { setClock } from "./clock.js";
import { byId, here, put, say } from "./page.js";

const shelf = "holdfast.queue " + here;
let spare = null; // where the browser's store is full or forbidden
export const read = () => { try { return spare || JSON.parse(localStorage.getItem(shelf) || "[]"); } catch { return []; } };
export const write = (list) => { try { localStorage.setItem(shelf, JSON.stringify(list)); spare = null; } catch { spare = list; } shown(); };
export const device = localStorage.getItem("holdfast.device") || crypto.randomUUID();
localStorage.setItem("holdfast.device", device);

let lastSaved = "", signedOut = false, putBack = () => {}, recorded = () => {};

export function shown() {
  const list = read(), box = byId("waiting"), pill = byId("pill");
  box.hidden = !list.length; box.replaceChildren(...list.map(line));
  pill.classList.toggle("is-waiting", list.length > 0);
  if (list.length) put(pill, (signedOut ? say.wordsSignedOut : say.wordsWaiting) + ": " + list.length);
  else if (lastSaved) put(pill, say.wordsSaved + " " + lastSaved);
}

function line(entry) {
  const row = document.createElement("li"), words = document.createElement("span");
  words.textContent = entry.words + (entry.answer ? " — " + entry.answer : "");
  row.append(words);
  if (entry.answer) row.append(backButton(entry));
  return row;
}

function backButton(entry) {
  const back = document.createElement("button");
  back.type = "button"; back.className = "second"; back.textContent = say.wordsBack; back.onclick = () => putBack(entry);
  return back;
}

const token = () => (document.cookie.match(/csrftoken=([^;]+)/) || [])[1] || "";

/** Send one entry; its answer's status and what it tells. Throws without a connection. */
export async function send(entry) {
  const body = new URLSearchParams(entry.fields);
  const answer = await fetch(entry.url, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token() }, redirect: "manual" });
  let told = {}; try { told = await answer.json(); } catch { /* no JSON: judged by its status */ }
  signedOut = answer.status === 403;
  return { status: answer.status, told };
}

export const final = (status) => status === 200 || status === 400 || status === 404 || status === 409 || status === 422;

export function saved(told) { lastSaved = told.saved; if (told.now) setClock(told.now); shown(); }

let draining = false;
/** Send what waits, in order, until something is not answered. */
export async function drain() {
  if (draining) return; draining = true;
  try {
    for (const entry of read().filter((each) => !each.answer)) {
      const { status, told } = await send(entry);
      if (!final(status)) break;
      if (status === 200) { saved(told); write(read().filter((each) => each.id !== entry.id)); recorded(); }
      else write(read().map((each) => (each.id === entry.id ? { ...each, answer: told.sentence || String(status) } : each)));
    }
  } catch { /* still no connection */ }
  draining = false; shown();
}

/** Begin; `back` puts an entry into its form again, `news` is called when something was recorded. */
export function keep({ back, news }) {
  putBack = back; recorded = news;
  addEventListener("online", drain);
  setInterval(() => { if (read().some((each) => !each.answer)) drain(); }, 4000);
  shown(); drain();
}
