// Drag a rule to its place; the form then tells the server the new order. Without this file the buttons do the same.
(() => {
  const form = document.getElementById("rule-order");
  if (!form) return;
  let dragged = null;
  const ruleAt = (event) => event.target instanceof Element ? event.target.closest("li[draggable]") : null;
  form.addEventListener("dragstart", (event) => {
    dragged = ruleAt(event);
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  form.addEventListener("dragover", (event) => {
    const over = ruleAt(event);
    if (!dragged || !over) return;
    event.preventDefault();
    if (over === dragged) return;
    const box = over.getBoundingClientRect();
    const below = event.clientY > box.top + box.height / 2;
    over.parentNode.insertBefore(dragged, below ? over.nextSibling : over);
  });
  form.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    form.submit();
  });
})();
