// The DJ's desk: who is next, how the set ends, and what was heard before. Every form works without this file.

import { left } from "./notices.js";
import { ago, part, say } from "./now.js";
import { closingLine } from "./plan.js";

export const LANES = ["schedule", "closing"];
const SUGGEST_MS = 30 * 60_000;
const TYPED_MS = 400;
const LOOK_MS = 1_000;

const told = (before, head) => `${head}: ${before.dj}, ${before.stage_name}, ${ago(before.age_ms)}.`;

async function json(address) {
  try {
    const answer = await fetch(address, { cache: "no-store" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// `trouble(words)` says what went wrong.
export function ending({ trouble }) {
  const section = document.querySelector("[data-ending]");
  const { stage, session, dj } = section.dataset;
  const address = `/api/v1/sessions/${encodeURIComponent(session)}/closing`;
  const line = closingLine();
  let next_ms = null;
  let playing; // the play that was looked up last

  function schedule({ now, next, clock }) {
    const at = Date.now();
    part("next").hidden = !next;
    part("no-next").hidden = Boolean(next) || clock === "none";
    next_ms = next ? at + next.begins_in_ms : null;
    if (next) {
      say("next-name", next.dj || next.title || "to be announced");
      say("next-time", next.from_time);
    }
    const own = now?.dj === dj ? now : null;
    part("own").hidden = !own;
    say("own-time", own?.to_time || "");
    part("suggest").hidden = !own || own.ends_in_ms > SUGGEST_MS;
    part("suggest").value = own?.to_time || "";
    say("suggest-time", own?.to_time || "");
    tick();
  }

  function tick() {
    if (next_ms !== null) say("next-in", next_ms > Date.now() ? `in ${left(next_ms - Date.now())}` : "now");
  }

  function closing(data) {
    line(data);
    part("unsay").hidden = part("closing").hidden;
  }

  // Whether what is on was heard at this event before.
  async function look(play) {
    if (play === playing) return;
    playing = play;
    part("repeat").hidden = true;
    const found = play && (await json(`/api/v1/plays/${encodeURIComponent(play)}/before`));
    if (play !== playing || !found?.before) return;
    part("repeat").hidden = false;
    say("repeat-words", told(found.before, "What is on was heard before"));
  }

  function take(name, data) {
    for (const lane of LANES) if (data?.lanes?.[lane]) take(lane, data.lanes[lane]);
    if (!data) return;
    if (name === "schedule") schedule(data);
    if (name === "closing") closing(data);
    if (name === "now" || name === "state") look(data.now?.play || null);
  }

  // While a title is being typed.
  function typing(form) {
    let timer = 0;
    const { title, artist } = form.elements;

    async function ask() {
      const asked = [title.value.trim(), artist.value.trim()];
      const query = new URLSearchParams({ title: asked[0], artist: asked[1] });
      const found = asked.every(Boolean) && (await json(`/api/v1/stages/${encodeURIComponent(stage)}/heard?${query}`));
      if (asked[0] !== title.value.trim() || asked[1] !== artist.value.trim()) return;
      say("typed-repeat", found?.before ? told(found.before, "Heard before") : "");
    }

    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, TYPED_MS);
    });
  }

  section.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-closing]");
    if (!form) return;
    event.preventDefault();
    const said = new FormData(form);
    if (event.submitter?.name) said.set(event.submitter.name, event.submitter.value);
    const body = {};
    if (said.has("songs")) body.songs = Number(said.get("songs"));
    else if (said.has("minutes")) body.within_ms = Number(said.get("minutes")) * 60_000;
    else body.ends_at = said.get("ends_at");
    const options = form.dataset.closing === "unsay" ? { method: "DELETE" } : { method: "PUT", body: JSON.stringify(body) };
    try {
      const headers = { "Content-Type": "application/json", Accept: "application/json" };
      const answer = await fetch(address, { ...options, headers });
      const result = answer.ok ? {} : await answer.json().catch(() => ({}));
      trouble(answer.ok ? "" : [result.detail || "The box did not take this.", result.advice].filter(Boolean).join(" "));
    } catch {
      trouble("The box can’t be reached. Check the Wi-Fi, then try again.");
    }
  });

  setInterval(tick, LOOK_MS);
  return { take, typing };
}
