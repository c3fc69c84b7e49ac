// Runs axe on the page. Its version reads rgb() only and would leave every colour given as oklch() unjudged, and those are
// Unfold's: while it runs, computed colours are told to it as the canvas paints them.
async () => {
  const told = window.getComputedStyle;
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const asRgb = (value) => {
    if (typeof value !== "string" || !/^(oklch|oklab|lch|lab|color)\(/.test(value)) return value;
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = value;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
  };
  const inRgb = (style) => new Proxy(style, {
    get: (target, name) => {
      const value = target[name];
      return typeof value === "function" ? (...words) => asRgb(value.apply(target, words)) : asRgb(value);
    },
  });
  window.getComputedStyle = (...words) => inRgb(told.apply(window, words));
  try {
    return (await axe.run(document, { resultTypes: ["violations"] })).violations;
  } finally {
    window.getComputedStyle = told;
  }
}
