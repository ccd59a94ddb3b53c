// The line to the box: an event stream, and where streams don't get through, asking every few seconds.
// `lanes`: more events that a page wants. `onEvent(name, data)` hears what arrived, `onLine(line)` how the line is:
// { kind: "live" | "trying" | "lost", words, time, faded, contact }. `known`: where it goes on,
// and when the box was heard. Every timer hangs on one tick, so nothing can run twice.

const EVENTS = "state stage event now session likes listeners tempo poll poll_votes notices event_notices reactions beat".split(" ");
const TICK_MS = 5_000; // also how often the page asks while it has no stream
const SILENT_MS = 40_000; // the box sends a beat every 15 s: two missed, and the stream is dead
const FAILED_OPENS = 3; // then the page asks instead
const RETRY_STREAM_MS = 30_000; // and tries the stream again now and then
const TRYING_MS = 8_000; // so long a broken line is no news
const FADE_MS = 120_000;
const REST_MS = 60_000; // hidden for so long, the page lets go of the stream
const clockTime = (ms) => new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

export function follow({ stream, poll }, { onEvent, onLine, lanes = [], known = {} }) {
  let source = null;
  let lastId = known.id || null; // of the last numbered event: where a new stream goes on
  let received = 0; // events so far
  let fails = typeof EventSource === "function" ? 0 : FAILED_OPENS; // opens in a row that brought nothing
  let contact = known.heard_ms || Date.now(); // the box's last sign of life by either way; the page itself was one
  let streamed = contact; // the stream's last sign of life
  let opened = 0;
  let brokenAt = Date.now(); // since when the line is down, or 0
  let resting = false;
  let restTimer = 0;
  let etag = null;
  let asking = false;

  function alive() {
    contact = Date.now();
    brokenAt = 0;
    tellLine();
  }

  function tellLine() {
    const silent = Date.now() - contact;
    const faded = silent > FADE_MS;
    if (!brokenAt && silent < SILENT_MS) onLine({ kind: "live", words: "Live", faded, contact });
    else if (Date.now() - brokenAt < TRYING_MS) onLine({ kind: "trying", words: "Connecting…", faded, contact });
    else onLine({ kind: "lost", words: "Connection lost – last heard {time}", time: clockTime(contact), faded, contact });
  }

  function take(name, event) {
    received += 1;
    streamed = Date.now();
    fails = -1; // when this stream breaks, that is no open that failed
    etag = null; // what was asked for before is no longer what the page shows
    if (event.lastEventId) lastId = event.lastEventId;
    alive();
    tell(name, event.data, lastId);
  }

  function tell(name, text, id) {
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      return; // half an event from a dying line; the next one is whole
    }
    onEvent(name, data, id);
  }

  function close() {
    if (source) source.close();
    source = null;
  }

  function open() {
    close();
    if (resting || typeof EventSource !== "function") return;
    const url = new URL(stream, location.href);
    if (lastId !== null) url.searchParams.set("last", lastId);
    url.searchParams.set("now", (opened = Date.now())); // a box without internet asks its phones what time it is
    try {
      const mine = (source = new EventSource(url.href));
      for (const name of new Set([...EVENTS, ...lanes])) mine.addEventListener(name, (event) => mine === source && take(name, event));
      mine.onerror = () => mine === source && failed();
    } catch {
      fails = FAILED_OPENS; // some small browsers have streams and forbid them
    }
  }

  // Before the third failure the browser's own retry goes on; a refused stream it gives up on, and the tick reopens.
  function failed() {
    fails += 1;
    brokenAt ||= Date.now();
    if (fails >= FAILED_OPENS || (source && source.readyState === EventSource.CLOSED)) close();
    tellLine();
  }

  async function ask() {
    if (asking || !poll) return;
    asking = true;
    const before = received;
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), TICK_MS * 2);
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(poll, { headers, cache: "no-store", signal: giveUp.signal });
      const text = answer.ok ? await answer.text() : "";
      if (before !== received) return; // the stream is back, and newer
      if (answer.ok || answer.status === 304) alive();
      if (answer.ok) etag = answer.headers.get("ETag");
      if (answer.ok) tell("state", text);
    } catch {
      brokenAt ||= Date.now();
    } finally {
      clearTimeout(timer);
      asking = false;
    }
  }

  function tick() {
    if (resting) return;
    const now = Date.now();
    if (source && now - Math.max(streamed, opened) > SILENT_MS) {
      failed();
      close();
    }
    if (fails >= FAILED_OPENS || now - streamed > SILENT_MS) ask();
    if (!source && (fails < FAILED_OPENS || now - opened > RETRY_STREAM_MS)) open();
    tellLine();
  }

  function rest() {
    resting = true;
    close();
  }

  function wake() {
    if (!resting && source && Date.now() - streamed < SILENT_MS / 2) return;
    resting = false;
    brokenAt = Date.now();
    open();
    tick();
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(restTimer);
    if (document.visibilityState === "hidden") restTimer = setTimeout(rest, REST_MS);
    else wake();
  });
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => event.persisted && wake());
  addEventListener("online", wake);
  setInterval(tick, TICK_MS + Math.random() * 500); // a hall full of phones does not ask in step
  open();
  tellLine();
}
