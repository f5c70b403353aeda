/** Shares of one as bars: name, number and length, so that no one needs the colour. */

import { make } from "./dom.js";
import { percent } from "./figures.js";

export interface Bar {
  readonly name: string;
  /** From 0 to 1. */
  readonly value: number;
  /** Whether it is the largest. */
  readonly best?: boolean;
  /** What the data set says, in words. */
  readonly note?: string;
}

/** Return bars from 0 to 1, one below the other. */
export function bars(items: readonly Bar[]): HTMLElement {
  return make("ul", { class: "bars" }, ...items.map(bar));
}

function bar({ name, value, best = false, note = "" }: Bar): HTMLElement {
  return make(
    "li",
    { class: best ? "bar best" : "bar" },
    make("span", { class: "name" }, name, ...tag(note)),
    make("span", { class: "value" }, percent(value)),
    make("span", { class: "track", "aria-hidden": "true" }, length("fill", value)),
  );
}

export interface Gauge {
  readonly name: string;
  readonly value: number;
  readonly shown: string;
  /** Where the bar begins: 0.5 for a scale with two sides. */
  readonly from?: number;
  /** What the data set says: a place, and words. */
  readonly truth?: { readonly value: number; readonly note: string } | undefined;
  readonly ends: readonly [string, string];
}

/** Return one value on a scale from 0 to 1, with a mark where the truth is. */
export function gauge({ name, value, shown, from = 0, truth, ends }: Gauge): HTMLElement {
  const track = make(
    "span",
    { class: "track", "aria-hidden": "true" },
    length("fill", value, from),
  );
  if (from > 0) track.append(length("middle", from));
  if (truth) track.append(length("mark", truth.value));
  return make(
    "div",
    { class: "gauge bar best" },
    make("span", { class: "name" }, name, ...tag(truth?.note)),
    make("span", { class: "value" }, shown),
    track,
    make(
      "span",
      { class: "ends small", "aria-hidden": "true" },
      make("span", {}, ends[0]),
      make("span", {}, ends[1]),
    ),
  );
}

function tag(note: string | undefined): (Node | string)[] {
  return note ? [" ", make("span", { class: "tag" }, note)] : [];
}

/** A part of a track; the page's policy allows styles that a script sets, and none in markup. */
function length(kind: "fill" | "mark" | "middle", value: number, from = 0): HTMLElement {
  const made = make("span", { class: kind });
  const place = Math.min(1, Math.max(0, value));
  if (kind === "fill") {
    made.style.left = `${100 * Math.min(from, place)}%`;
    made.style.width = `${100 * Math.abs(place - from)}%`;
  } else made.style.left = `${100 * place}%`;
  return made;
}
