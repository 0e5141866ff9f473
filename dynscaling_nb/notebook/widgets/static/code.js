// Code to read and to copy.

function render({ model, el }) {
  el.classList.add("dynscale-code");
  const copy = document.createElement("button");
  copy.className = "jupyter-button widget-button";
  copy.textContent = "Copy";
  copy.title = "Copy the code";
  const code = document.createElement("pre");
  code.tabIndex = 0;
  code.setAttribute("aria-label", "Code that does the same");
  const show = () => (code.textContent = model.get("code"));
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(model.get("code"));
      copy.textContent = "Copied";
    } catch {
      // The page may not write to the clipboard; Ctrl+C still can.
      getSelection().selectAllChildren(code);
      copy.textContent = "Selected";
    }
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  model.on("change:code", show);
  show();
  el.append(code, copy);
  return () => model.off("change:code", show);
}

export default { render };
