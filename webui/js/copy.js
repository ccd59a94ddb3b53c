// The buttons beside a text to carry elsewhere: a new token, a guest's likes. Without them it can be selected by hand.

const source = document.querySelector("[data-copy]");
const button = document.querySelector("[data-copies]");
const sharing = document.querySelector("[data-shares]");
const said = document.querySelector("[data-copied]");

function say(words) {
  if (said) said.textContent = words;
}

function select() {
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

// The clipboard API exists on https only; the old command works everywhere.
async function copy() {
  select();
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(source.textContent.trim());
    else if (!document.execCommand("copy")) throw new Error("refused");
    say(said?.dataset.done || "Copied");
  } catch {
    say(said?.dataset.selected || "Selected: copy it from here.");
  }
}

async function share() {
  try {
    if (navigator.share) await navigator.share({ text: source.textContent.trim() });
  } catch {
    // Whoever closes the sheet again has not lost anything.
  }
}

if (source && button) {
  button.hidden = false;
  button.addEventListener("click", copy);
}
if (source && sharing && "share" in navigator) {
  sharing.hidden = false;
  sharing.addEventListener("click", share);
}
