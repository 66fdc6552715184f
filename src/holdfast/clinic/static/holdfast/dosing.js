// The session page, put together. Without it the page works as plain forms.
import { run } from "./session/clock.js";
import { take } from "./session/forms.js";
import { switches } from "./session/light.js";
import { follow } from "./session/live.js";
import { say } from "./session/page.js";
import { keep, probe } from "./session/queue.js";
import { show } from "./session/waiting.js";

switches();
run();
take();
keep({ change: show, reached: !say.kept });
follow({ connected: probe });
