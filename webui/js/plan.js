// What the plan says of a stage, on its page: now and next, how the set ends, and reminders of what was starred.

import { left } from "./notices.js";
import { part, say } from "./now.js";
import { believed, reminder, stars } from "./reminder.js";

const SPREAD_MS = 5_000; // a hall full of phones does not ask in step
export const LANES = ["schedule", "closing", "plan"];

function counted(forms, n, language) {
  let category = "other";
  try {
    category = new Intl.PluralRules(language).select(n);
  } catch {
    // An old browser: the form for many is understood.
  }
  return (forms[category] || forms.other).replace("{n}", n);
}

// How a set comes to its end, drawn into the `closing` part, which brings its words along; also on the DJ's desk.
export function closingLine() {
  const { last, ends, over, songs } = part("closing").dataset;
  const forms = JSON.parse(songs);
  let ends_ms = null;
  let timer = 0;

  function tick() {
    clearTimeout(timer);
    if (ends_ms === null) return;
    const yet = ends_ms - Date.now();
    say("closing-words", yet > 0 ? ends : over);
    say("closing-left", yet > 0 ? left(yet) : "");
    if (yet > 0) timer = setTimeout(tick, 1_000);
  }

  return (data) => {
    const count = typeof data.songs === "number" ? data.songs : null;
    ends_ms = typeof data.ends_in_ms === "number" ? Date.now() + data.ends_in_ms : null;
    part("closing").hidden = count === null && ends_ms === null;
    say("closing-left", "");
    if (count !== null) say("closing-words", count ? counted(forms, count, document.documentElement.lang) : last);
    tick();
  };
}

export function plan() {
  const section = document.querySelector("[data-plan]");
  const { event, until, tba } = section.dataset;
  const stages = JSON.parse(section.dataset.stages);
  const line = closingLine();
  const reminds = reminder((id) => stages[id] || "");
  const nameOf = (slot) => slot.dj || slot.title || tba;
  let mine = JSON.parse(section.dataset.stars);
  let clock = { clock: section.dataset.clock };
  let version = null;
  let asking = 0;

  function draw(name, slot, time) {
    part(`plan-${name}`).hidden = !slot;
    if (!slot) return;
    say(`plan-${name}-name`, nameOf(slot));
    say(`plan-${name}-time`, time(slot));
  }

  function schedule(data) {
    clock = data;
    const sure = believed(data);
    draw("now", sure && data.now, ({ to_time }) => until.replace("{time}", to_time));
    draw("next", sure && data.next, ({ from_time }) => from_time);
    remind();
  }

  function remind() {
    reminds.starred(believed(clock) ? mine.map((slot) => ({ ...slot, name: nameOf(slot) })) : []);
  }

  async function ask() {
    asking = 0;
    const told = await stars(event);
    if (!told) return;
    mine = told.slots;
    clock = told;
    remind();
  }

  // Somebody changed the plan: what was starred may be at another time by now.
  function changed(data) {
    section.hidden = data.plan === 0;
    if (version !== null && version !== data.plan && mine.length && !asking) {
      asking = setTimeout(ask, Math.random() * SPREAD_MS);
    }
    version = data.plan;
  }

  function take(name, data) {
    for (const lane of LANES) if (data?.lanes?.[lane]) take(lane, data.lanes[lane]);
    if (!data || !LANES.includes(name)) return;
    if (name === "schedule") schedule(data);
    else if (name === "closing") line(data);
    else changed(data);
  }

  addEventListener("pageshow", (shown) => shown.persisted && ask());
  return { take };
}
