"use strict";
(() => {
  const smallestPlot = 90;
  const characterWidth = 6.6;
  const nothing = () => Promise.reject(new Error("This page fetches nothing."));
  const loader = { load: nothing, sanitize: nothing, http: nothing, file: nothing };
  const settings = {
    actions: false,
    ast: true,
    loader,
    logLevel: 1,
    mode: "vega-lite",
    renderer: "svg",
    tooltip: { theme: "light" },
  };

  const wrapped = (text, most) =>
    String(text).split(" ").reduce((lines, word) => {
      const last = lines[lines.length - 1];
      if (last && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
      return lines;
    }, []);

  // A plot gives way until the chart fits, or until it would no longer be read.
  const narrowed = (part, overflow, most) => {
    if (Array.isArray(part)) return part.map((item) => narrowed(item, overflow, most));
    if (part === null || typeof part !== "object") return part;
    const copy = {};
    for (const [key, value] of Object.entries(part)) {
      if (key === "data" || key === "datasets") copy[key] = value;
      else if (key === "width" && typeof value === "number" && value > smallestPlot)
        copy[key] = Math.max(smallestPlot, value - overflow);
      else if (key === "legend" && value) copy[key] = { ...value, columns: 1 };
      else if (key === "axis" && value && value.title)
        copy[key] = { ...value, title: wrapped(value.title, most) };
      else copy[key] = narrowed(value, overflow, most);
    }
    return copy;
  };

  const fitted = (specification, available, overflow) => {
    const most = available / characterWidth;
    const copy = overflow > 0 ? narrowed(specification, overflow, most / 2) : { ...specification };
    if (copy.title && copy.title.subtitle)
      copy.title = { ...copy.title, subtitle: wrapped(copy.title.subtitle, most) };
    delete copy.$schema;
    return copy;
  };

  const draw = async (figure) => {
    const specification = JSON.parse(figure.querySelector("script").textContent);
    const place = document.createElement("div");
    place.className = "living";
    figure.append(place);
    try {
      const available = figure.clientWidth;
      await vegaEmbed(place, fitted(specification, available, 0), settings);
      const overflow = place.querySelector("svg").getBoundingClientRect().width - available;
      if (overflow > 0) await vegaEmbed(place, fitted(specification, available, overflow), settings);
      for (const old of figure.querySelectorAll("img, .living")) if (old !== place) old.remove();
    } catch (error) {
      place.remove();
      console.warn(`A chart stays a picture: ${error.message}`);
    }
  };

  const drawAll = () =>
    [...document.querySelectorAll("figure.chart")].reduce(
      (before, figure) => before.then(() => draw(figure)),
      Promise.resolve(),
    );

  let width = window.innerWidth;
  let waiting = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 200);
  });
  drawAll().then(() => document.documentElement.classList.add("drawn"));
})();
