// Goes back to the care page as soon as the box answers again after a restart.

const FIRST_MS = 5_000; // by then what is to go has gone
const AGAIN_MS = 1_000;

const back = document.querySelector("[data-back]");

async function look() {
  try {
    await fetch("/health", { cache: "no-store" });
    location.replace(back.href);
  } catch {
    setTimeout(look, AGAIN_MS);
  }
}

setTimeout(look, FIRST_MS);
