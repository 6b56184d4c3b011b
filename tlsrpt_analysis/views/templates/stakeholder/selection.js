// The bar at the top: choosing a domain and days filters the page.
const selection = (() => {
  const bar = document.querySelector("#selectors");
  const content = bar ? JSON.parse(bar.querySelector("script").textContent) : null;
  const [domain, since, until] = bar ? bar.querySelectorAll("select, input") : [];
  const [firstDay, lastDay] = content?.days ?? [];

  const choice = () => {
    const name = domain?.value ?? "";
    const from = since?.value || firstDay;
    const to = until?.value || lastDay;
    const allDays = from === firstDay && to === lastDay;
    // the end of a period is excluded; days as text compare like days
    const hasDays = (start, end) =>
      allDays ||
      (from <= to && start !== null && start <= to && (end === null ? start >= from : end > from));
    const outside = (hasDomains, isByDay, kept) => {
      if (kept === 0 && (name || !allDays)) return `Nothing here about ${label()}.`;
      const wide = [];
      if (name && !hasDomains) wide.push("all domains");
      if (!allDays && !isByDay) wide.push("the whole period");
      return wide.length ? `Shows ${wide.join(" and ")}, not only the choice above.` : "";
    };
    const label = () =>
      `${name ? content.domains[Number(name)] : "all domains"}, ${from} to ${to}`;
    return {
      isAll: !name && allDays,
      hasDomain: (value) => !name || value === content.domains[Number(name)],
      hasDays,
      outside,
      mark,
      label,
      counts: ([place, day]) => (!name || place === Number(name)) && hasDays(day, null),
      isEmpty: from > to,
      canChoose: Boolean(bar && firstDay),
      chooseDays,
    };
  };

  // from and to are UTC instants; the last day is the one that ends at the later instant
  const chooseDays = (from, to) => {
    const day = (instant) => new Date(instant).toISOString().slice(0, 10);
    const [start, end] = [Math.min(from, to), Math.max(from, to)];
    [since.value, until.value] = [day(start), day(Math.max(start, end - 1))];
    if (since.value < firstDay) since.value = firstDay;
    if (until.value > lastDay) until.value = lastDay;
    apply();
  };

  const mark = (output, text) => {
    let note = output.querySelector(":scope > .scope");
    if (!note && text) {
      note = document.createElement("p");
      note.className = "scope";
      output.prepend(note);
    }
    if (note) {
      note.textContent = text;
      note.hidden = !text;
    }
  };

  const narrowTable = (box, current) => {
    const rows = [...box.querySelectorAll("tbody tr")];
    const hasDomains = rows.some((row) => row.querySelector("td.policy-domain"));
    const isByDay = rows.some((row) => row.querySelector("td.day"));
    let kept = rows.length ? 0 : 1;
    for (const row of rows) {
      const cell = row.querySelector("td.policy-domain");
      const day = row.querySelector("td.day");
      row.hidden =
        (cell && !current.hasDomain(cell.textContent)) ||
        (day && !current.hasDays(day.textContent, null));
      if (!row.hidden) kept += 1;
    }
    const isChosen = hasDomains && domain.value !== "";
    box.classList.toggle("chosen", isChosen);
    const caption = box.querySelector("caption");
    if (caption) caption.hidden = isChosen && !caption.textContent.includes("The page holds");
    if (!box.closest(".unaffected")) mark(box, current.outside(hasDomains, isByDay, kept));
  };

  const sums = (current) => {
    if (current.isEmpty) return "No day is chosen: the first is after the last.";
    if (!content.rows.length) return current.label();
    let [sessions, failed] = [0, 0];
    for (const row of content.rows.filter(current.counts)) {
      sessions += row[2];
      failed += row[3];
    }
    const share = sessions ? ` (${((100 * failed) / sessions).toFixed(1)} %)` : "";
    const [all, bad] = [sessions, failed].map((count) => count.toLocaleString("en-GB"));
    return `${current.label()}: ${all} sessions reported, ${bad} of them failed${share}.`;
  };

  const apply = () => {
    const current = choice();
    if (bar) {
      bar.querySelector("output").textContent = sums(current);
      bar.querySelector("button").disabled = current.isAll;
      for (const box of document.querySelectorAll(".table, pre.text")) narrowTable(box, current);
    }
    return charts.drawAll(current);
  };

  const begin = () => {
    if (bar && firstDay) {
      content.domains.forEach((name, place) => domain.add(new Option(name, String(place))));
      for (const [input, day] of [[since, firstDay], [until, lastDay]])
        [input.min, input.max, input.value] = [firstDay, lastDay, day];
      bar.hidden = false;
      bar.addEventListener("change", apply);
      bar.querySelector("button").addEventListener("click", () => {
        [domain.value, since.value, until.value] = ["", firstDay, lastDay];
        apply();
      });
    }
    let width = window.innerWidth;
    let waiting = 0;
    window.addEventListener("resize", () => {
      if (window.innerWidth === width) return;
      width = window.innerWidth;
      clearTimeout(waiting);
      waiting = setTimeout(apply, 200);
    });
    return apply();
  };

  return { begin };
})();
