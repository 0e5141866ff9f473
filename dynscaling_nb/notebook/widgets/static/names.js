// Gives the sliders of a panel the names that stand beside them, for people who hear the page.
// The handles have no names of their own.

function render({ el }) {
  el.style.display = "none";
  const name = (root) => {
    for (const slider of root.querySelectorAll(".widget-slider")) {
      const label = slider.querySelector(".widget-label")?.textContent ?? "";
      slider.querySelector(".noUi-handle")?.setAttribute("aria-label", label);
      const readout = slider.querySelector(".widget-readout");
      readout?.setAttribute("role", "textbox");
      readout?.setAttribute("aria-label", `${label}, typed`);
    }
  };
  let observer;
  const begin = () => {
    const root = el.closest(".dynscale-panel");
    if (!root) return requestAnimationFrame(begin); // not in the page yet
    name(root);
    observer = new MutationObserver(() => name(root));
    observer.observe(root, { childList: true, subtree: true });
  };
  begin();
  return () => observer?.disconnect();
}

export default { render };
