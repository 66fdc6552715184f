// The session page, put together. Without it the page works as plain forms.
import { run } from "./session/clock.js";
import { putBack, take } from "./session/forms.js";
import { switches } from "./session/light.js";
import { follow, refresh } from "./session/live.js";
import { drain, keep } from "./session/queue.js";

switches();
run();
take();
keep({ back: putBack, news: refresh });
follow({ connected: drain });
