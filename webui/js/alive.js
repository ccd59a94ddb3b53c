// Small signs that one is not alone: a tap that is felt, and hearts that rise when others like what is on.

import { fly } from "./hearts.js";

const TAP_MS = 12;
const MOST = 4; // of one count, however many came

export function buzz() {
  if (navigator.vibrate && !matchMedia("(prefers-reduced-motion: reduce)").matches) navigator.vibrate(TAP_MS);
}

export function hearts(before, after) {
  if (!before.now || before.now.play !== after.now?.play) return;
  const more = (Number(after.now.likes) || 0) - (Number(before.now.likes) || 0);
  if (more > 0) fly("heart", Math.min(more, MOST));
}
