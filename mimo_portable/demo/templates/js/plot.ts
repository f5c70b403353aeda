/** Scales, ticks and axes of a drawing. */

import { draw } from "./dom.js";

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export type Scale = (value: number) => number;

/** Return what maps `from` to `to` on a straight line. */
export function linear(from: readonly [number, number], to: readonly [number, number]): Scale {
  const step = (to[1] - to[0]) / (from[1] - from[0]);
  return (value) => to[0] + (value - from[0]) * step;
}

/** Return round numbers from `low` to `high` or a little beyond, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low || 1) / count;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = ten * ([1, 2, 5, 10].find((size) => size * ten >= rough) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Return a line through points, for the attribute `d`. */
export function line(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** Return the drawing, which is one picture with a name for those who listen. */
export function canvas({ width, height }: Frame, name: string): SVGSVGElement {
  return draw("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": name,
  });
}

/** Return the horizontal lines of the y axis, with their numbers. */
export function rows(
  frame: Frame,
  y: Scale,
  values: readonly number[],
  name: (v: number) => string,
): SVGElement {
  const group = draw("g", { class: "axis" });
  for (const value of values) {
    const place = y(value);
    group.append(
      draw("line", { x1: frame.left, x2: frame.width - frame.right, y1: place, y2: place }),
      draw(
        "text",
        { x: frame.left - 8, y: place, dy: "0.32em", "text-anchor": "end" },
        name(value),
      ),
    );
  }
  return group;
}

/** Return the ticks of the x axis, with their names. */
export function columns(
  frame: Frame,
  x: Scale,
  marks: readonly (readonly [number, string])[],
): SVGElement {
  const group = draw("g", { class: "axis" });
  const foot = frame.height - frame.bottom;
  for (const [value, name] of marks) {
    const place = x(value);
    const near = place > frame.width - 30 ? "end" : place < frame.left + 12 ? "start" : "middle";
    group.append(
      draw("line", { x1: place, x2: place, y1: frame.top, y2: foot }),
      draw("text", { x: place, y: foot + 18, "text-anchor": near }, name),
    );
  }
  return group;
}

/** Return what an axis is of, above its numbers. */
export function caption(text: string): SVGElement {
  return draw("text", { class: "unit", x: 0, y: 11 }, text);
}
