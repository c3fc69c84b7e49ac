// The keys of the workbench. Everything that they do, buttons and links do too.
(() => {
  const wb = () => document.getElementById("wb");
  const rows = () => [...document.querySelectorAll("#wb-list [data-row]")];
  const selected = () => rows().findIndex((row) => row.classList.contains("wb-selected"));
  let openFirst = false;

  function select(place) {
    const all = rows();
    if (!all.length) return;
    const row = all[Math.max(0, Math.min(place, all.length - 1))];
    all.forEach((each) => each.classList.toggle("wb-selected", each === row));
    row.querySelector(".wb-open").focus();
  }

  function press(key) {
    const button = document.querySelector(`#wb-order [data-key="${key}"]`);
    if (button) button.click();
    return Boolean(button);
  }

  const actions = {
    "/": () => document.getElementById("wb-q").select(),
    j: () => select(selected() + 1),
    k: () => select(selected() - 1),
    s: () => press("s"),
    u: () => press("u"),
    l: () => press("l"),
    x: () => rows()[selected()]?.querySelector("input[type=checkbox]")?.click(),
    "?": () => document.getElementById("wb-help").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (!wb() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
    if (typing) {
      if (event.key === "Escape") typing.blur();
      return;
    }
    const done = /^[1-9]$/.test(event.key) ? press(event.key) : actions[event.key]?.() !== undefined || event.key in actions;
    if (done) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) document.getElementById("wb-help").showModal();
  });

  document.addEventListener("submit", (event) => {
    openFirst = Boolean(event.target.closest(".wb-search"));
  });

  // A conflict and a refusal come with the fresh state of the order: they are shown like any answer.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([409, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "wb-list" && openFirst) {
      openFirst = false;
      select(0);
      rows()[0]?.querySelector(".wb-open").click();
    } else if (event.target.id === "wb-order") {
      event.target.focus({ preventScroll: true });
      // On a phone the order lies below the whole list.
      if (event.target.getBoundingClientRect().top > window.innerHeight) event.target.scrollIntoView();
      event.target.querySelector("[autofocus]")?.focus();
    }
  });
})();
