// A range with two native sliders, each with a label that screen readers read out.
const ENDS = ["at least", "at most"];
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

function render({ model, el }) {
  const description = model.get("description");
  const group = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = description;
  const shown = document.createElement("output");
  const inputs = ENDS.map((end) => {
    const input = document.createElement("input");
    input.type = "range";
    input.min = model.get("min");
    input.max = model.get("max");
    input.setAttribute("aria-label", `${description}, ${end}`);
    return input;
  });

  function read() {
    const value = model.get("value");
    inputs.forEach((input, place) => {
      input.value = value[place];
      input.disabled = model.get("disabled");
    });
    shown.textContent = value.join(" – ");
  }

  function write(place) {
    const value = inputs.map((input) => Number(input.value));
    if (value[0] > value[1]) {
      value[1 - place] = value[place]; // the other end is pushed along
    }
    model.set("value", value);
    model.save_changes();
    read();
  }

  function press(event, place) {
    const step = STEPS[event.key];
    if (step) { // a notebook would take the arrow keys for itself
      event.preventDefault();
      event.stopPropagation();
      inputs[place].value = Number(inputs[place].value) + step;
      write(place);
    }
  }

  inputs.forEach((input, place) => {
    input.addEventListener("input", () => write(place));
    input.addEventListener("keydown", (event) => press(event, place));
  });
  model.on("change:value", read);
  model.on("change:disabled", read);
  group.append(legend, ...inputs, shown);
  el.append(group);
  read();
}

export default { render };
