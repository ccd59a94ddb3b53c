// Says the number while a slider is moved. Without it the number is the one that was set last.

document.addEventListener("input", ({ target }) => {
  const said = target.matches?.("[data-levels]") && target.closest("label").querySelector("[data-level]");
  if (said) said.textContent = target.value;
});
