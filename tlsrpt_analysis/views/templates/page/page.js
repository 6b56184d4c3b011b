// Sorts and searches the table, copies lines, and switches the theme; without it all is readable.
const words = JSON.parse(document.querySelector("#words").textContent);
const overview = document.querySelector("#overview");

const button = (text, act) => {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
};

// Sort within each part of the table, so that folded rows stay together.
const keyOf = (row, place, kind) => {
  if (kind === "place") return Number(row.dataset.place);
  const cell = row.cells[place];
  return kind === "number" ? Number(cell.dataset.value) : cell.textContent.trim().toLowerCase();
};

const sortBy = (heading, place, kind) => {
  const isUp = heading.getAttribute("aria-sort") !== "ascending" && (kind !== "number" || heading.hasAttribute("aria-sort"));
  for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", isUp ? "ascending" : "descending");
  for (const body of heading.closest("table").tBodies) {
    if (body.classList.contains("unfold")) continue;
    const rows = [...body.rows].map((row) => [keyOf(row, place, kind), row]);
    rows.sort(([one], [two]) => (one < two ? -1 : one > two ? 1 : 0) * (isUp ? 1 : -1));
    body.append(...rows.map(([, row]) => row));
  }
};

for (const heading of overview?.querySelectorAll("th[data-sort]") ?? []) {
  const place = heading.cellIndex;
  const made = button("", () => sortBy(heading, place, heading.dataset.sort));
  made.append(...heading.childNodes);
  heading.append(made);
}

const search = overview?.querySelector(".search");
if (search) {
  const input = search.querySelector("input");
  const rows = [...overview.querySelectorAll("tbody:not(.unfold) tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  search.hidden = false;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    let found = 0;
    rows.forEach((row, place) => {
      row.hidden = !texts[place].includes(wanted);
      if (!row.hidden) found += 1;
    });
    overview.classList.toggle("searching", wanted !== "");
    overview.querySelector(".nothing").hidden = found > 0;
    search.querySelector("output").textContent = wanted ? `${found.toLocaleString("en-GB")} / ${rows.length.toLocaleString("en-GB")}` : "";
  });
}

const copied = async (made, text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  made.textContent = words.copied;
  setTimeout(() => { made.textContent = words.copy; }, 1500);
};

for (const box of document.querySelectorAll(".code")) {
  const made = button(words.copy, () => copied(made, box.querySelector("pre").textContent));
  box.append(made);
}

// A link into folded details opens them.
const open = () => {
  const target = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  for (let up = target; up; up = up.parentElement) if (up.localName === "details") up.open = true;
  for (const fold of target?.querySelectorAll(":scope > details.all") ?? []) fold.open = true;
};
window.addEventListener("hashchange", open);
open();

const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};
const theme = button(words.theme, () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
});
theme.className = "theme";
document.querySelector("header").prepend(theme);
document.documentElement.classList.add("drawn");
