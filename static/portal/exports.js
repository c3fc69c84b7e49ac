// Keeps the list of exports fresh while one is being written.
"use strict";

const list = document.getElementById("exports");
const WAIT_MS = 2000;

async function refresh() {
  const answer = await fetch(list.dataset.progress, { headers: { Accept: "text/html" } });
  if (answer.ok && !answer.redirected) list.innerHTML = await answer.text();
  watch();
}

function watch() {
  if (list.querySelector("[data-unfinished]")) setTimeout(refresh, WAIT_MS);
}

watch();
