/** The drawing of a series: history, what came, and a mark for each forecast and each truth. */

import { draw } from "./dom.js";
import { timeOf, type Examples, type Row } from "./forecast.js";
import {
  canvas,
  caption,
  columns,
  line,
  linear,
  rows,
  ticks,
  type Frame,
  type Scale,
} from "./plot.js";
import { compact } from "./figures.js";

const DAY = 86_400_000;

/** Draw a row; without forecasts as long as there are none. */
export function drawSeries(
  row: Row,
  predicted: readonly number[],
  examples: Examples,
  width: number,
): SVGElement {
  const height = width < 480 ? 260 : 340;
  const frame: Frame = { width, height, left: 38, right: 10, top: 24, bottom: 28 };
  const all = [...row.history, ...row.future, ...predicted];
  const marks = ticks(Math.min(...all), Math.max(...all), 5);
  const first = 1 - row.history.length;
  const x = linear([first, row.future.length], [frame.left, width - frame.right]);
  const y = linear(
    [marks[0] as number, marks.at(-1) as number],
    [height - frame.bottom, frame.top],
  );
  const history = row.history.map((value, i) => [x(first + i), y(value)] as const);
  const future = row.future.map((value, i) => [x(i + 1), y(value)] as const);
  const picture = canvas(frame, "History, forecasts and truth, described below the drawing");
  picture.append(
    draw("rect", {
      class: "later",
      x: x(0),
      y: frame.top,
      width: x(row.future.length) - x(0),
      height: height - frame.bottom - frame.top,
    }),
    rows(frame, y, marks, compact),
    columns(frame, x, timeMarks(row, examples, first, width)),
    caption(examples.unit),
    draw(
      "text",
      { class: "unit", x: x(0) + 6, y: 11 },
      width < 480 ? "forecast" : "forecast from here",
    ),
    draw("line", { class: "now", x1: x(0), x2: x(0), y1: 2, y2: height - frame.bottom }),
    draw("path", { class: "history", d: line(history) }),
    draw("path", { class: "future", d: line([...history.slice(-1), ...future]) }),
    ...predicted.flatMap((value, i) =>
      pair(x(examples.horizons[i] ?? 0), y, value, row.truth[i] ?? NaN, i),
    ),
  );
  return picture;
}

/** A forecast and its truth, joined by the difference. */
function pair(x: number, y: Scale, value: number, truth: number, index: number): SVGElement[] {
  const [found, real] = [y(value), y(truth)];
  const above = found <= real ? -12 : 20;
  return [
    draw("line", { class: "gap", x1: x, x2: x, y1: found, y2: real }),
    draw("path", { class: "truth-mark", d: `M${x} ${real - 6}l6 6l-6 6l-6 -6Z` }),
    draw("circle", { class: "forecast-mark", cx: x, cy: found, r: 5 }),
    draw(
      "text",
      { class: "order", x, y: found + above, "text-anchor": "middle" },
      String(index + 1),
    ),
  ];
}

/** Midnights where steps are parts of a day, else the beginnings of half years; as many as fit. */
function timeMarks(row: Row, examples: Examples, first: number, width: number): [number, string][] {
  const step = 1000 * examples.stepSeconds;
  const now = timeOf(row);
  const [from, to] = [now + first * step, now + row.future.length * step];
  const daily = step < DAY;
  const names = new Intl.DateTimeFormat("en-GB", {
    timeZone: "UTC",
    ...(daily ? { weekday: "short", day: "numeric" } : { month: "short", year: "numeric" }),
  });
  const times = daily ? midnights(from, to) : halfYears(from, to);
  const every = Math.ceil(times.length / Math.max(1, Math.floor(width / 90)));
  return times
    .filter((_, index) => index % every === 0)
    .map((time) => [(time - now) / step, names.format(time)]);
}

function midnights(from: number, to: number): number[] {
  const start = Math.ceil(from / DAY);
  return Array.from({ length: Math.floor(to / DAY) - start + 1 }, (_, i) => (start + i) * DAY);
}

function halfYears(from: number, to: number): number[] {
  const year = new Date(from).getUTCFullYear();
  const all = Array.from({ length: 20 }, (_, i) => Date.UTC(year, 6 * i, 1));
  return all.filter((time) => time >= from && time <= to);
}
