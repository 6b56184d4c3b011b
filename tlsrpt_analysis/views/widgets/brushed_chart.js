// The chart on which the reader draws an interval of days.
//
// A brush is reported by messages, not as state: the widget manager holds back state while the kernel
// is busy, but no click, so that the brush would overrule a button that was pressed after it.
// Each report has the number of the drawing that it is about, and a drawing by itself reports nothing.
const BRUSH = "chosen_days";
const REPORT_EVERY = 40; // milliseconds

async function render({ model, el }) {
  let shown = null;
  let shownNumber = null;
  let queue = Promise.resolve();
  let released = Promise.resolve();
  let unreported = null;
  let timer = null;

  function note(drawing, value) {
    const ends = Object.values(value ?? {})[0] ?? null;
    unreported = { drawing, ends: ends && [...ends].map(Number) };
    timer ??= setTimeout(report, REPORT_EVERY);
  }

  function report() {
    clearTimeout(timer);
    timer = null;
    if (unreported) {
      model.send(unreported);
      unreported = null;
    }
  }

  function hold() {
    released = new Promise((resolve) => {
      const release = () => {
        report(); // at once: a click may follow before any timer
        setTimeout(resolve); // once Vega has seen that the button is released
      };
      window.addEventListener("pointerup", release, { once: true });
      window.addEventListener("pointercancel", release, { once: true });
    });
  }

  async function draw() {
    const specification = structuredClone(model.get("spec"));
    const number = specification.usermeta.drawing;
    if (number === shownNumber) {
      return; // several changes came while the last one was drawn
    }
    const place = document.createElement("div");
    const drawn = await vegaEmbed(place, specification, { actions: false, renderer: "svg" });
    await released; // the chart before stays until then, so that no drag is cut off
    el.replaceChildren(place);
    shown?.finalize();
    shown = drawn;
    shownNumber = number;
    if ((specification.params ?? []).some((param) => param.name === BRUSH)) {
      shown.view.addSignalListener(BRUSH, (_, value) => note(number, value));
    }
  }

  const enqueue = () => (queue = queue.then(draw).catch((error) => console.error(error)));
  model.on("change:spec", enqueue);
  el.addEventListener("pointerdown", hold);
  await enqueue();
  return () => {
    model.off("change:spec", enqueue);
    shown?.finalize();
  };
}

export default { render };
