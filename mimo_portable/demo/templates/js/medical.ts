/** ECG and blood pressure: the three probabilities and the risk. */

import { MedicalModel, labels } from "../models/medical/src/client.js";
import { verify } from "../models/medical/src/golden.js";
import { bars, gauge } from "./bars.js";
import { latest, readExamples, stepper, type Card } from "./card.js";
import { offerComparison } from "./compare.js";
import { drawn, settled } from "./dom.js";
import { drawEcg } from "./ecg.js";
import { figures, percent } from "./figures.js";

interface Row {
  readonly row: number;
  /** Microvolts. */
  readonly ecg: readonly number[];
  /** mmHg. */
  readonly pressure: number;
  readonly diagnosis: number;
  readonly risk: number;
}

interface Examples {
  readonly samplesPerSecond: number;
  readonly rows: readonly Row[];
}

const LOWEST = 20;
const HIGHEST = 300;

export async function start(card: Card): Promise<void> {
  const [examples, model] = await Promise.all([
    readExamples<Examples>("medical"),
    MedicalModel.load(),
  ]);
  const text = card.find<HTMLInputElement>("#medical-pressure");
  const slider = card.find<HTMLInputElement>("#medical-slider");
  let row = examples.rows[0] as Row;
  const redraw = drawn(card.find(".chart"), (width) =>
    drawEcg(row.ecg, examples.samplesPerSecond, width),
  );

  const run = latest(card, async () => {
    const pressure = readPressure(text.value);
    if (typeof pressure === "string") {
      card.wrong(text, pressure);
      card.stale(true);
      return;
    }
    card.wrong(text, "");
    const asked = row;
    // The field shows what a person can read of a recording's own pressure.
    const given = pressure === shortest(asked) ? asked.pressure : pressure;
    const { diagnosisOutput, riskOutput } = await model.run({
      ecgInput: { data: asked.ecg, dims: [1, asked.ecg.length, 1] },
      bpInput: { data: [given], dims: [1, 1] },
    });
    const shares = [...diagnosisOutput.data];
    show(card, asked, pressure === shortest(asked), shares, riskOutput.data[0] as number);
  });

  const later = settled(run);
  const soon = (): void => {
    card.busy(true);
    later();
  };
  text.addEventListener("input", () => {
    const pressure = readPressure(text.value);
    if (typeof pressure === "number") slider.value = String(pressure);
    soon();
  });
  slider.addEventListener("input", () => {
    text.value = slider.value;
    soon();
  });
  for (const form of card.all("form")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run();
    });
  }
  stepper(card, examples.rows, nameOf, (chosen) => {
    row = chosen;
    text.value = slider.value = String(shortest(row));
    card.find("#medical-pressure-hint").textContent =
      `This recording's own pressure is ${figures(row.pressure)} mmHg.`;
    card.find(".description").textContent = describe(row, examples.samplesPerSecond);
    redraw();
    run();
  });
  offerComparison(card, verify);
}

function nameOf(row: Row, index: number): string {
  return `${index + 1}. ${labels.diagnosisOutput[row.diagnosis]}`;
}

function shortest(row: Row): number {
  return Number(row.pressure.toFixed(2));
}

/** Return the number that was typed, or what is wrong with it. */
function readPressure(typed: string): number | string {
  const number = Number(typed.trim());
  if (typed.trim() === "" || !Number.isFinite(number)) return "Give a number, such as 120.";
  if (number < LOWEST || number > HIGHEST)
    return `Give a pressure from ${LOWEST} to ${HIGHEST} mmHg.`;
  return number;
}

/** Show the answers; `own` is whether they are of the recording's own pressure. */
function show(card: Card, row: Row, own: boolean, shares: number[], risk: number): void {
  const best = shares.indexOf(Math.max(...shares));
  card.find(".diagnosis").replaceChildren(
    bars(
      shares.map((value, index) => ({
        name: labels.diagnosisOutput[index] ?? "",
        value,
        best: index === best,
        note: index === row.diagnosis ? "label in the data" : "",
      })),
    ),
  );
  // A label of the risk holds for the recording's own pressure, and for no other.
  const note = `label in the data: ${row.risk.toFixed(3)}`;
  card.find(".risk").replaceChildren(
    gauge({
      name: "risk",
      value: risk,
      shown: risk.toFixed(3),
      truth: own ? { value: row.risk, note } : undefined,
      ends: ["0, none", "1"],
    }),
  );
  const share = percent(shares[best] as number);
  card.say(`Most likely: ${labels.diagnosisOutput[best]}, ${share}. Risk: ${risk.toFixed(3)}.`);
}

function describe(row: Row, rate: number): string {
  const millivolts = row.ecg.map((value) => value / 1000);
  const [low, high] = [Math.min(...millivolts), Math.max(...millivolts)];
  return (
    `ECG, lead II: ${row.ecg.length / rate} seconds at ${rate} samples a second, ` +
    `between ${figures(low)} and ${figures(high)} millivolts. Row ${row.row} of the test part.`
  );
}
