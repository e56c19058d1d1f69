/** The sliders of what counts as a complaint: each says what it costs as it moves. The sentences come with the page. */
for (const part of document.querySelectorAll("[data-cost]")) {
  const range = part.querySelector("input[type=range]");
  const say = part.querySelector("[data-cost-say]");
  const value = part.querySelector("[data-cost-value]");
  const point = part.querySelector("[data-cost-point]");
  const kept = part.querySelector("script[type='application/json']");
  const costs = kept ? JSON.parse(kept.textContent) : {};
  const show = () => {
    value.textContent = range.value;
    const cost = costs[range.value];
    if (!cost) return;
    const [words, x, y] = cost;
    say.textContent = words;
    range.setAttribute("aria-valuetext", words);
    point.setAttribute("cx", x);
    point.setAttribute("cy", y);
  };
  range.addEventListener("input", show);
  // A browser that comes back to the page puts the slider where it was.
  show();
}
