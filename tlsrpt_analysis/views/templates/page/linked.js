// Linked views: what is chosen in one filters all others, and every count of the section follows.
const section = document.querySelector("#linked");
const content = section ? JSON.parse(section.querySelector("script").textContent) : null;

const lookAround = () => {
  const words = content.words;
  const noCause = -1;
  const kinds = ["domain", "sender", "cause"];
  const names = {
    domain: content.domains.map(([name]) => name),
    sender: content.senders,
    cause: content.causes.map(([name]) => name),
  };
  const tones = content.causes.map(([, tone]) => tone);
  const last = content.periods.length - 1;
  const chosen = { domain: new Set(), sender: new Set(), cause: new Set() };
  let span = [0, last];

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const made = (kind, className, text) => {
    const node = document.createElement(kind);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  };
  const drawn = (kind, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", kind);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const amount = (count) => count.toLocaleString("en-GB");
  const percent = (part, whole) => {
    const share = part / whole;
    if (part === 0) return "0 %";
    if (part >= whole) return "100 %";
    if (share < 0.001) return words.under;
    if (share > 0.99) return words.over;
    return share < 0.0995 ? `${(100 * share).toFixed(1).replace(".0", "")} %` : `${Math.round(100 * share)} %`;
  };

  // All counts as columns: 150,000 are added up in a few milliseconds.
  const size =
    content.tested.reduce((sum, [, , , counts]) => sum + counts.length, 0) +
    content.refused.reduce((sum, [, , , pairs]) => sum + pairs.length / 2, 0);
  const column = () => new Int32Array(size);
  const cells = { domain: column(), sender: column(), cause: column(), period: column(), count: new Float64Array(size) };
  let filledCells = 0;
  const put = (domain, sender, cause, period, count) => {
    [cells.domain[filledCells], cells.sender[filledCells], cells.cause[filledCells]] = [domain, sender, cause];
    [cells.period[filledCells], cells.count[filledCells]] = [period, count];
    filledCells += 1;
  };
  for (const [domain, sender, first, counts] of content.tested)
    counts.forEach((count, place) => put(domain, sender, noCause, first + place, count));
  for (const [domain, sender, cause, pairs] of content.refused)
    for (let place = 0; place < pairs.length; place += 2) put(domain, sender, cause, pairs[place], pairs[place + 1]);

  const sums = () => {
    const of = (length) => ({ tested: new Float64Array(length), refused: new Float64Array(length) });
    const found = { all: of(1), time: of(content.periods.length) };
    for (const kind of kinds) found[kind] = of(names[kind].length);
    const isIn = (kind) => Uint8Array.from(names[kind], (_, place) => chosen[kind].size === 0 || chosen[kind].has(place));
    const [inDomain, inSender, inCause] = kinds.map(isIn);
    for (let at = 0; at < size; at += 1) {
      const [domain, sender, cause, period, count] = [cells.domain[at], cells.sender[at], cells.cause[at], cells.period[at], cells.count[at]];
      const measure = cause === noCause ? "tested" : "refused";
      const outDomain = 1 - inDomain[domain];
      const outSender = 1 - inSender[sender];
      const outCause = cause === noCause ? 0 : 1 - inCause[cause];
      const outTime = period < span[0] || period > span[1] ? 1 : 0;
      const out = outDomain + outSender + outCause + outTime;
      if (out > 1) continue;
      if (out === 0) found.all[measure][0] += count;
      if (out === outDomain) found.domain[measure][domain] += count;
      if (out === outSender) found.sender[measure][sender] += count;
      if (out === outTime) found.time[measure][period] += count;
      if (out === outCause && cause !== noCause) found.cause.refused[cause] += count;
    }
    found.cause.tested.fill(found.all.tested[0]);
    return found;
  };

  const output = made("output");
  output.setAttribute("aria-live", "polite");
  const views = made("div", "views");
  const rows = {};

  const choices = (kind) => {
    const box = made("section");
    const list = made("ul", "choices");
    list.setAttribute("aria-label", words[kind]);
    list.setAttribute("role", "group");
    box.append(made("h3", "", words[kind]), list);
    rows[kind] = names[kind].map((name, place) => {
      const row = made("button", "choice");
      row.type = "button";
      const [label, track, number] = [made("span", "name", name), made("span", "track"), made("span", "number")];
      const fill = made("span", "fill");
      if (kind === "cause") fill.style.background = tones[place];
      track.append(fill);
      row.append(label, track, number);
      row.addEventListener("click", () => {
        if (!chosen[kind].delete(place)) chosen[kind].add(place);
        update();
      });
      const item = made("li");
      item.append(row);
      list.append(item);
      return { row, fill, number, item, list };
    });
    if (kind === "domain" && content.more) box.append(made("p", "quiet", content.more));
    return box;
  };

  const time = made("section", "time");
  const plot = made("div", "periods");
  const controls = made("div", "controls");
  const reset = made("button", "", words.reset);
  reset.type = "button";
  const dates = ["from", "to"].map((name, end) => {
    const label = made("label", "", `${words[name]} `);
    const input = made("input");
    input.type = "date";
    [input.min, input.max] = [content.periods[0][0], content.periods[last][1]];
    input.addEventListener("change", () => {
      if (!input.value) input.value = content.periods[end ? last : 0][end];
      span[end] = placeOf(input.value);
      update();
    });
    label.append(input);
    controls.append(label);
    return input;
  });
  controls.append(reset);
  const placeOf = (day) => {
    const place = content.periods.findIndex(([, until]) => until >= day);
    return place < 0 ? last : place;
  };
  reset.addEventListener("click", () => {
    for (const kind of kinds) chosen[kind].clear();
    span = [0, last];
    update();
  });
  const svg = drawn("svg", { viewBox: `0 0 ${content.periods.length} 100`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const columns = content.periods.map((_, place) => {
    const bar = drawn("rect", { x: place, width: 0.85, y: 100, height: 0, class: "refused" });
    const hover = drawn("rect", { x: place, width: 1, y: 0, height: 100, class: "hover" });
    const title = drawn("title", {});
    hover.append(title);
    svg.append(bar, hover);
    return { bar, title };
  });
  const [top, zero] = [made("span", "top"), made("span", "zero", "0 %")];
  const middle = Math.floor(last / 2);
  plot.append(svg, top, zero, made("span", "first", content.periods[0][2]), made("span", "last", content.periods[last][2]));
  if (last > 3) plot.append(made("span", "middle", content.periods[middle][2]));
  time.append(made("h3", "", filled(words.time, content)), controls, plot);

  // Drag over the columns to choose them.
  let begun = null;
  const under = (event) => {
    const box = plot.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * content.periods.length);
    return Math.max(0, Math.min(last, place));
  };
  const drag = (event) => {
    const place = under(event);
    span = [Math.min(begun, place), Math.max(begun, place)];
    update();
  };
  plot.addEventListener("pointerdown", (event) => {
    begun = under(event);
    plot.setPointerCapture(event.pointerId);
    drag(event);
  });
  plot.addEventListener("pointermove", (event) => { if (begun !== null) drag(event); });
  for (const end of ["pointerup", "pointercancel"]) plot.addEventListener(end, () => { begun = null; });

  const choiceText = () => {
    const parts = kinds.filter((kind) => names[kind].length > 1 || chosen[kind].size).map((kind) => {
      const [first, ...more] = [...chosen[kind]].map((place) => names[kind][place]);
      if (first === undefined) return words[`all_${kind}`];
      return more.length ? filled(words.and_more, { first, count: more.length }) : first;
    });
    const [start, end] = [content.periods[span[0]][2], content.periods[span[1]][2]];
    parts.push(start === end ? start : filled(words.span, { first: start, last: end }));
    const text = parts.join(", ");
    const isName = chosen.domain.size > 0 || names.domain.length === 1;
    return isName ? text : text[0].toUpperCase() + text.slice(1);
  };

  const say = (found) => {
    const [tested, refused] = [found.all.tested[0], found.all.refused[0]];
    const values = { choice: choiceText(), tested: amount(tested), share: percent(refused, tested), noun: content.noun };
    if (span[0] > span[1]) output.textContent = filled(words.backwards, values);
    else output.textContent = filled(tested ? words.sum : words.nothing, values);
    const [only] = chosen.domain;
    const address = chosen.domain.size === 1 ? content.domains[only][1] : "";
    if (address) {
      const link = made("a", "", filled(words.details, { name: names.domain[only] }));
      link.href = address;
      output.append(link);
    }
  };

  const show = (kind, found) => {
    const shares = names[kind].map((_, place) => (found.tested[place] ? found.refused[place] / found.tested[place] : 0));
    const most = Math.max(...shares, 0.0001);
    rows[kind].forEach(({ row, fill, number, item, list }, place) => {
      const [tested, refused] = [found.tested[place], found.refused[place]];
      const share = tested ? percent(refused, tested) : words.untested;
      fill.style.width = `${(100 * shares[place]) / most}%`;
      number.textContent = share;
      row.title = filled(words.row, { name: names[kind][place], share, tested: amount(tested) });
      row.setAttribute("aria-label", row.title);
      row.setAttribute("aria-pressed", String(chosen[kind].has(place)));
      list.classList.toggle("chosen", chosen[kind].size > 0);
      item.hidden = kind === "cause" && refused === 0 && !chosen.cause.has(place);
    });
  };

  const showTime = ({ tested, refused }) => {
    const shares = columns.map((_, place) => (tested[place] ? refused[place] / tested[place] : 0));
    const most = Math.max(...shares);
    const end = [0.05, 0.1, 0.25, 0.5].find((share) => most <= share) ?? 1;
    top.textContent = `${100 * end} %`;
    columns.forEach(({ bar, title }, place) => {
      const height = (100 * shares[place]) / end;
      bar.setAttribute("y", tested[place] ? 100 - height : 97);
      bar.setAttribute("height", tested[place] ? height : 3);
      const tone = tested[place] ? "refused" : "none";
      bar.setAttribute("class", place < span[0] || place > span[1] ? `${tone} outside` : tone);
      const share = tested[place] ? percent(refused[place], tested[place]) : words.untested;
      title.textContent = filled(words.row, { name: content.periods[place][2], share, tested: amount(tested[place]) });
    });
  };

  const update = () => {
    const found = sums();
    for (const kind of kinds) show(kind, found[kind]);
    showTime(found.time);
    say(found);
    const isAll = span[0] === 0 && span[1] === last && kinds.every((kind) => chosen[kind].size === 0);
    reset.disabled = isAll;
    [dates[0].value, dates[1].value] = [content.periods[span[0]][0], content.periods[span[1]][1]];
  };

  views.append(time);
  for (const kind of kinds) if (kind !== "domain" || names.domain.length > 1) views.append(choices(kind));
    else rows[kind] = [];
  section.append(output, views);
  update();
  section.hidden = false;
};

if (content) lookAround();
