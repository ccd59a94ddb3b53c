// What the house plays after what is on. It is known of the play that it was told of, and of no other.

import { part, say } from "./now.js";

export function drawComing({ now, coming }) {
  const is = Boolean(now && coming?.after === now.play);
  part("coming").hidden = !is;
  if (is) say("coming-name", [coming.title, coming.artist].filter(Boolean).join(" – "));
}
