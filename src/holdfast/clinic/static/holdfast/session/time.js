// What time it is by the server's clock, worked out on the tablet. Pure: the readings of its clocks are arguments.
//
// `anchor` is the last contact: {server, mono, wall}, in ms; server is null where there was none since the page
// began, and `offset` is then what the wall clock was off when last there was one.

const APART = 2000; // ms by which the two clocks may drift apart before one of them is known to be wrong

export const moored = (server, mono, wall) => ({ server, mono, wall, offset: server - wall });

/** The time now and whose clock says so: "server", or the tablet's "own".
 *
 * The monotonic clock stands still while a tablet sleeps; then the wall clock is nearer. One that was put back
 * never counts. */
export function timeOf(anchor, mono, wall) {
  const ran = mono - anchor.mono, went = wall - anchor.wall;
  if (anchor.server === null) return { at: wall + anchor.offset, clock: "own" };
  if (went - ran > APART) return { at: anchor.server + went, clock: "own" };
  return { at: anchor.server + ran, clock: "server" };
}

/** When an entry of this page was noted, now that the server was met; null where that cannot be told. */
export function notedAt(anchor, entry, life) {
  if (entry.life !== life || anchor.server === null) return null;
  const ago = anchor.mono - entry.ticks, went = anchor.wall - entry.wall;
  // A tablet that slept in between, or whose clock was set, does not know how long ago it was.
  return Math.abs(went - ago) > APART ? null : anchor.server - ago;
}
