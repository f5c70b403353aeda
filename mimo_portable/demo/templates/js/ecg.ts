/** An ECG on paper: one second is five squares, as on the recorder's. */

import { draw } from "./dom.js";
import { canvas, caption, columns, line, linear, rows, ticks, type Frame } from "./plot.js";

/** Draw microvolts over seconds. */
export function drawEcg(microvolts: readonly number[], rate: number, width: number): SVGElement {
  const frame: Frame = {
    width,
    height: width < 480 ? 200 : 240,
    left: 38,
    right: 6,
    top: 22,
    bottom: 26,
  };
  const seconds = microvolts.length / rate;
  const values = microvolts.map((value) => value / 1000);
  const marks = ticks(Math.min(...values), Math.max(...values), 4);
  const x = linear([0, seconds], [frame.left, width - frame.right]);
  const y = linear(
    [marks[0] as number, marks.at(-1) as number],
    [frame.height - frame.bottom, frame.top],
  );
  const squares = draw("g", { class: "squares" });
  for (let second = 0; second <= seconds; second += 0.2) {
    const place = x(second);
    squares.append(
      draw("line", { x1: place, x2: place, y1: frame.top, y2: frame.height - frame.bottom }),
    );
  }
  const every = width < 480 ? 2 : 1;
  const times = Array.from({ length: Math.floor(seconds / every) + 1 }, (_, i) => i * every);
  const points = values.map((value, i) => [x(i / rate), y(value)] as const);
  const picture = canvas(frame, "ECG, described below the drawing");
  picture.append(
    squares,
    rows(frame, y, marks, (value) => value.toFixed(1).replace("-", "−")),
    columns(
      frame,
      x,
      times.map((time) => [time, `${time} s`] as const),
    ),
    caption("millivolts"),
    draw("path", { class: "trace", d: line(points) }),
  );
  return picture;
}
