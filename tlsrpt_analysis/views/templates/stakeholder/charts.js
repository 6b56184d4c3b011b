// Draws each chart with the chosen rows, narrower in a narrow window.
const charts = (() => {
  const smallestPlot = 70;
  const brush = "chosen_days";
  const characterWidth = 6.6;
  const titleLetters = 1.35;
  const mostAttempts = 3;
  const wellFilled = 0.92;
  const brushedView = "over_time";
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

  // Make the plots as wide as there is room, but not below a readable width.
  const resized = (part, overflow, most) => {
    if (Array.isArray(part)) return part.map((item) => resized(item, overflow, most));
    if (part === null || typeof part !== "object") return part;
    const copy = {};
    for (const [key, value] of Object.entries(part)) {
      if (key === "data" || key === "datasets") copy[key] = value;
      else if (key === "width" && typeof value === "number" && value > smallestPlot)
        copy[key] = Math.max(smallestPlot, Math.floor(value - overflow));
      else if (key === "axis" && value && typeof value.title === "string")
        copy[key] = { ...value, title: wrapped(value.title, most) };
      else copy[key] = resized(value, overflow, most);
    }
    return copy;
  };

  const fitted = (specification, available, overflow) => {
    const most = available / characterWidth;
    const copy = overflow === 0 ? { ...specification } : resized(specification, overflow, most);
    if (copy.title && copy.title.text)
      copy.title = {
        ...copy.title,
        text: wrapped(copy.title.text, most / titleLetters),
        subtitle: wrapped(copy.title.subtitle ?? "", most),
      };
    delete copy.$schema;
    return copy;
  };

  // Keep the rows of the chosen domain and days; rows without domain or day stay.
  const chosen = (specification, choice) => {
    const found = { domains: true, days: true, kept: 0 };
    const rowsOf = (rows) => {
      const columns = new Set(rows.flatMap((row) => Object.keys(row)));
      const hasDomain = columns.has("policy_domain");
      const start = columns.has("day") ? "day" : "start";
      const hasDay = columns.has(start) && (start === "day" || columns.has("end"));
      if (!hasDomain) found.domains = false;
      if (!hasDay) found.days = false;
      const kept = rows.filter(
        (row) =>
          (!hasDomain || choice.hasDomain(row.policy_domain)) &&
          (!hasDay || choice.hasDays(row[start], start === "day" ? null : row.end)),
      );
      found.kept += kept.length;
      return kept;
    };
    const copied = (part, name) => {
      if (Array.isArray(part)) {
        const isRows = name === "values" || name === "rows";
        const areRows = isRows && part.length && part.every((row) => row && typeof row === "object");
        return areRows ? rowsOf(part) : part.map((item) => copied(item, ""));
      }
      if (part === null || typeof part !== "object") return part;
      return Object.fromEntries(
        Object.entries(part).map(([key, value]) => {
          if (key === "datasets")
            return [key, Object.fromEntries(
              Object.entries(value).map(([set, rows]) => [set, copied(rows, "rows")]),
            )];
          return [key, copied(value, key)];
        }),
      );
    };
    return { specification: copied(specification, ""), found };
  };

  // Drawing over days in a chart by day chooses them, too.
  const brushed = (specification) => {
    const named = (part) => {
      if (!part || typeof part !== "object") return null;
      if (String(part.name).startsWith(brushedView)) return part.name;
      return Object.values(part).map(named).find(Boolean) ?? null;
    };
    const view = named([specification.layer, specification.vconcat]);
    if (!view) return specification;
    const select = { type: "interval", encodings: ["x"], zoom: false };
    const params = [...(specification.params ?? []), { name: brush, select, views: [view] }];
    return { ...specification, params };
  };

  const listen = (view, figure, choice) => {
    let drawn = null;
    if (!figure.nextElementSibling?.classList.contains("hint")) {
      const hint = document.createElement("p");
      hint.className = "hint";
      hint.textContent = "Draw over days to choose them for the whole page.";
      figure.after(hint);
    }
    view.addSignalListener(brush, (_, value) => {
      drawn = Object.values(value)[0] ?? null;
    });
    window.addEventListener("pointerup", function ended() {
      if (!view.container()?.isConnected) window.removeEventListener("pointerup", ended);
      else if (drawn) setTimeout(() => drawn && choice.chooseDays(...drawn));
    });
  };

  const draw = async (figure, choice) => {
    const written = JSON.parse(figure.querySelector("script").textContent);
    const { specification: kept, found } = chosen(written, choice);
    const canBrush = choice.canChoose && found.days && found.kept > 0;
    const specification = canBrush ? brushed(kept) : kept;
    choice.mark(figure, choice.outside(found.domains, found.days, found.kept));
    figure.classList.toggle("empty", found.kept === 0 && !choice.isAll);
    const place = document.createElement("div");
    place.className = "living";
    figure.append(place);
    try {
      const available = figure.clientWidth;
      let view = null;
      let overflow = 0;
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        ({ view } = await vegaEmbed(place, fitted(specification, available, overflow), settings));
        const more = place.querySelector("svg").getBoundingClientRect().width - available;
        if (more <= 0 && more > (wellFilled - 1) * available) break;
        overflow += more;
      }
      if (canBrush && view.getState().signals?.[brush]) listen(view, figure, choice);
      for (const old of figure.querySelectorAll("img, .living")) if (old !== place) old.remove();
    } catch (error) {
      place.remove();
      console.warn(`A chart is shown as a picture: ${error.message}`);
    }
  };

  // Draw one after the other; a new choice stops the drawing of an old one.
  let latest = 0;
  const drawAll = async (choice) => {
    latest += 1;
    const current = latest;
    document.documentElement.classList.remove("drawn");
    for (const figure of document.querySelectorAll("figure.chart")) {
      if (current !== latest) return;
      await draw(figure, choice);
    }
    if (current === latest) document.documentElement.classList.add("drawn");
  };

  return { drawAll };
})();
