// What the hall is told, on this phone: shows what matters most, counts it down, says it aloud once, and knows what is
// unread. What is over goes by this phone's own countdown, also when nobody can tell it so.
//
// The lanes are whole each time: `notices` is the stage's, `event_notices` its event's.

import { part, say } from "./now.js";
import { close, closedIds, isUnread, markRead } from "./reading.js";

const LANES = ["notices", "event_notices"];
const SEEN_AFTER_MS = 1_500; // so long on the screen, and it is read
const HUSH_MS = 10_000; // then what was said aloud is taken out of the page again
const RUNGS = ["info", "important", "urgent"];

// The same words as the `left` of pages/parts.html.
export function left(ms) {
  const seconds = Math.ceil(Math.max(0, ms) / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes >= 10 ? `${minutes} min` : `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

const inOrder = (a, b) => RUNGS.indexOf(b.level) - RUNGS.indexOf(a.level) || b.number - a.number;

function received(data) {
  const list = Array.isArray(data.notices) ? data.notices : [];
  return list.map((notice) => ({ ...notice, until_ms: Date.now() + (Number(notice.left_ms) || 0) }));
}

// Once each: the urgent at once, the others when there is a pause. The focus stays where it is.
function speaker() {
  const heard = new Set(); // ids that were said aloud, or stood in the page when it came
  let hush = 0;
  const words = (some) => some.map(({ by, text }) => `${by}: ${text}`).join(" ");

  function speak(list) {
    const fresh = list.filter(({ id }) => !heard.has(id));
    if (!fresh.length) return;
    fresh.forEach(({ id }) => heard.add(id));
    say("notice-called", words(fresh.filter(({ level }) => level === "urgent")));
    say("notice-said", words(fresh.filter(({ level }) => level !== "urgent")));
    clearTimeout(hush);
    hush = setTimeout(() => ["notice-called", "notice-said"].forEach((name) => say(name, "")), HUSH_MS);
  }

  return { speak, know: (list) => list.forEach(({ id }) => heard.add(id)) };
}

export function notices() {
  const section = part("notices");
  const card = part("notice");
  const closing = part("notice-close");
  const voice = speaker();
  const byLane = {};
  const unread = new Set((section.dataset.unread || "").split(" ").map(Number).filter(Boolean));
  let shown = null;
  let shownAt = 0;
  let timer = 0;

  const running = () => Object.values(byLane).flat().filter(({ until_ms }) => until_ms > Date.now()).sort(inOrder);

  function isRead(number) {
    unread.delete(number);
    markRead(number);
  }

  // `inPage`: the server wrote it into the page, so whoever reads that need not be told.
  function take(name, data, inPage = false) {
    for (const lane of LANES) if (data?.lanes?.[lane]) take(lane, data.lanes[lane], inPage);
    if (!LANES.includes(name) || !data) return;
    const list = received(data);
    // Gone before its time: it was taken back, so nobody missed it.
    const gone = (byLane[name] || []).filter(({ id }) => !list.some((one) => one.id === id));
    gone.filter(({ until_ms }) => until_ms > Date.now()).forEach(({ number }) => unread.delete(number));
    byLane[name] = list;
    list.filter(isUnread).forEach(({ number }) => unread.add(number));
    if (inPage) voice.know(list);
    draw();
  }

  function draw() {
    const closed = closedIds();
    const all = running();
    show(all.find(({ id, level }) => level === "urgent" || !closed.has(id)) || null);
    voice.speak(all);
    part("notice-unread").hidden = !unread.size;
    say("notice-count", unread.size);
    if (all.length || unread.size) section.hidden = false;
    clearTimeout(timer);
    timer = all.length ? setTimeout(tick, 1_000) : 0;
  }

  function show(first) {
    if (first?.id !== shown?.id) shownAt = Date.now();
    shown = first;
    const focused = document.activeElement === closing;
    card.hidden = !first;
    closing.hidden = !first || first.level === "urgent";
    if (focused && closing.hidden) section.querySelector("a").focus();
    if (!first) return;
    card.dataset.level = first.level;
    say("notice-level", section.dataset[first.level] || first.level);
    say("notice-by", first.by);
    say("notice-text", first.text);
    say("notice-left", left(first.until_ms - Date.now()));
  }

  function tick() {
    const isOnScreen = document.visibilityState === "visible" && Date.now() - shownAt > SEEN_AFTER_MS;
    if (shown && isOnScreen) isRead(shown.number);
    draw();
  }

  // What came and went while the line was down is in the box's list.
  async function catchUp() {
    const address = `/api/v1/stages/${encodeURIComponent(section.dataset.of)}/announcements`;
    try {
      const answer = await fetch(address, { cache: "no-store" });
      const list = answer.ok ? (await answer.json()).announcements : [];
      list.filter(isUnread).forEach(({ number }) => unread.add(number));
      draw();
    } catch {
      // It is asked again when the line comes back the next time.
    }
  }

  closing.addEventListener("click", () => {
    if (!shown) return;
    close(shown.id);
    isRead(shown.number);
    draw();
  });
  document.addEventListener("visibilitychange", () => {
    shownAt = Date.now();
    if (document.visibilityState === "visible") draw();
  });

  return { take, catchUp };
}
