"use strict";

// The values of an entry are loaded as a script when it is chosen: a page from a folder
// may load a script, and nothing else.

const told = JSON.parse(document.querySelector("#entries").textContent);
const find = (selector) => document.querySelector(selector);
const choices = Object.fromEntries(
  ["track", "first", "second", "measure"].map((name) => [name, find(`#${name}`)]),
);
const loaded = new Map();
const waiting = new Map();

// Called by the script of an entry.
const taken = (entry) => {
  loaded.set(entry.slug, entry);
};

const load = (slug) => {
  if (loaded.has(slug)) return Promise.resolve(loaded.get(slug));
  if (!waiting.has(slug)) {
    waiting.set(slug, new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = `entries/${encodeURIComponent(slug)}.js`;
      script.addEventListener("load", () => done(loaded.get(slug)));
      script.addEventListener("error", () => {
        waiting.delete(slug);
        failed(new Error(`entries/${slug}.js could not be loaded; render the board again`));
      });
      document.head.append(script);
    }));
  }
  return waiting.get(slug);
};

const track = () => told.tracks[Number(choices.track.value)];
const nameOf = (slug) => track()[3].find(([one]) => one === slug)[1];
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// Digits like those of the other pages; never zeros alone for what is not zero.
const number = (value, decimals) => {
  if (value === null || Number.isNaN(value)) return "—";
  let text = value.toFixed(decimals);
  if (Number(text) === 0) text = Math.abs(value) > 1e-12 ? String(Number(value.toPrecision(2))) : text.replace("-", "");
  return text.replace(/-/g, "−");
};
const signed = (value, decimals) => (value > 0 ? "+" : "") + number(value, decimals);

// Mean of differences and its interval: the error of a mean of clusters, Student's t.
const paired = (one, other, [key, , , sign]) => {
  const rows = told.cases
    .map((name, row) => ({ name, patient: told.patients[row], a: one.values[key]?.[row] ?? null, b: other.values[key]?.[row] ?? null }))
    .filter(({ a, b }) => a !== null && b !== null)
    .map((row) => ({ ...row, less: row.a - row.b, gain: sign * (row.a - row.b) }));
  if (!rows.length) return null;
  const middle = mean(rows.map(({ less }) => less));
  const residuals = new Map();
  for (const { patient, less } of rows) residuals.set(patient, (residuals.get(patient) ?? 0) + less - middle);
  const k = residuals.size;
  let half = NaN;
  if (k > 1) {
    const squares = [...residuals.values()].reduce((sum, value) => sum + value ** 2, 0);
    half = (told.t[k - 2] * Math.sqrt((k / (k - 1)) * squares)) / rows.length;
  }
  const won = rows.filter(({ gain }) => gain > 1e-12).length;
  const lost = rows.filter(({ gain }) => gain < -1e-12).length;
  return {
    rows, middle, low: middle - half, high: middle + half, won, lost, equal: rows.length - won - lost,
    a: mean(rows.map(({ a }) => a)), b: mean(rows.map(({ b }) => b)),
  };
};

const interval = ({ low, high }, decimals) =>
  Number.isNaN(low) ? "—" : `[${number(low, decimals)}, ${number(high, decimals)}]`;

const make = (name, text, parent, attributes = {}) => {
  const svg = ["svg", "rect", "line", "title", "text"].includes(name);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  if (text !== null) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
};

const draw = (found, [, title, unit, sign, decimals]) => {
  const rows = [...found.rows].sort((one, other) => other.gain - one.gain);
  const tall = Math.max(2, Math.min(16, 480 / rows.length));
  const most = Math.max(...rows.map(({ gain }) => Math.abs(gain)), 1e-9);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const height = rows.length * tall;
  svg.setAttribute("viewBox", `0 0 600 ${height}`);
  const x = (gain) => 300 + (290 * gain) / most;
  rows.forEach(({ name, less, gain }, place) => {
    const bar = make("rect", null, svg, {
      class: gain >= 0 ? "first" : "second", x: Math.min(x(gain), 300), y: place * tall,
      width: Math.max(Math.abs(x(gain) - 300), 1), height: Math.max(tall - 1, 1),
    });
    make("title", `${name}: ${signed(less, decimals)}`, bar);
  });
  if (!Number.isNaN(found.low)) {
    const ends = [sign * found.low, sign * found.high].map((end) => Math.min(Math.max(x(end), 2), 598)).sort((p, q) => p - q);
    make("rect", null, svg, { class: "interval", x: ends[0], y: 0, width: Math.max(ends[1] - ends[0], 1), height });
  }
  make("line", null, svg, { x1: 300, x2: 300, y1: 0, y2: height });
  make("line", null, svg, { class: "mean", x1: x(sign * found.middle), x2: x(sign * found.middle), y1: 0, y2: height });
  const bars = find(".bars");
  bars.replaceChildren(svg);
  bars.setAttribute("aria-label", `${title} ${unit}: first better in ${found.won}, second in ${found.lost} of ${rows.length} cases`);
};

const list = (place, title, rows, decimals) => {
  const section = document.querySelectorAll(".wins section")[place];
  section.querySelector("h2").textContent = title;
  const items = section.querySelector("ol");
  items.replaceChildren();
  for (const { name, a, b, less } of rows.slice(0, 8)) {
    make("li", `${name}: ${number(a, decimals)} and ${number(b, decimals)}, ${signed(less, decimals)}`, items);
  }
  if (!rows.length) make("li", "none", items);
};

const show = (one, other) => {
  const [key, , measures] = track();
  const measure = measures[Number(choices.measure.value)];
  const [, title, unit, , decimals] = measure;
  const names = [nameOf(one.slug), nameOf(other.slug)];
  const found = paired(one, other, measure);
  const verdict = find(".verdict");
  find("#result").hidden = false;
  if (!found) {
    verdict.textContent = `No case has a value of ${title} in both.`;
  } else {
    verdict.textContent =
      `${title}: ${signed(found.middle, decimals)} ${unit} ${interval(found, decimals)}, ${names[0]} less ${names[1]}, over ` +
      `${found.rows.length} cases. ${names[0]} is better in ${found.won}, ${names[1]} in ${found.lost}, equal in ${found.equal}.`;
    draw(found, measure);
    const order = [...found.rows].sort((p, q) => q.gain - p.gain);
    list(0, `Where ${names[0]} wins most`, order.filter(({ gain }) => gain > 1e-12), decimals);
    list(1, `Where ${names[1]} wins most`, order.filter(({ gain }) => gain < -1e-12).reverse(), decimals);
  }
  const body = find("tbody");
  body.replaceChildren();
  measures.forEach((each, place) => {
    const row = make("tr", null, body);
    if (place === Number(choices.measure.value)) row.className = "chosen";
    make("th", `${each[1]} ${each[2]} ${each[3] > 0 ? "↑" : "↓"}`, row, { scope: "row" });
    const pair = paired(one, other, each);
    const cells = pair
      ? [number(pair.a, each[4]), number(pair.b, each[4]), signed(pair.middle, each[4]), interval(pair, each[4]), pair.won, pair.lost, pair.equal]
      : Array(7).fill("—");
    for (const cell of cells) make("td", cell, row, { class: "num" });
  });
  document.querySelectorAll("[data-of]").forEach((head) => { head.textContent = names[Number(head.dataset.of)]; });
  find(".ends").hidden = !found;
  const p = one.p[key]?.[other.slug];
  find("#rank-test").textContent = p === undefined ? "" :
    `The ranks of the two over all measures: p ${p < 0.001 ? "< 0.001" : `= ${number(p, 3)}`} (sign-flip test over patients, Holm-corrected for all pairs of the board).`;
};

const refresh = async () => {
  const [first, second] = [choices.first.value, choices.second.value];
  history.replaceState(null, "", `#${[track()[0], first, second, choices.measure.value].map(encodeURIComponent).join("/")}`);
  try {
    const both = await Promise.all([load(first), load(second)]);
    if (first !== choices.first.value || second !== choices.second.value) return;
    find("#failed").hidden = true;
    show(...both);
  } catch (problem) {
    find("#result").hidden = true;
    find("#failed").hidden = false;
    find("#failed").textContent = problem.message;
  }
};

const fill = (select, options, wanted) => {
  select.replaceChildren();
  for (const [value, text] of options) select.add(new Option(text, value));
  if (options.some(([value]) => String(value) === String(wanted))) select.value = wanted;
};

const enter = (first, second, measure) => {
  const [, , measures, entries] = track();
  fill(choices.first, entries, first);
  fill(choices.second, entries, second ?? entries[1]?.[0]);
  fill(choices.measure, measures.map(([, title], place) => [place, title]), measure);
  refresh();
};

fill(choices.track, told.tracks.map(([, title], place) => [place, title]));
const [wanted, ...rest] = location.hash.slice(1).split("/").map(decodeURIComponent);
const place = told.tracks.findIndex(([key]) => key === wanted);
choices.track.value = place >= 0 ? place : told.tracks.length - 1;
choices.track.addEventListener("input", () => enter(choices.first.value, choices.second.value));
for (const name of ["first", "second", "measure"]) choices[name].addEventListener("input", refresh);
find("#swap").addEventListener("click", () => {
  [choices.first.value, choices.second.value] = [choices.second.value, choices.first.value];
  refresh();
});
find(".controls").hidden = false;
enter(...rest);
