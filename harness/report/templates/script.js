"use strict";
/* Everything here adds to a page that answers without it: hiding optimizers, sorting, a live chart, what is packed. */
(async () => {
  const NS = "http://www.w3.org/2000/svg";
  const AXES = { iterations: "iterations", passes: "passes over the data", seconds: "seconds", cpu: "CPU seconds" };
  const get = (id) => document.getElementById(id);
  const make = (tag, attributes, parent, text) => {
    const node = document.createElement(tag);
    for (const name in attributes || {}) node.setAttribute(name, attributes[name]);
    if (text !== undefined) node.textContent = text;
    if (parent) parent.append(node);
    return node;
  };
  const data = JSON.parse(get("data").textContent);
  const unpack = async () => {
    const bytes = Uint8Array.from(atob(get("pack").textContent), (c) => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
  };
  /* Nothing in a browser that cannot unpack: what is packed stands in files beside the page. */
  const packed = await unpack().catch(() => null);

  /* Curves: costs and gaps as differences of steps of their logarithm, shares as differences of thousandths. */
  const sums = (codes, value) => {
    let sum = 0;
    return codes.map((code) => (code === null ? null : code === false ? 0 : value((sum += code))));
  };
  const costs = (codes) => sums(codes, (step) => +(10 ** (step / data.steps[0])).toPrecision(3));
  const gaps = (codes) => sums(codes, (step) => 10 ** (step / data.steps[1]));
  const shares = (codes) => codes && sums(codes, (share) => share / 1000);
  if (packed) {
    for (const axis of Object.values(packed.runtimes)) {
      axis.x = costs(axis.x);
      for (const line of axis.lines) [line.y, line.l, line.h] = [line.y, line.l, line.h].map(shares);
    }
    data.problems.forEach((problem, i) => {
      problem.series = packed.series[i];
      for (const one of problem.series) {
        for (const axis in AXES) if (one[axis]) one[axis] = one[axis].map((codes, i) => (i ? gaps(codes) : costs(codes)));
      }
    });
  }

  /* `at` is the part of the page that the address leads to, `sort` the column of each sorted table. */
  const fresh = () => ({ at: "explore", p: "", x: data.axis, sx: true, sy: true, all: false, hide: new Set(), sort: new Map() });
  let state = fresh();

  /* The state lives in the address, so that every view has a link. */
  const address = () => {
    const parts = [state.at];
    if (state.p) parts.push("p=" + encodeURIComponent(state.p));
    if (state.x !== data.axis) parts.push("x=" + state.x);
    if (!state.sx) parts.push("sx=linear");
    if (!state.sy) parts.push("sy=linear");
    if (state.all) parts.push("all=1");
    if (state.hide.size) parts.push("hide=" + [...state.hide].sort((a, b) => a - b).join("."));
    for (const [name, { column, up }] of state.sort) parts.push(`sort=${encodeURIComponent(name)}.${column}.${up ? "up" : "down"}`);
    return "#" + parts.join("&");
  };
  const read = () => {
    const parts = location.hash.slice(1).split("&");
    if (!get(parts[0]) || (parts[0] !== "explore" && parts.length < 2)) return false;
    state = fresh();
    state.at = parts[0];
    for (const part of parts.slice(1)) {
      const [key, value] = [part.split("=")[0], decodeURIComponent(part.split("=")[1] || "")];
      if (key === "p" && data.problems.some((problem) => problem.id === value)) state.p = value;
      if (key === "x" && value in AXES) state.x = value;
      if (key === "sx") state.sx = value !== "linear";
      if (key === "sy") state.sy = value !== "linear";
      if (key === "all") state.all = true;
      if (key === "sort") {
        const [, name, column, order] = value.match(/^(.+)\.(\d+)\.(up|down)$/) || [];
        if (name) state.sort.set(name, { column: +column, up: order === "up" });
      }
      if (key === "hide") {
        for (const place of value.split(".").map(Number)) if (data.optimizers[place]) state.hide.add(place);
      }
    }
    return true;
  };

  const sheet = make("style", {}, document.head);
  const hide = () => {
    const rules = [...state.hide].map((place) => `.o${place},tr[data-o="${place}"]{display:none}`);
    sheet.textContent = rules.join("");
    for (const chip of get("legend").children) chip.setAttribute("aria-pressed", !state.hide.has(+chip.dataset.place));
  };

  const number = (value) => {
    if (value === null || value === undefined) return "none";
    if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) return value.toExponential(2).replace("e+", "e");
    return String(+value.toPrecision(3));
  };

  /* What is drawn now: lines with x, y, and a band where there is one. */
  const lines = () => {
    const shown = (place) => !state.hide.has(place);
    const name = (place, setting) => data.optimizers[place][0] + (setting ? " " + setting : "");
    if (!state.p) {
      const all = packed.runtimes[state.x];
      return all.lines.filter((line) => shown(line.o)).map((line) => ({
        o: line.o, name: name(line.o), setting: "", best: true, x: all.x, y: line.y, low: line.l, high: line.h,
      }));
    }
    const problem = data.problems.find((other) => other.id === state.p);
    return problem.series.filter((one) => shown(one.o) && (one.best || state.all)).map((one) => {
      const [x, y, low, high] = one[state.x] || [[], []];
      return { o: one.o, name: name(one.o, one.c), setting: one.c, best: !!one.best, x, y, low, high, level: one.level };
    });
  };

  const scale = (isLog, low, high, from, to) => {
    const f = isLog ? Math.log10 : (value) => value;
    const [a, b] = [f(low), f(high)];
    const at = (value) => from + ((f(value) - a) / (b - a || 1)) * (to - from);
    at.inverse = (place) => {
      const value = a + ((place - from) / (to - from)) * (b - a);
      return isLog ? 10 ** value : value;
    };
    at.ticks = [];
    if (isLog) {
      const few = b - a < 2.5;
      const every = Math.max(1, Math.ceil((b - a) / 7));
      for (let e = Math.floor(a); e <= Math.ceil(b); e += 1) {
        for (const m of few ? [1, 2, 5] : [1]) {
          const value = m * 10 ** e;
          if (value >= low * 0.999 && value <= high * 1.001 && (few || e % every === 0)) at.ticks.push(value);
        }
      }
    } else {
      const rough = (high - low) / 5 || 1;
      const size = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map((m) => m * size).find((s) => s >= rough * 0.999);
      for (let value = Math.ceil(low / step - 1e-9) * step; value <= high * (1 + 1e-9); value += step) at.ticks.push(value);
    }
    return at;
  };

  const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
  let cursor = null;
  let view = null;

  const valueAt = (line, cost) => {
    let at = -1;
    line.x.forEach((other, i) => { if (other !== null && other <= cost) at = i; });
    return at < 0 ? null : line.y[at];
  };
  /* Draws into a new element; `theme` 2 is light, 3 is dark, as in the table of colours. */
  const draw = (width, theme) => {
    const all = lines();
    const problem = data.problems.find((other) => other.id === state.p);
    const ink = theme === 3 ? { text: "#e6e8eb", quiet: "#a4abb3", grid: "#292e35", paper: "#171a1f" }
      : { text: "#1f2328", quiet: "#57606a", grid: "#e9ecef", paper: "#ffffff" };
    const height = Math.round(Math.min(460, Math.max(300, width * 0.55)));
    const svg = document.createElementNS(NS, "svg");
    const put = (tag, attributes, text, parent) => {
      const node = document.createElementNS(NS, tag);
      for (const name in attributes) node.setAttribute(name, attributes[name]);
      if (text !== undefined) node.textContent = text;
      (parent || svg).append(node);
      return node;
    };
    for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}`, "font-family": "system-ui, sans-serif", "font-size": 13 })) svg.setAttribute(name, value);
    put("rect", { width, height, fill: ink.paper });
    const xs = all.flatMap((line) => line.x).filter((x) => x !== null && (!state.sx || x > 0));
    const ys = all.flatMap((line) => [...line.y, ...(line.high || []), line.level]).filter((y) => y > 0);
    if (!xs.length) {
      put("text", { x: width / 2, y: height / 2, fill: ink.quiet, "text-anchor": "middle" }, "Nothing to show");
      return { svg, all: [] };
    }
    const isLogY = state.sy && !!state.p;
    const names = width > 560;
    const right = width - (names ? Math.min(190, 30 + 7.2 * Math.max(...all.filter((l) => l.best).map((l) => data.optimizers[l.o][0].length), 4)) : 14);
    const floor = state.p ? problem.floor : 0;
    const [low, high] = [Math.min(...xs), Math.max(...xs)];
    const x = scale(state.sx, state.sx ? low : 0, high, 58, right);
    const top = state.p ? Math.max(...ys) : 1;
    const bottom = state.p ? (isLogY ? Math.max(Math.min(...ys), problem.floor) / 1.4 : 0) : 0;
    const y = scale(isLogY, bottom, state.p ? top * (isLogY ? 1.4 : 1.03) : 1, height - 44, 28);
    const title = state.p ? "loss − best known loss, nats per row (median, 25–75 %)" : "share of (run, target) pairs reached";
    put("text", { x: 8, y: 16, fill: ink.quiet }, title);
    put("text", { x: (58 + right) / 2, y: height - 6, fill: ink.quiet, "text-anchor": "middle" }, AXES[state.x]);
    for (const tick of y.ticks) {
      put("path", { d: `M58 ${y(tick)}H${right}`, stroke: ink.grid });
      put("text", { x: 52, y: y(tick) + 4, fill: ink.quiet, "text-anchor": "end" }, number(tick));
    }
    for (const tick of x.ticks) {
      put("path", { d: `M${x(tick)} 28V${height - 44}`, stroke: ink.grid });
      put("text", { x: x(tick), y: height - 26, fill: ink.quiet, "text-anchor": "middle" }, number(tick));
    }
    if (state.p && problem.target >= bottom && problem.target <= top) {
      put("path", { d: `M58 ${y(problem.target)}H${right}`, stroke: ink.quiet, "stroke-dasharray": "4 3" });
      put("text", { x: 62, y: y(problem.target) + 14, fill: ink.quiet, "font-size": 12 }, "target");
    }
    /* A gap of 0 lies below the floor: a line ends where it meets it, a band goes on as long as its upper edge. */
    const path = (line, values, upper) => {
      let d = "";
      let on = false;
      let ended = false;
      line.x.forEach((cost, i) => {
        const value = values[i];
        const ok = cost !== null && value !== null && (!state.sx || cost > 0) && !ended;
        if (ok) d += `${on ? "L" : "M"}${x(cost).toFixed(1)} ${y(Math.max(value, floor, bottom)).toFixed(1)}`;
        on = ok;
        ended = !!state.p && (upper || values)[i] === 0;
      });
      return d;
    };
    const end = (values) => {
      const at = state.p ? values.indexOf(0) : -1;
      return at < 0 ? values.length : at + 1;
    };
    /* Lines on each other take turns in dashes. */
    const places = (line) => [...Array(33).keys()].map((i) => valueAt(line, x.inverse(58 + (i * (right - 58)) / 32)));
    const groups = [];
    for (const line of all.filter((one) => one.best && one.level === undefined)) {
      const at = places(line).map((value) => (value === null ? null : y(Math.max(value, floor, bottom))));
      const same = groups.find((group) => group.at.every((other, i) => other === at[i] || Math.abs(other - at[i]) < 1));
      if (same) same.lines.push(line); else groups.push({ at, lines: [line] });
    }
    const dashes = (line) => {
      const group = groups.find((one) => one.lines.includes(line) && one.lines.length > 1);
      return group ? { "stroke-dasharray": `10 ${10 * (group.lines.length - 1)}`, "stroke-dashoffset": -10 * group.lines.indexOf(line) } : {};
    };
    const ends = [];
    for (const line of [...all].sort((a, b) => a.best - b.best)) {
      const color = data.optimizers[line.o][theme];
      const group = put("g", { class: "line", "data-name": line.name });
      if (line.level !== undefined) {
        if (line.level !== null) put("path", { d: `M58 ${y(Math.max(line.level, bottom))}H${right}`, stroke: color, "stroke-dasharray": "5 4" }, undefined, group);
        continue;
      }
      if (line.low && line.best) {
        const there = path(line, line.high);
        const shown = end(line.high);
        const back = path({ x: line.x.slice(0, shown).reverse() }, line.low.slice(0, shown).reverse(), [1]).replace(/^M/, "L");
        if (there && back && !there.includes("M", 1) && !back.includes("M")) put("path", { d: `${there}${back}Z`, fill: color, opacity: 0.15 }, undefined, group);
      }
      put("path", { d: path(line, line.y), fill: "none", stroke: color, "stroke-width": line.best ? 2.4 : 1.1, opacity: line.best ? 1 : 0.55, "stroke-linejoin": "round", ...dashes(line) }, undefined, group);
      const last = line.y.slice(0, end(line.y)).reduce((found, value, i) => (value === null ? found : i), -1);
      if (last >= 0 && line.best) ends.push({ place: line.o, at: y(Math.max(line.y[last], floor, bottom)), color });
    }
    ends.sort((a, b) => a.at - b.at);
    for (let i = 1; i < ends.length; i += 1) ends[i].at = Math.max(ends[i].at, ends[i - 1].at + 16);
    for (let i = ends.length - 1, limit = height - 46; i >= 0; i -= 1, limit -= 16) ends[i].at = Math.min(ends[i].at, limit);
    if (names) {
      for (const end of ends) {
        put("text", { x: right + 8, y: end.at + 4, fill: end.color }, data.optimizers[end.place][1]);
        put("text", { x: right + 24, y: end.at + 4, fill: ink.text }, data.optimizers[end.place][0]);
      }
    }
    const rule = put("path", { d: "", stroke: ink.text, opacity: 0.6 });
    return { svg, all, x, y, right, rule, height };
  };

  const point = () => {
    const out = get("values");
    if (!view || !view.x || cursor === null) { out.textContent = ""; if (view && view.rule) view.rule.setAttribute("d", ""); return; }
    const place = Math.min(view.right, Math.max(58, cursor));
    const cost = view.x.inverse(place);
    view.rule.setAttribute("d", `M${place} 28V${view.height - 44}`);
    const sign = state.p ? 1 : -1;
    const found = view.all.filter((line) => line.level === undefined).map((line) => [line, valueAt(line, cost)]).filter((pair) => pair[1] !== null);
    found.sort((a, b) => sign * (a[1] - b[1]));
    out.textContent = "";
    make("b", {}, out, `${number(cost)} ${AXES[state.x]}`);
    for (const [line, value] of found.slice(0, 14)) {
      const item = make("span", {}, out);
      make("span", { class: "mark", style: `color:${data.optimizers[line.o][isDark() ? 3 : 2]}`, "aria-hidden": "true" }, item, data.optimizers[line.o][1]);
      item.append(`${line.name} ${state.p && value === 0 ? "below the floor" : number(value)}`);
    }
  };

  const show = () => {
    const chart = get("chart");
    if (packed) view = draw(Math.max(300, Math.min(1240, chart.clientWidth || 800)), isDark() ? 3 : 2);
    chart.replaceChildren(packed ? view.svg : "This browser cannot unpack the curves (it has no DecompressionStream).");
    get("pick").value = state.p;
    get("axis").value = state.x;
    get("log-x").checked = state.sx;
    get("log-y").checked = state.sy;
    get("others").checked = state.all;
    get("log-y").parentElement.hidden = !state.p;
    get("others").parentElement.hidden = !state.p;
    get("how").textContent = state.p
      ? "Median over seeds of the best gap so far, band 25–75 %; down to the floor, below which rounding hides it; a run that ended keeps its last value, one that failed its best. Dashed levels: one-shot fits."
      : "Share of all (run, target) pairs reached at that cost, over all problems; best setting of each optimizer.";
    if (data.jobs > 1 && (state.x === "seconds" || state.x === "cpu")) get("how").textContent += " Times were taken with units side by side: not comparable.";
    hide();
    point();
    for (const [name, sort] of tables) sort(state.sort.get(name));
  };
  const changed = (at = "explore") => {
    state.at = at;
    history.replaceState(null, "", address());
    show();
  };

  const download = (name, type, text) => {
    const url = URL.createObjectURL(new Blob([text], { type }));
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  /* What is packed takes its place; figures on request when they are asked for. */
  const fill = (place) => {
    const svg = packed && packed.figures[place.dataset.figure];
    if (svg) place.outerHTML = svg;
  };
  const fillFigures = (within) => within.querySelectorAll(".later").forEach(fill);
  if (packed) {
    document.querySelectorAll("div[data-table]").forEach((place) => { place.outerHTML = packed.tables[place.dataset.table]; });
    document.querySelectorAll(".figures").forEach((figures) => { if (!figures.closest(".rest")) fillFigures(figures); });
    document.querySelectorAll(".rest").forEach((rest) => rest.addEventListener("toggle", () => fillFigures(rest)));
    document.querySelectorAll("table[data-pairs]").forEach((table) => {
      const words = (packed.pairs[table.dataset.pairs] || "").split("\n");
      table.querySelectorAll("td[class]").forEach((cell, i) => { if (words[i]) cell.title = words[i]; });
    });
  }

  /* What the page holds is saved from the page, so that it works where the page is alone. */
  const drawing = (name) => {
    const figure = get(`figure--${name.replace(/\.svg$/, "")}`);
    if (!figure) return undefined;
    fillFigures(figure);
    const svg = figure.querySelector("svg") && figure.querySelector("svg").cloneNode(true);
    if (!svg) return undefined;
    svg.setAttribute("xmlns", NS);
    const words = document.createElementNS(NS, "desc");
    words.id = `${name.replace(/\.svg$/, "")}--d`;
    words.textContent = get(words.id).textContent;
    const style = document.createElementNS(NS, "style");
    style.textContent = get("figure-style").textContent;
    svg.querySelector("title").after(words, style);
    return new XMLSerializer().serializeToString(svg);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="tables/"],a[href^="figures/"]');
    if (!link) return;
    const name = link.getAttribute("href").split("/").pop();
    const text = name.endsWith(".svg") ? drawing(name) : packed ? packed.files[name] : undefined;
    if (text === undefined) return;
    event.preventDefault();
    download(name, name.endsWith(".svg") ? "image/svg+xml" : "text/plain", text);
  });

  /* Figures say how their coordinates are read back, which is what a pointer over them shows. */
  const tip = make("div", { id: "tip", hidden: "", "aria-hidden": "true" }, document.body);
  const axis = (text) => {
    if (!text) return null;
    const [kind, ...ends] = text.split(" ");
    const [low, high, from, to] = ends.map(Number);
    const at = scale(kind === "log", low, high, from * 10, to * 10);
    return { inverse: at.inverse, from: from * 10, to: to * 10 };
  };
  const figures = new Map();
  /* Lines and closed shapes of a path, as points. */
  const pieces = (path) => path.getAttribute("d").split("M").slice(1).map((piece) => {
    const numbers = piece.match(/-?\d+/g).map(Number);
    const points = [];
    for (let i = 0, px = 0, py = 0; i + 1 < numbers.length; i += 2) points.push([(px += numbers[i]), (py += numbers[i + 1])]);
    return points;
  });
  const owner = (path) => +path.closest('g[class^="o"]').getAttribute("class").slice(1);
  const isDot = (points) => points.length === 2 && points[0][0] === points[1][0] && points[0][1] === points[1][1];
  const mean = (points, i) => points.reduce((sum, point) => sum + point[i], 0) / points.length;
  const readFigure = (svg) => {
    const axes = svg.querySelector(".axes");
    const strokes = [...svg.querySelectorAll('g[class^="o"] path[fill="none"]')].filter((path) => +path.getAttribute("stroke-width") > 15);
    const lines = strokes.flatMap((path) => pieces(path).filter((points) => !isDot(points)).map((points) => ({ o: owner(path), points })));
    const rows = [...svg.querySelectorAll(".runs")].map((runs) => ({
      o: owner(runs),
      none: runs.dataset.none,
      runs: [...runs.querySelectorAll("path")].flatMap(pieces).map((points) => [mean(points, 0), mean(points, 1)]),
    })).filter((row) => row.runs.length);
    return { x: axis(axes && axes.dataset.x), y: axis(axes && axes.dataset.y), lines, rows };
  };
  /* On a strip the run of the pointed row that is nearest. */
  const overRow = ({ x, rows }, place) => {
    const far = (row) => Math.min(...row.runs.map((run) => Math.abs(run[1] - place.y)));
    const row = rows.filter((one) => !state.hide.has(one.o)).sort((a, b) => far(a) - far(b))[0];
    if (!row || far(row) > 200) return [];
    const at = row.runs.reduce((best, run) => (Math.abs(run[0] - place.x) < Math.abs(best - place.x) ? run[0] : best), Infinity);
    return [[row.o, at < x.from - 1 || at > x.to + 1 ? row.none : number(x.inverse(at))]];
  };
  const over = (svg, event) => {
    if (!figures.has(svg)) figures.set(svg, readFigure(svg));
    const { x, y, lines, rows: strip } = figures.get(svg);
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    if (x && strip.length) return overRow(figures.get(svg), place);
    if (!x || !y || place.x < x.from || place.x > x.to) return [];
    const found = new Map();
    for (const { o, points } of lines) {
      const i = points.findIndex((point, at) => at > 0 && points[at - 1][0] <= place.x && place.x <= point[0]);
      if (i < 0 || state.hide.has(o)) continue;
      const [[ax, ay], [bx, by]] = [points[i - 1], points[i]];
      found.set(o, ay + ((by - ay) * (place.x - ax)) / (bx - ax || 1));
    }
    const rows = [...found].sort((a, b) => a[1] - b[1]).map(([o, at]) => [o, number(y.inverse(at))]);
    return rows.length ? [[-1, number(x.inverse(place.x))], ...rows] : [];
  };
  document.addEventListener("pointermove", (event) => {
    const svg = event.target.closest && event.target.closest("figure svg");
    const rows = svg ? over(svg, event) : [];
    tip.hidden = !rows.length;
    if (!rows.length) return;
    tip.replaceChildren(...rows.map(([o, value]) => {
      const row = make("div");
      if (o >= 0) make("span", { class: `mark c${o % data.colors}` }, row, data.optimizers[o][1]);
      row.append(o >= 0 ? `${data.optimizers[o][0]} ${value}` : `at ${value}`);
      return row;
    }));
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${event.clientX + 16 + width > innerWidth ? event.clientX - 12 - width : event.clientX + 16}px`;
    tip.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, event.clientY - height / 2))}px`;
  });

  const file = () => `${state.p || "suite"}-${state.x}`;
  const csv = () => {
    const quote = (text) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
    const rows = [["optimizer", "setting", state.x, state.p ? "gap_median" : "share", "low", "high"]];
    for (const line of lines()) {
      line.x.forEach((cost, i) => rows.push([data.optimizers[line.o][0], line.setting, cost, line.y[i], line.low ? line.low[i] : "", line.high ? line.high[i] : ""]));
    }
    return rows.map((row) => row.map((cell) => quote(String(cell === null ? "inf" : cell === undefined ? "" : cell))).join(",")).join("\n") + "\n";
  };

  /* Tables: a click on a heading sorts the rows within their groups; without an order they stand as they were. */
  const tables = new Map();
  const sortable = (table) => {
    const name = table.closest("[id]").id.replace(/^table--/, "");
    const heads = [...table.tHead.rows[0].cells];
    const first = new Map([...table.rows].map((row, i) => [row, i]));
    heads.forEach((head, column) => {
      const button = make("button", { type: "button", class: "sort" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        state.sort.set(name, { column, up: head.getAttribute("aria-sort") !== "ascending" });
        changed(`table--${name}`);
      });
    });
    tables.set(name, (order) => {
      const head = order && heads[order.column];
      if (!head && !heads.some((other) => other.hasAttribute("aria-sort"))) return;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (head) head.setAttribute("aria-sort", order.up ? "ascending" : "descending");
      const key = (row) => {
        if (!head) return first.get(row);
        const cell = row.cells[order.column];
        /* The value, or the text before the note says it. */
        const raw = cell.dataset.v === undefined ? (cell.firstChild || cell).textContent : cell.dataset.v;
        const value = parseFloat(raw.replace(/^</, "").replace("inf", "Infinity"));
        return head.classList.contains("num") ? (Number.isNaN(value) ? Infinity : value) : cell.textContent;
      };
      const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a === b ? 0 : a - b);
      for (const body of table.tBodies) {
        const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
        rows.sort((a, b) => (head && !order.up ? -1 : 1) * compare(key(a), key(b)));
        body.append(...rows);
      }
    });
  };

  make("option", { value: "" }, get("pick"), "all problems: targets reached");
  for (const problem of data.problems) make("option", { value: problem.id }, get("pick"), `${problem.name}: gap`);
  for (const axis in AXES) make("option", { value: axis }, get("axis"), axis === "cpu" ? "CPU seconds" : axis);
  data.optimizers.forEach(([name, symbol], place) => {
    const chip = make("button", { type: "button", "data-place": place, "aria-pressed": "true" }, get("legend"));
    make("span", { class: `mark c${place % data.colors}`, "aria-hidden": "true" }, chip, symbol);
    chip.append(name);
    chip.addEventListener("click", () => {
      if (!state.hide.delete(place)) state.hide.add(place);
      changed();
    });
  });
  get("pick").addEventListener("change", (event) => { state.p = event.target.value; changed(); });
  get("axis").addEventListener("change", (event) => { state.x = event.target.value; changed(); });
  get("log-x").addEventListener("change", (event) => { state.sx = event.target.checked; changed(); });
  get("log-y").addEventListener("change", (event) => { state.sy = event.target.checked; changed(); });
  get("others").addEventListener("change", (event) => { state.all = event.target.checked; changed(); });
  get("save-svg").addEventListener("click", () => {
    const svg = draw(800, 2).svg;
    svg.setAttribute("xmlns", NS);
    download(`${file()}.svg`, "image/svg+xml", new XMLSerializer().serializeToString(svg));
  });
  get("save-csv").addEventListener("click", () => download(`${file()}.csv`, "text/csv", csv()));
  get("copy").addEventListener("click", () => {
    state.at = "explore";
    history.replaceState(null, "", address());
    if (navigator.clipboard) navigator.clipboard.writeText(location.href).catch(() => {});
    get("copy").textContent = "In the address bar";
  });
  const chart = get("chart");
  chart.addEventListener("pointermove", (event) => { cursor = event.clientX - chart.getBoundingClientRect().left; point(); });
  chart.addEventListener("pointerleave", () => { cursor = null; point(); });
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !view.right) return;
    event.preventDefault();
    cursor = Math.min(view.right, Math.max(58, (cursor === null ? 58 : cursor) + (step * (view.right - 58)) / 40));
    point();
  });
  for (const table of document.querySelectorAll("table.data")) sortable(table);
  for (const card of document.querySelectorAll("section.card")) {
    const link = make("a", { href: `#explore&p=${encodeURIComponent(card.id)}`, class: "explore" }, undefined, "Explore");
    card.querySelector("h2").append(" ", link);
  }
  make("a", { href: "#explore" }, document.querySelector("nav"), "Explore");
  const follow = () => {
    const isView = read();
    if (isView) show();
    const target = get(isView ? state.at : location.hash.slice(1));
    if (!target) return;
    for (let part = target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    fillFigures(target);
    target.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  addEventListener("resize", show);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  get("explore").hidden = false;
  show();
  follow();
})();
