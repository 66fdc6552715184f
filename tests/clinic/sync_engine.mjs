// Runs the pages' own queue for the tests: a line of JSON in, a line out.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const { fresh, next, standing, step } = await import(pathToFileURL(folder + "/sync.js"));
const { moored, notedAt, timeOf } = await import(pathToFileURL(folder + "/time.js"));
const { dueNow, judge, taken } = await import(pathToFileURL(folder + "/limits.js"));
const pages = new Map();

const ops = {
  open: ({ page, life, person }) => { pages.set(page, fresh({ life, person })); return {}; },
  step: ({ page, event }) => {
    const [state, todo] = step(pages.get(page), event);
    pages.set(page, state);
    return { todo, standing: standing(state), entries: state.entries };
  },
  next: ({ page }) => ({ id: next(pages.get(page))?.id ?? null }),
  time: ({ anchor, mono, wall }) => timeOf(anchor, mono, wall),
  moor: ({ server, mono, wall }) => moored(server, mono, wall),
  judge: ({ state, reading }) => { const [after, rings] = judge(state, reading); return { state: after, rings }; },
  taken: ({ state, code, ack }) => ({ state: taken(state, code, ack) }),
  due: ({ rows, answered, at, late }) => dueNow(rows, answered, at, late),
  noted: ({ anchor, entry, life }) => ({ at: notedAt(anchor, entry, life) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...given } = JSON.parse(line);
  process.stdout.write(JSON.stringify(ops[op](given)) + "\n");
}
