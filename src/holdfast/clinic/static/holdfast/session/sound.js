// Sound on this device, off until somebody turns it on: a high alarm that nobody has taken on is heard.
import { byId } from "./page.js";
import { remember, remembered } from "./shelf.js";

const EVERY = 10000, PULSES = [0, 0.2, 0.4, 0.75, 0.95]; // s: three and two, as a burst of high priority
let context = null, on = remembered("sound") === "1", last = 0;

const rings = () => on && document.querySelector(".alarm-high:not(.alarm-taken)");

function burst() {
  for (const at of PULSES) {
    const tone = context.createOscillator(), volume = context.createGain(), from = context.currentTime + at;
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0, from); volume.gain.linearRampToValueAtTime(0.4, from + 0.02);
    volume.gain.setValueAtTime(0.4, from + 0.13); volume.gain.linearRampToValueAtTime(0, from + 0.15);
    tone.connect(volume).connect(context.destination); tone.start(from); tone.stop(from + 0.16);
  }
  byId("sound").dataset.bursts = Number(byId("sound").dataset.bursts || 0) + 1;
}

function wake() { if (on) { context ||= new AudioContext(); context.resume(); } }

/** Heard at once, then every ten seconds until somebody takes it on. */
export function listenFor() {
  const at = performance.now();
  if (!rings()) { last = 0; return; }
  if (context?.state !== "running" || (last && at - last < EVERY)) return;
  last = at; burst();
}

/** Give the button its work. A browser lets a page sound only after it was touched. */
export function soundSwitch() {
  const button = byId("sound");
  const show = () => button.setAttribute("aria-pressed", String(on));
  button.onclick = () => { on = !on; remember("sound", on ? "1" : ""); wake(); show(); listenFor(); };
  addEventListener("pointerdown", wake);
  button.hidden = false; show();
  setInterval(listenFor, 500);
}
