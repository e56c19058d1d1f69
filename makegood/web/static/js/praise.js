// Sharing a praise: what the chosen way needs, and the picture as it would go out.
const form = document.getElementById("share-form");

function chosen() {
  return form.querySelector("input[name=kind]:checked")?.value || "";
}

function fit() {
  const kind = chosen();
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind);
  if (kind === "picture") draw();
}

function draw() {
  const image = form.querySelector(".praise-picture img");
  const asked = new URLSearchParams({ excerpt: form.elements.excerpt.value, named: form.elements.named.checked ? "1" : "0" });
  image.src = `${form.dataset.picture}?${asked}`;
}

// Where there is no picture, the same address says why in a sentence.
async function explain(image, problem) {
  let said = "";
  try {
    said = await (await fetch(image.src)).text();
  } catch {
    return;
  }
  image.hidden = true;
  problem.hidden = false;
  problem.textContent = said;
}

if (form) {
  let pause = 0;
  const image = form.querySelector(".praise-picture img");
  const problem = form.querySelector(".praise-picture .field-error");
  image.addEventListener("load", () => {
    image.hidden = false;
    problem.hidden = true;
  });
  image.addEventListener("error", () => explain(image, problem));
  form.addEventListener("change", fit);
  form.elements.excerpt.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(fit, 400);
  });
  fit();
}
