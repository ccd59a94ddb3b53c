// How alive the floor is: the box counts each minute, and draws the line itself; here it is put in its place.

import { part, say } from "./now.js";

const AGAIN_MS = 20_000;

export function floorOf(sessionPath) {
  async function look() {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(`${sessionPath}/floor`, { cache: "no-store" });
      if (!answer.ok) return;
      const { energy, words, line } = await answer.json();
      say("energy", energy ?? "–");
      say("energy-words", words);
      part("energy-line")?.setAttribute("d", line);
    } catch {
      // The line at the top says so already; what stands here is as old as that.
    }
  }

  setInterval(look, AGAIN_MS);
  document.addEventListener("visibilitychange", look);
}
