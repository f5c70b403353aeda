/** A series and its three horizons, beside what came. */

import { ForecastModel } from "../models/forecast/src/client.js";
import { verify } from "../models/forecast/src/golden.js";
import { latest, readExamples, stepper, type Card } from "./card.js";
import { offerComparison } from "./compare.js";
import { drawn, make } from "./dom.js";
import { drawSeries } from "./series.js";
import { duration, figures, moment } from "./figures.js";

export interface Row {
  readonly row: number;
  /** Of the last value of the history. */
  readonly time: string;
  readonly history: readonly number[];
  readonly future: readonly number[];
  readonly truth: readonly number[];
}

export interface Examples {
  readonly unit: string;
  readonly stepSeconds: number;
  /** Steps behind the history, in the order of the outputs. */
  readonly horizons: readonly number[];
  readonly rows: readonly Row[];
}

export async function start(card: Card): Promise<void> {
  const [examples, model] = await Promise.all([
    readExamples<Examples>("forecast"),
    ForecastModel.load(),
  ]);
  let row = examples.rows[0] as Row;
  let predicted: readonly number[] = [];
  const redraw = drawn(card.find(".chart"), (width) => drawSeries(row, predicted, examples, width));

  const run = latest(card, async () => {
    const asked = row;
    const { output1, output2, output3 } = await model.run({
      series: { data: asked.history, dims: [1, asked.history.length, 1] },
    });
    predicted = [output1, output2, output3].map((output) => output.data[0] as number);
    redraw();
    show(card, asked, predicted, examples);
  });

  card.find("form").addEventListener("submit", (event) => event.preventDefault());
  const format = isDaily(examples) ? "date" : "clock";
  stepper(
    card,
    examples.rows,
    (one, index) => `${index + 1}. ${moment(timeOf(one), format)}`,
    (chosen) => {
      row = chosen;
      predicted = [];
      card.find(".description").textContent = describe(row, examples);
      redraw();
      run();
    },
  );
  offerComparison(card, verify);
}

/** Times of the data set name no zone. */
export function timeOf(row: Row): number {
  return Date.parse(`${row.time}Z`);
}

/** Whether a step is a day or more, so that no hour needs telling. */
function isDaily({ stepSeconds }: Examples): boolean {
  return stepSeconds >= 86_400;
}

function show(card: Card, row: Row, predicted: readonly number[], examples: Examples): void {
  const format = isDaily(examples) ? "date" : "full";
  const titles = ["Horizon", "Time", "Forecast", "Truth", "Difference"];
  const lines = predicted.map((value, index) => {
    const steps = examples.horizons[index] ?? 0;
    const truth = row.truth[index] ?? NaN;
    const seconds = steps * examples.stepSeconds;
    const difference = value - truth;
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, `${index + 1}. in ${duration(seconds)}`),
      make("td", {}, moment(timeOf(row) + 1000 * seconds, format)),
      make("td", { class: "number" }, figures(value)),
      make("td", { class: "number" }, figures(truth)),
      make("td", { class: "number" }, `${difference < 0 ? "" : "+"}${figures(difference, truth)}`),
    );
  });
  const head = titles.map((title, i) =>
    make("th", { scope: "col", class: i > 1 ? "number" : "" }, title),
  );
  card
    .find(".answers")
    .replaceChildren(
      make(
        "table",
        { class: "horizons" },
        make("caption", {}, `The three horizons, in ${examples.unit}`),
        make("thead", {}, make("tr", {}, ...head)),
        make("tbody", {}, ...lines),
      ),
    );
  const said = predicted.map(
    (value, i) =>
      `${figures(value)} in ${duration((examples.horizons[i] ?? 0) * examples.stepSeconds)}`,
  );
  card.say(`Forecast: ${said.join(", ")}, in ${examples.unit}.`);
}

function describe(row: Row, examples: Examples): string {
  const { unit, stepSeconds, horizons } = examples;
  const format = isDaily(examples) ? "date" : "full";
  const first = timeOf(row) - 1000 * stepSeconds * (row.history.length - 1);
  const [low, high] = [Math.min(...row.history), Math.max(...row.history)];
  return (
    `${row.history.length} values in ${unit}, one every ${duration(stepSeconds).replace(/^1 /, "")}, from ` +
    `${moment(first, format)} to ${moment(timeOf(row), format)}, between ${figures(low)} and ` +
    `${figures(high)}; then the next ${Math.max(...horizons)} steps. Row ${row.row} of the test part. ` +
    "The table below has the numbers of the marks."
  );
}
