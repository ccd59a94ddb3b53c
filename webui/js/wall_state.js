// What a wall knows beside the stage's state: what the hall is told, and the plan; and what it makes of the poll there.
// Pure, as state.js; the time comes in as `at_ms`. Each message is whole, so a missed one does no harm.

const RUNGS = ["info", "important", "urgent"];
export const LANES = ["notices", "event_notices", "poll", "poll_votes", "reactions", "schedule", "closing", "event", "stage"];
const RESULT_MS = 60_000; // so long a poll's result stays on the wall

export const NOTHING = Object.freeze({ told: {}, plan: null });

function timed(list, at_ms) {
  return (Array.isArray(list) ? list : []).map((one) => ({ ...one, until_ms: at_ms + (Number(one.left_ms) || 0) }));
}

function planned(data, at_ms) {
  const slot = (one) => (one ? { ...one, ends_ms: at_ms + one.ends_in_ms } : null);
  return data.now || data.next ? { now: slot(data.now), next: slot(data.next) } : null;
}

export function learn(known, name, data) {
  switch (name) {
    case "state": {
      const beside = Object.entries(data.lanes || {});
      return beside.reduce((next, [lane, said]) => learn(next, lane, { ...said, at_ms: data.at_ms }), known);
    }
    case "notices":
    case "event_notices":
      return { ...known, told: { ...known.told, [name]: timed(data.notices, data.at_ms) } };
    case "schedule":
      return { ...known, plan: planned(data, data.at_ms) };
    default:
      return known;
  }
}

// The one that matters most of what counts now, or null.
export function notice(known, at_ms) {
  const running = Object.values(known.told).flat().filter(({ until_ms }) => until_ms > at_ms);
  running.sort((a, b) => RUNGS.indexOf(b.level) - RUNGS.indexOf(a.level) || b.number - a.number);
  return running[0] || null;
}

// The poll that runs, or for a while its result; else null. `shares` are parts of a hundred.
export function poll({ poll: asked }, at_ms) {
  if (!asked || !Array.isArray(asked.options)) return null;
  const over_ms = asked.over_at_ms ?? (asked.ends_ms !== null && asked.ends_ms < at_ms ? asked.ends_ms : null);
  if (over_ms !== null && at_ms - over_ms > RESULT_MS) return null;
  const votes = asked.options.map((_, place) => Number(asked.votes?.[place]) || 0);
  const total = votes.reduce((sum, n) => sum + n, 0);
  const shares = votes.map((n) => (total ? Math.round((100 * n) / total) : 0));
  return { ...asked, winners: asked.winners || [], shares, running: over_ms === null };
}

// How many of each kind came between two states: what flies over the wall.
export function came(before, after) {
  const found = {};
  for (const [kind, n] of Object.entries(after)) {
    const more = (Number(n) || 0) - (Number(before[kind]) || 0);
    if (more > 0) found[kind] = more;
  }
  return found;
}
