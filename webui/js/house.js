// A stage page's side of what the house asks. The card itself is drawn by a script of its own, next.js, which a page
// gets only once the house plays; the two talk by events of the document.

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`pika:${name}`, { detail }));

// `load(address)` brings a script into the page, `want(word)` takes what the phone's owner says.
export function house(page, { load, want }) {
  let isHere = false;
  document.addEventListener("pika:want", (event) => want(event.detail));

  function asked(ballot) {
    page.dataset.ballot = JSON.stringify(ballot || null);
    if (ballot && !isHere) load(page.dataset.next);
    isHere ||= Boolean(ballot);
    tell("ballot");
  }

  return { asked, heard: (word, result) => tell("heard", { word, result }) };
}
