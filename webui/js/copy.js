// The copy button beside a new token. Without it the token can still be selected with one tap.

const source = document.querySelector("[data-copy]");
const button = document.querySelector("[data-copies]");
const said = document.querySelector("[data-copied]");

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
    if (said) said.textContent = "Copied";
  } catch {
    if (said) said.textContent = "Selected: copy it from here.";
  }
}

if (source && button) {
  button.hidden = false;
  button.addEventListener("click", copy);
}
