"use strict";

// Pictures are loaded when their slice is shown, never before.

const data = JSON.parse(document.querySelector("#slices").textContent);
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const slider = find("#slider");
const order = find("#order");
let chosen = data.slices.map((_, place) => place);

const address = (slice, file) =>
  `${encodeURIComponent(data.slices[slice][0])}/${encodeURIComponent(file)}`;

const picture = (slice, file, words, kind) => {
  const image = new Image();
  image.alt = words;
  image.className = kind;
  image.src = address(slice, file);
  return image;
};

const panel = (title, role, box, part, images) => {
  const figure = document.createElement("figure");
  const stack = document.createElement("div");
  const view = document.createElement("div");
  const caption = document.createElement("figcaption");
  const [left, top, width, height] = part;
  figure.className = role === "fused" ? "own" : "";
  stack.className = "stack";
  stack.style.aspectRatio = `${width} / ${height}`;
  view.className = "view";
  view.style.width = `${(100 * box[0]) / width}%`;
  view.style.height = `${(100 * box[1]) / height}%`;
  view.style.left = `${(-100 * left) / width}%`;
  view.style.top = `${(-100 * top) / height}%`;
  view.append(...images);
  stack.append(view);
  caption.textContent = title;
  figure.append(stack, caption);
  return figure;
};

const outlines = (slice) =>
  all("[data-outline]")
    .filter((tick) => tick.checked)
    .map((tick) => picture(slice, `${tick.dataset.outline}.svg`, `outline, ${tick.dataset.outline}`, "outline"));

// Where the close-up is.
const frame = (box, lesion) => {
  const mark = document.createElement("div");
  mark.className = "frame";
  ["left", "top", "width", "height"].forEach((side, place) => {
    mark.style[side] = `${(100 * lesion[place]) / box[place % 2]}%`;
  });
  return mark;
};

const plain = (slice, part) => {
  const [id, box, lesion, lacks] = data.slices[slice];
  return data.images
    .filter(([name]) => !lacks.includes(name))
    .map(([name, title, role]) =>
      panel(title, role, box, part ?? [0, 0, ...box], [
        picture(slice, `${name}.png`, `${id}, ${title}`, "grey"),
        ...outlines(slice),
        ...(lesion && !part ? [frame(box, lesion)] : []),
      ]),
    );
};

// A row for each source; wide windows have each difference below its image.
const differences = (slice) => {
  const [id, box, , lacks] = data.slices[slice];
  const here = data.images.filter(([name]) => !lacks.includes(name));
  const sources = here.filter(([, , role]) => role === "source");
  const fused = here.filter(([, , role]) => role !== "source");
  return sources.flatMap(([source, other]) =>
      fused.map(([name, title, role], place) => {
        const figure = panel(`${title} − ${other}`, role, box, [0, 0, ...box], [
          picture(slice, `${source}.png`, "", "grey"),
          picture(slice, `${name}.png`, `${id}, difference of ${title} and ${other}`, "grey difference"),
        ]);
        figure.querySelector(".stack").style.filter = `brightness(${find("#gain").value})`;
        if (place === 0) figure.style.setProperty("--start", sources.length + 1);
        return figure;
      }),
    );
};

const digits = (value) =>
  value === null ? "—" : String(value).replace("-", "−");

const tell = (slice) => {
  const rows = data.numbers.map(([title, unit], column) => {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = title;
    text.textContent = `${digits(data.values[column][slice])} ${unit}`.trim();
    row.append(term, text);
    return row;
  });
  find(".numbers")?.replaceChildren(...rows);
};

const show = () => {
  const slice = chosen[Number(slider.value)];
  const empty = slice === undefined;
  find("#none").hidden = !empty;
  find("#pictures").hidden = empty;
  find("#count").textContent = empty ? "0 of 0" : `${Number(slider.value) + 1} of ${chosen.length}`;
  if (empty) return;
  const [id, , lesion] = data.slices[slice];
  slider.setAttribute("aria-valuetext", `${id}, ${Number(slider.value) + 1} of ${chosen.length}`);
  find("#which").textContent = [id, ...data.groups.filter(([title, values]) => title !== "case" && new Set(values).size > 1).map(([, values]) => values[slice])].join(" · ");
  const legend = find(".legend");
  if (legend) legend.hidden = !outlines(slice).length;
  find('[data-view="whole"]').replaceChildren(...plain(slice));
  find('[data-view="lesion"]').replaceChildren(...(lesion ? plain(slice, lesion) : []));
  find("[data-without]").hidden = Boolean(lesion);
  find('[data-view="difference"]')?.replaceChildren(...differences(slice));
  tell(slice);
  history.replaceState(null, "", `#${encodeURIComponent(id)}`);
};

const limit = (name, title) => {
  const text = all(`[data-${name}]`).find((one) => one.dataset[name] === title)?.value ?? "";
  return text === "" ? null : Number(text);
};

const fits = (slice) =>
  all("[data-group]").every(
    (one) => one.value === "" || data.groups[one.dataset.group][1][slice] === one.value,
  ) &&
  data.numbers.every(([title], column) => {
    const value = data.values[column][slice];
    const [least, most] = [limit("least", title), limit("most", title)];
    if (value === null) return least === null && most === null;
    return (least === null || value >= least) && (most === null || value <= most);
  });

// Keeps the slice that is shown, if it is still among the chosen ones.
const choose = (wanted) => {
  chosen = data.slices.map((_, place) => place).filter(fits);
  if (order && order.value !== "") {
    const [column, sign] = order.value.split(" ").map(Number);
    const values = data.values[column];
    const key = (slice) => (values[slice] === null ? Infinity : sign * values[slice]);
    chosen.sort((one, other) => key(one) - key(other) || one - other);
  }
  slider.max = Math.max(chosen.length - 1, 0);
  slider.value = Math.max(chosen.indexOf(wanted), 0);
  show();
};

const step = (by) => {
  slider.value = Number(slider.value) + by;
  show();
};

const setWindow = (moved) => {
  const [low, high] = [find("#low"), find("#high")];
  if (Number(low.value) >= Number(high.value)) {
    if (moved === low) low.value = Number(high.value) - 1;
    else high.value = Number(low.value) + 1;
  }
  const slope = 255 / (high.value - low.value);
  find("#window").textContent = `${low.value} to ${high.value}`;
  for (const part of all("#grey feComponentTransfer > *")) {
    part.setAttribute("slope", slope);
    part.setAttribute("intercept", (-low.value / 255) * slope);
  }
};

// A link names a slice, or a case: then its first slice.
const fromAddress = () => {
  const name = decodeURIComponent(location.hash.slice(1));
  const place = data.slices.findIndex(([id]) => id === name);
  const cases = data.groups.find(([title]) => title === "case");
  return place >= 0 || !cases ? place : cases[1].indexOf(name);
};

for (const one of all("[data-group]")) {
  const values = new Set(data.groups[one.dataset.group][1]);
  for (const value of values) one.add(new Option(value));
  one.closest("label").hidden = values.size < 2;
}
data.numbers.forEach(([title, , better], column) => {
  if (!order) return;
  const [first, other] = better === 0 ? ["lowest", "highest"] : ["worst", "best"];
  const sign = better === 0 ? 1 : better;
  order.add(new Option(`${first} ${title} first`, `${column} ${sign}`));
  order.add(new Option(`${other} ${title} first`, `${column} ${-sign}`));
});
slider.addEventListener("input", show);
find("#previous").addEventListener("click", () => step(-1));
find("#next").addEventListener("click", () => step(1));
find(".choices").addEventListener("input", (event) => {
  if (event.target.closest(".window")) setWindow(event.target);
  else if (event.target.matches("[data-outline], #gain")) show();
  else choose(chosen[Number(slider.value)]);
});
addEventListener("hashchange", () => choose(fromAddress()));
for (const one of all(".panels")) one.style.setProperty("--columns", Math.min(Math.max(data.images.length, 4), 8));
find(".controls").hidden = false;
setWindow(find("#low"));
choose(fromAddress());
