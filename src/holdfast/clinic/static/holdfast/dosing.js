// The session page, put together. Without it the page works as plain forms.
import { beginKeeping, keepPage } from "./session/kept.js";
import { run } from "./session/clock.js";
import { take } from "./session/forms.js";
import { known } from "./session/known.js";
import { switches } from "./session/light.js";
import { follow } from "./session/live.js";
import { lay } from "./session/overlay.js";
import { say } from "./session/page.js";
import { keep, probe, recorded, stands } from "./session/queue.js";
import { soundSwitch } from "./session/sound.js";
import { show } from "./session/waiting.js";

const draw = () => { show(); lay(); };

switches();
run();
take();
soundSwitch();
follow({ connected: probe });
document.addEventListener("holdfast:regions", () => { recorded(known().recorded); draw(); keepPage(stands()); });
setInterval(draw, 1000);
keep({ change: draw, reached: !say.kept });
beginKeeping().catch(() => { /* forbidden here: the page needs the network to open */ });
