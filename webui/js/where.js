// Where the phone is: a break, a closed stage, the end of the event, and which stages there are beside this one.
// Lanes, whole each time: `stage`, and `event` with all its stages.

import { part, say } from "./now.js";

export function where(stage) {
  const notice = part("where-notice");
  let doors = "";
  let phase = "";

  function drawNotice() {
    const text = (phase === "ended" && notice.dataset.ended) || notice.dataset[doors] || "";
    if (notice.textContent.trim() !== text) notice.textContent = text;
    notice.hidden = !text;
  }

  function row({ id, name, dj }) {
    const made = part("where-row").content.firstElementChild.cloneNode(true);
    const link = made.querySelector("a");
    link.href = `/s/${encodeURIComponent(id)}`;
    if (id === stage) link.setAttribute("aria-current", "page");
    say("where-name", name, made);
    say("where-dj", dj || "", made);
    part("where-live", made).hidden = !dj;
    return made;
  }

  function drawStages(stages) {
    const shown = stages.filter(({ id, doors: of }) => id === stage || of !== "closed");
    const list = part("where-stages");
    const held = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    list.replaceChildren(...shown.map(row));
    if (held) Array.from(list.querySelectorAll("a")).find((link) => link.getAttribute("href") === held)?.focus();
    part("where").hidden = shown.length < 2;
  }

  function take(name, data) {
    if (name === "state" && data?.stage) doors = data.stage.doors;
    else if (name === "stage") {
      doors = data.doors;
      say("stage-name", data.name);
    } else if (name === "event") {
      phase = data.phase;
      drawStages(data.stages || []);
    } else return;
    drawNotice();
  }

  return (name, data) => {
    take(name, data);
    // Where streams fail, the state has in it what a stream tells beside it.
    if (name === "state" && data?.lanes?.event) take("event", data.lanes.event);
  };
}
