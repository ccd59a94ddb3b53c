// How the floor feels, on the DJ's desk: the tempo of what is on, and what dancers tell the DJ.

import { part, say } from "./now.js";
import { rain } from "./rain.js";
import { tempoOf } from "./voiced.js";

export function feeling() {
  const section = part("feeling");
  const pour = rain();

  function draw(state) {
    if (!section) return;
    const tempo = tempoOf(state.now);
    const total = tempo.slower + tempo.perfect + tempo.faster;
    for (const vote of ["slower", "perfect", "faster"]) {
      say(`tempo-${vote}`, tempo[vote], section);
      const bar = part(`tempo-${vote}-bar`, section);
      bar.max = Math.max(1, total);
      bar.value = tempo[vote];
    }
    for (const kind of ["thank_you", "fire", "encore"]) say(`reaction-${kind}`, state.reactions[kind] || 0, section);
    pour(state.session && state.session.id, state.reactions);
  }

  return { draw };
}
