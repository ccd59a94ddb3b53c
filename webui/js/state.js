// What this phone knows of a stage. Pure: no page, no network, no clock; the time comes in as `at_ms`.
//
// apply(state, name, data) -> the state after it; for a name or data it does not know, the very same object. The names
// are the stream's events (`state`, `now`, `session`, `likes`, `listeners`), three of our own: `history` (the list as
// the box has it), `like` (what this phone's owner wants, or what came of it) and `mine` (their likes at the box), and
// those of voiced.js.

import { UNSAID, voiced, withVoices } from "./voiced.js";

const HISTORY_MOST = 30;

export const EMPTY = Object.freeze({
  session: null,
  now: null,
  coming: null, // what the house plays next, and after which play
  listeners: 0,
  history: [], // newest first, without what is on
  liked: {}, // play id -> whether this phone's owner likes it
  missed: false, // whether plays may have come and gone while the line was down
  ...UNSAID,
});

// A track with the moment it began, by this phone's clock; the box's and the phone's clocks need not agree.
function heard(track, at_ms) {
  return { title: "", artist: "", ...track, began_ms: at_ms - (Number(track.age_ms) || 0) };
}

function without(history, play) {
  return history.filter((track) => track.play !== play);
}

function withNow(state, track, at_ms) {
  const before = state.now;
  if (!track) {
    return before ? { ...state, now: null, history: pushed(state.history, before) } : state;
  }
  const now = heard(track, at_ms);
  if (before && before.play === now.play) return { ...state, now };
  const history = before ? pushed(state.history, before) : state.history;
  return { ...state, now, history: without(history, now.play) };
}

function pushed(history, track) {
  return [track, ...without(history, track.play)].slice(0, HISTORY_MOST);
}

function withLikes(state, play, likes) {
  const counted = (track) => (track && track.play === play ? { ...track, likes } : track);
  return { ...state, now: counted(state.now), history: state.history.map(counted) };
}

function likesOf(state, play) {
  const track = [state.now, ...state.history].find((known) => known && known.play === play);
  return track ? Number(track.likes) || 0 : 0;
}

function withLike(state, { play, liked, likes }) {
  const was = state.liked[play] === true;
  const step = was === liked ? 0 : liked ? 1 : -1;
  const count = typeof likes === "number" ? likes : Math.max(0, likesOf(state, play) + step);
  return withLikes({ ...state, liked: { ...state.liked, [play]: liked } }, play, count);
}

function withState(state, data) {
  const next = withVoices(withNow(withSession(state, data.session || null), data.now, data.at_ms), data);
  const changed = (state.now && state.now.play) !== (next.now && next.now.play);
  return { ...next, coming: data.lanes?.coming || null, listeners: Number(data.listeners) || 0, missed: next.missed || changed };
}

// Behind a PIN the list is another one.
function withSession(state, session) {
  const changed = !state.session?.locked !== !session?.locked;
  return { ...state, session, missed: state.missed || changed };
}

function withHistory(state, data) {
  const current = state.now && state.now.play;
  const plays = data.plays.filter((track) => track && track.play !== current).slice(0, HISTORY_MOST);
  return { ...state, history: plays.map((track) => heard(track, data.at_ms)), missed: false };
}

export function apply(state, name, data) {
  if (!data || typeof data !== "object") return state;
  switch (name) {
    case "state":
      return withState(state, data);
    case "now":
      return withNow(state, data.now, data.at_ms);
    case "session":
      return withSession(state, data.session || null);
    case "likes":
      return typeof data.likes === "number" ? withLikes(state, data.play, data.likes) : state;
    case "coming":
      return { ...state, coming: data };
    case "listeners":
      return typeof data.listeners === "number" ? { ...state, listeners: data.listeners } : state;
    case "history":
      return Array.isArray(data.plays) ? withHistory(state, data) : state;
    case "like":
      return withLike(state, data);
    case "mine":
      return { ...state, liked: { ...state.liked, ...data.liked } };
    default:
      return voiced(state, name, data);
  }
}
