"use strict";

// Without this script the page is complete: tables are in the order of their ranks.
// It adds sorting by any column, and a filter of tracks and entries.

const numberOf = (cell) => {
  const text = cell.dataset.value;
  return text === undefined || text === "" ? NaN : Number(text);
};

// Order of two rows by a column; what has no value comes last in either direction.
const byColumn = (place, kind, sign) => (left, right) => {
  const a = left.cells[place];
  const b = right.cells[place];
  if (kind === "text") {
    const [one, two] = [a.dataset.value ?? "", b.dataset.value ?? ""];
    if (!one || !two) return Number(!one) - Number(!two);
    return sign * one.localeCompare(two, "en", { numeric: true, sensitivity: "base" });
  }
  const [one, two] = [numberOf(a), numberOf(b)];
  if (Number.isNaN(one) || Number.isNaN(two)) {
    return Number(Number.isNaN(one)) - Number(Number.isNaN(two));
  }
  return sign * (one - two || 0);
};

const makeSortable = (table) => {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const order = [...body.rows];
  const announced = table.closest("section").querySelector("[data-sorted]");
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.append(...head.querySelector("[data-title]").childNodes);
    head.querySelector("[data-title]").replaceChildren(button);
    button.addEventListener("click", () => {
      const first = head.dataset.first;
      const other = first === "ascending" ? "descending" : "ascending";
      const direction = head.getAttribute("aria-sort") === first ? other : first;
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", direction);
      const sign = direction === "ascending" ? 1 : -1;
      // From the order of ranks, so that ties stand as they did there.
      body.append(...[...order].sort(byColumn(place, head.dataset.kind, sign)));
      announced.textContent = `Sorted by ${button.textContent.trim()}, ${direction}.`;
    });
  });
};

document.querySelectorAll(".standings table").forEach(makeSortable);

const controls = document.querySelector(".controls");
if (controls) {
  const search = controls.querySelector("input[type=search]");
  const count = controls.querySelector("output");
  const items = [...document.querySelectorAll("[data-search]")];
  const sections = [...document.querySelectorAll("section[data-track]")];

  const refresh = () => {
    const words = search.value.toLocaleLowerCase("en").split(/\s+/).filter(Boolean);
    const track = controls.querySelector("input[type=radio]:checked")?.value ?? "";
    for (const section of sections) {
      section.hidden = track !== "" && section.dataset.track !== track;
    }
    for (const item of items) {
      const text = item.dataset.search.toLocaleLowerCase("en");
      item.hidden = !words.every((word) => text.includes(word));
    }
    const names = (some) => new Set(some.map((item) => item.dataset.entry)).size;
    const seen = items.filter((item) => !item.hidden && !item.closest("section[hidden]"));
    const all = names(items);
    count.textContent = `${names(seen)} of ${all} ${all === 1 ? "entry" : "entries"}`;
  };

  controls.addEventListener("input", refresh);
  controls.hidden = false;
  refresh();
}
