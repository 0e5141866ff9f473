// Draws the charts: the kernel sends their specifications once, and their rows as they change.
// `vegaEmbed` comes with the bundle.

// attributes that tell whether a page is light or dark
const LOOKS = ["class", "data-jp-theme-light", "data-vscode-theme-kind", "theme"];

function look(el) {
  const ink = getComputedStyle(el).color;
  const faint = "rgba(128,128,128,0.6)";
  const words = { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12 };
  return {
    background: "transparent",
    view: { stroke: null },
    text: { color: ink },
    axis: { ...words, domainColor: faint, tickColor: faint, grid: false },
    legend: { ...words, symbolBaseFillColor: ink },
  };
}

function isDark(el) {
  const [r, g, b] = getComputedStyle(el).color.match(/\d+/g).map(Number);
  return r + g + b > 384; // light ink
}

class Figure {
  constructor(model, el, name) {
    this.model = model;
    this.el = el;
    this.name = name;
    this.figure = document.createElement("figure");
    this.figure.dataset.chart = name;
    this.caption = document.createElement("figcaption");
    this.plot = document.createElement("div");
    this.figure.append(this.caption, this.plot);
    el.append(this.figure);
    this.say();
  }

  async draw() {
    this.embedded?.finalize();
    this.embedded = null;
    const spec = structuredClone(this.model.get("specs")[this.name]);
    const options = {
      actions: false,
      renderer: this.model.get("renderer"),
      config: look(this.el),
      tooltip: { theme: isDark(this.el) ? "dark" : "light" },
    };
    const embedded = await vegaEmbed(this.plot, spec, options);
    embedded.view.addEventListener("click", (_, item) => {
      // a mark has a place; an axis label reads "3. What is ..."
      const place = item?.datum?.place ?? parseInt(item?.datum?.value);
      if (place > 0) {
        this.model.set("question", place);
        this.model.save_changes();
      }
    });
    this.embedded = embedded;
    this.plot.view = embedded.view;
    this.update();
  }

  // Show the newest rows. Rows that come while drawing are drawn next; older ones never are.
  async update() {
    this.stale = true;
    if (this.busy || !this.embedded) return;
    this.busy = true;
    while (this.stale && this.embedded) {
      this.stale = false;
      const view = this.embedded.view;
      const rows = structuredClone(this.model.get("rows")[this.name] ?? []);
      view.change("rows", view.changeset().remove(() => true).insert(rows));
      const marks = this.model.get("specs")[this.name].params; // only charts of questions have one
      if (marks) view.signal("question", this.model.get("question"));
      await view.resize().runAsync(); // resized, since labels may have become longer
      this.say();
      await new Promise(requestAnimationFrame);
    }
    this.busy = false;
  }

  say() {
    this.caption.textContent = this.model.get("titles")[this.name] ?? "";
    this.plot.setAttribute("role", "img");
    this.plot.setAttribute("aria-label", this.model.get("words")[this.name] ?? "");
  }

  fit() {
    if (!this.embedded || !this.plot.clientWidth) return;
    this.embedded.view.width(this.plot.clientWidth).runAsync();
  }

  close() {
    this.embedded?.finalize();
    this.embedded = null;
    this.figure.remove();
  }
}

function render({ model, el }) {
  el.classList.add("dynscale-live");
  let figures = [];
  let ink = "";

  const build = async () => {
    // outside a page there is no size and no colour
    while (!el.isConnected) await new Promise(requestAnimationFrame);
    figures.forEach((figure) => figure.close());
    ink = getComputedStyle(el).color;
    figures = Object.keys(model.get("specs")).map((name) => new Figure(model, el, name));
    for (const figure of figures) await figure.draw();
  };
  const restyle = () => {
    if (getComputedStyle(el).color === ink) return;
    ink = getComputedStyle(el).color;
    figures.forEach((figure) => figure.draw());
  };
  const update = () => figures.forEach((figure) => figure.update());
  const listeners = { "change:specs": build, "change:rows": update, "change:question": update };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);

  const themes = new MutationObserver(() => setTimeout(restyle, 100));
  for (const host of [document.documentElement, document.body]) {
    themes.observe(host, { attributes: true, attributeFilter: LOOKS });
  }
  const preference = matchMedia("(prefers-color-scheme: dark)");
  preference.addEventListener("change", restyle);
  const sizes = new ResizeObserver(() => figures.forEach((figure) => figure.fit()));
  sizes.observe(el);
  build();

  return () => {
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    themes.disconnect();
    preference.removeEventListener("change", restyle);
    sizes.disconnect();
    figures.forEach((figure) => figure.close());
  };
}

export default { render };
