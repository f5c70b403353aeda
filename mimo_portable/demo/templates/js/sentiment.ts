/** A picture and a sentence: whether they mean well. */

import { SentimentModel, Words } from "../models/sentiment/src/client.js";
import { verify } from "../models/sentiment/src/golden.js";
import { gauge } from "./bars.js";
import { latest, readExamples, type Card } from "./card.js";
import { offerComparison } from "./compare.js";
import { make } from "./dom.js";
import { Picture, SIZE, takeFiles } from "./picture.js";
import { percent } from "./figures.js";

interface Row {
  readonly row: number;
  readonly picture: string;
  /** The picture in words. */
  readonly described: string;
  readonly text: string;
  readonly positive: boolean;
}

interface Examples {
  readonly language: string;
  readonly rows: readonly Row[];
}

/** The id of every word that the vocabulary does not hold. */
const UNKNOWN = 1;

export async function start(card: Card): Promise<void> {
  const [examples, model, words] = await Promise.all([
    readExamples<Examples>("sentiment"),
    SentimentModel.load(),
    Words.load(),
  ]);
  const text = card.find<HTMLTextAreaElement>("#sentiment-text");
  const file = card.find<HTMLInputElement>("#sentiment-file");
  const picture = new Picture(card.find<HTMLCanvasElement>("canvas"));
  text.lang = examples.language;
  /** The example that the fields show, as long as nobody has changed them. */
  let example: Row | undefined;

  const run = latest(card, async () => {
    const noPicture = picture.has ? "" : "Choose a picture first.";
    const noText = text.value.trim() ? "" : "Write a sentence first.";
    card.wrong(file, noPicture);
    card.wrong(text, noText);
    if (noPicture || noText) {
      card.stale(true);
      (noPicture ? file : text).focus();
      return;
    }
    const [shown, said] = [example, text.value];
    const textInput = words.ids([said]);
    const { sentiment } = await model.run({
      imageInput: { data: picture.pixels(), dims: [1, SIZE, SIZE, 3] },
      textInput,
    });
    show(card, sentiment.data[0] as number, shown);
    showWords(card, words.split(said), textInput.data, examples.language);
  });

  const changed = (): void => {
    example = undefined;
    card.stale(true);
    for (const radio of card.all<HTMLInputElement>(".thumbs input")) radio.checked = false;
  };
  text.addEventListener("input", () => {
    changed();
    if (text.value.trim()) card.wrong(text, "");
  });
  takeFiles(file, card.find(".drop"), (chosen) => {
    card.busy(true);
    picture
      .show(chosen, `Your picture, ${chosen.name}`)
      .then(
        () => {
          changed();
          card.wrong(file, "");
        },
        () => card.wrong(file, `${chosen.name} is no picture that this browser can read.`),
      )
      .finally(() => card.busy(false));
  });
  card.find("button.remove").addEventListener("click", () => {
    picture.clear();
    changed();
  });
  card.find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });

  const choose = async (row: Row): Promise<void> => {
    card.busy(true);
    const answer = await fetch(addressOf(row));
    await picture.show(await answer.blob(), `Example: ${row.described}`);
    text.value = row.text;
    example = row;
    card.wrong(file, "");
    card.wrong(text, "");
    run();
  };
  offerExamples(
    card,
    examples,
    (row) => void choose(row).catch((error: unknown) => card.broken(error)),
  );
  await choose(examples.rows[0] as Row);
  offerComparison(card, verify);
}

function addressOf(row: Row): string {
  return new URL(`../models/sentiment/${row.picture}`, import.meta.url).href;
}

/** Pictures to choose from: one group, through which the arrow keys go. */
function offerExamples(card: Card, { rows }: Examples, choose: (row: Row) => void): void {
  const thumbs = rows.map((row, index) => {
    const radio = make("input", { type: "radio", name: "sentiment-example", checked: index === 0 });
    radio.addEventListener("change", () => choose(row));
    const alt = `Example ${index + 1}: ${row.described}`;
    return make(
      "label",
      { class: "thumb" },
      radio,
      make("img", { src: addressOf(row), alt, width: 56, height: 56, title: row.text }),
    );
  });
  card.find(".thumbs").replaceChildren(...thumbs);
}

function show(card: Card, positive: number, example: Row | undefined): void {
  const name = positive >= 0.5 ? "Positive" : "Negative";
  const truth = example && {
    value: example.positive ? 1 : 0,
    note: `label in the data: ${example.positive ? "positive" : "negative"}`,
  };
  card.find(".answers").replaceChildren(
    gauge({
      name: "probability of positive",
      value: positive,
      shown: percent(positive),
      from: 0.5,
      truth,
      ends: ["0%, negative", "100%, positive"],
    }),
  );
  const share = percent(positive >= 0.5 ? positive : 1 - positive);
  card.say(`${name}, ${share}.`);
}

/** Show the words, and by more than a colour which of them the model does not know. */
function showWords(card: Card, split: string[], ids: ArrayLike<unknown>, language: string): void {
  const read = split.slice(0, ids.length);
  const unknown = read.map((_, index) => Number(ids[index]) === UNKNOWN);
  card.find(".words").replaceChildren(
    ...read.map((word, index) => {
      const item = make("li", { lang: language, class: unknown[index] ? "unknown" : "" }, word);
      if (unknown[index]) item.append(make("span", { class: "sr", lang: "en" }, " (unknown)"));
      return item;
    }),
  );
  const known = unknown.filter((is) => !is).length;
  card.find(".words-note").textContent =
    `${known} of ${read.length} words are in the vocabulary` +
    (known < read.length
      ? "; those with a dashed border are not, and count as one unknown word."
      : ".") +
    (split.length > read.length ? ` ${split.length - read.length} more were not read.` : "");
}
