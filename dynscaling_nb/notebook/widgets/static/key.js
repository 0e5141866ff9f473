// A field for an API key. The key goes to the kernel in one message.
// Neither the widget's state nor this page keeps it.

function render({ model, el }) {
  el.classList.add("jupyter-widgets", "widget-inline-hbox", "widget-text");
  const label = document.createElement("label");
  label.className = "widget-label";
  label.textContent = "API key";
  label.style.width = "96px";
  const input = document.createElement("input");
  input.type = "password";
  input.autocomplete = "off";
  input.id = `dynscale-key-${Math.random().toString(36).slice(2)}`;
  label.htmlFor = input.id;
  const tell = () => (input.placeholder = model.get("holds"));
  input.addEventListener("change", () => {
    model.send({ key: input.value });
    input.value = "";
  });
  model.on("change:holds", tell);
  tell();
  el.append(label, input);
  return () => model.off("change:holds", tell);
}

export default { render };
