// A rain of hearts when many tell the DJ something at once. Told are sums over a set, so what is new is the difference;
// who comes late, or was away, sees none of what was before. How they fly is hearts.js' business.

import { fly } from "./hearts.js";

const MANY = 5; // so many within
const SPAN_MS = 3_000; // are a rain
const DROPS_EACH = 4;

export function rain() {
  let known = null; // the sums of the set, as they were told last
  let set = null;
  let recent = []; // what came lately: { at, n }

  return (session, sums) => {
    const before = set === session ? known : null;
    set = session;
    known = { ...sums };
    if (!before) return;
    const now = Date.now();
    const fresh = Object.entries(sums).map(([kind, n]) => [kind, Math.max(0, n - (before[kind] || 0))]);
    const n = fresh.reduce((sum, [, count]) => sum + count, 0);
    recent = [...recent.filter(({ at }) => now - at < SPAN_MS), { at: now, n }];
    if (recent.reduce((sum, one) => sum + one.n, 0) < MANY) return;
    for (const [kind, count] of fresh) fly(kind, count * DROPS_EACH);
  };
}
