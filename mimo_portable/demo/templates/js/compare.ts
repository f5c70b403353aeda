/** The golden vectors, replayed in this browser, beside what Keras answered. */

import type { Card } from "./card.js";
import { make } from "./dom.js";

/** What the client of any model reports. */
export interface Report {
  readonly passed: boolean;
  readonly version: string;
  readonly tolerance: { readonly atol: number; readonly rtol: number };
  readonly outputs: readonly {
    readonly name: string;
    readonly status: string;
    readonly reason: string;
    readonly values: number;
    readonly max_abs: number | string | null;
    readonly passing_tolerance: number | string | null;
    readonly classes: string;
  }[];
}

/** Let the button of a model's section replay its golden vectors. */
export function offerComparison(card: Card, verify: (host: string) => Promise<Report>): void {
  const button = card.find<HTMLButtonElement>("button.compare");
  const told = card.find(".compared");
  button.addEventListener("click", async () => {
    button.setAttribute("aria-disabled", "true");
    told.textContent = "Replaying …";
    try {
      const report = await verify(navigator.userAgent);
      const { atol, rtol } = report.tolerance;
      told.textContent =
        (report.passed
          ? "✓ Every output agrees with Keras"
          : "✗ NOT every output agrees with Keras") +
        `: onnxruntime-web ${report.version}, one thread; allowed are ${atol} + ${rtol} × |value|.`;
      show(card.find(".report"), report);
    } catch (error) {
      told.textContent = `✗ ${error instanceof Error ? error.message : String(error)}`;
    }
    button.removeAttribute("aria-disabled");
  });
}

function show(place: HTMLElement, report: Report): void {
  const titles = ["Output", "Result", "Values", "Largest difference", "Would pass at"];
  const head = titles.map((title, index) =>
    make("th", { scope: "col", class: index > 1 ? "number" : "" }, title),
  );
  const rows = report.outputs.map((row) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, ...breakable(row.name)),
      make("td", {}, row.status === "pass" ? "✓ agrees" : `✗ ${row.reason}`),
      make("td", { class: "number" }, String(row.values)),
      make("td", { class: "number" }, small(row.max_abs)),
      make("td", { class: "number" }, small(row.passing_tolerance)),
    ),
  );
  place.replaceChildren(
    make(
      "table",
      {},
      make("caption", {}, "This browser beside Keras"),
      make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, ...rows),
    ),
  );
  place.hidden = false;
}

/** A long name may be parted behind its underscores. */
function breakable(name: string): (Node | string)[] {
  if (name.length <= 12) return [name];
  return name.split(/(?<=_)/).flatMap((part, i) => (i ? [make("wbr"), part] : [part]));
}

function small(value: number | string | null): string {
  return typeof value === "number" ? value.toPrecision(2) : String(value ?? "");
}
