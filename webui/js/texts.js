// What the stage's page says when its script draws it, by the part that says it. Here stand keys of the catalogues; in
// the script of a language (js/stage+de.js) its words stand in their place. So they are sent once, with the script that
// phones keep, and not in every page.

const TEXTS = {
  page: { saved: "voices.saved", often: "voices.often", refused: "voices.refused" },
  line: { live: "stage.live", trying: "stage.trying", lost: "stage.lost" },
  "where-notice": { paused: "places.is_paused", closed: "places.is_closed", ended: "places.is_over" },
  sheet: {
    apple: "welcome.done_apple",
    android: "welcome.android_first" + " " + "welcome.android_then",
    other: "welcome.other_then",
  },
  notices: { info: "notices.info", important: "notices.important", urgent: "notices.urgent" },
  poll: {
    left: "voices.left",
    counting: "voices.counting",
    nobody: "voices.nobody",
    won: "voices.won",
    tie: "voices.tie",
    and: "voices.and",
  },
  now: {
    quietTitle: "stage.quiet_title",
    quietWords: "stage.quiet_words",
    idleTitle: "stage.idle_title",
    idleWords: "stage.idle_words",
    awayTitle: "sets.away_title",
    awayWords: "sets.away_words",
    lockedTitle: "sets.locked_title",
    lockedWords: "sets.locked_words",
  },
  age: { justNow: "stage.just_now" },
  closing: {
    last: "schedule.last_song",
    songs: JSON.stringify("schedule.songs"),
    ends: "schedule.ends_in",
    over: "schedule.ends_now",
  },
  thanks: { thanked: "voices.thanked" },
  remind: { words: "schedule.soon" },
  plan: { tba: "schedule.tba", until: "schedule.until" },
};

// Each part finds its words in its dataset, as on pages that bring them along themselves.
export function speak(page) {
  for (const [name, words] of Object.entries(TEXTS)) {
    const element = page.querySelector(`[data-part="${name}"]`) || page;
    Object.assign(element.dataset, words);
  }
}
