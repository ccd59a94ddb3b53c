// What dancers say, in what this phone knows of a stage. Pure, as state.js, whose part this is.
//
// The names are the stream's lanes (`tempo`, `poll`, `poll_votes`, `reactions`) and two of our own: `felt` and `answer`,
// what this phone's owner says of the tempo and in a poll, or what came of it.

export const UNSAID = Object.freeze({
  felt: {}, // play id -> this phone's tempo vote, or null
  poll: null, // the one that runs, or the last one's result, with the moments it ends and ended by this phone's clock
  answers: {}, // poll id -> the place of this phone's answer, or null
  reactions: {}, // what the DJ was told in this set, by kind
});

const NONE = Object.freeze({ slower: 0, perfect: 0, faster: 0 });

export const tempoOf = (track) => (track && track.tempo) || NONE;

// A poll with the moments at which it ends and ended; the box's and the phone's clocks need not agree.
function timed(poll, at_ms) {
  if (!poll) return null;
  const ends_ms = typeof poll.left_ms === "number" ? at_ms + poll.left_ms : null;
  return { ...poll, ends_ms, over_at_ms: poll.open ? null : at_ms - (Number(poll.over_ms) || 0) };
}

export function withVoices(state, data) {
  return { ...state, poll: timed(data.poll, data.at_ms), reactions: data.reactions || {} };
}

function withTempo(state, play, tempo) {
  return state.now && state.now.play === play ? { ...state, now: { ...state.now, tempo } } : state;
}

function withFelt(state, { play, vote, tempo }) {
  const was = state.felt[play] || null;
  const counts = { ...tempoOf(state.now) };
  if (was) counts[was] = Math.max(0, counts[was] - 1);
  if (vote) counts[vote] += 1;
  return withTempo({ ...state, felt: { ...state.felt, [play]: vote } }, play, tempo || counts);
}

function withAnswer(state, { poll, option, votes }) {
  const answered = { ...state, answers: { ...state.answers, [poll]: option } };
  if (!state.poll || state.poll.id !== poll) return answered;
  const was = state.answers[poll];
  const step = (place) => (place === option ? 1 : 0) - (place === was ? 1 : 0);
  const counts = votes || state.poll.votes.map((n, place) => Math.max(0, n + step(place)));
  return { ...answered, poll: { ...state.poll, votes: counts } };
}

export function voiced(state, name, data) {
  switch (name) {
    case "tempo":
      return withTempo(state, data.play, data.tempo);
    case "poll":
      return { ...state, poll: timed(data.poll, data.at_ms) };
    case "poll_votes":
      if (!state.poll || state.poll.id !== data.poll || !Array.isArray(data.votes)) return state;
      return { ...state, poll: { ...state.poll, votes: data.votes } };
    case "reactions":
      return { ...state, reactions: data.reactions || {} };
    case "felt":
      return withFelt(state, data);
    case "answer":
      return withAnswer(state, data);
    default:
      return state;
  }
}
