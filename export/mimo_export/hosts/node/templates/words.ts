/**
 * Text to token ids, by the rule that the model was trained with.
 *
 * 1. What Unicode 14.0 has no character for becomes a space: a newer platform knows more letters.
 * 2. Unicode NFC.
 * 3. Lower case, with no locale's rules; every final sigma becomes a sigma.
 * 4. A word is a run of letters and numbers, with at most one ASCII apostrophe between two such runs.
 * 5. A word's id is its place in the vocabulary plus 2; 1 is any other word, 0 is padding.
 * 6. A row has the first ids, and padding on the right; a text without a word is one unknown word.
 */

import { describe } from "./convert.js";
import { HostError } from "./errors.js";
import { readStated } from "./files.js";
import { HERE } from "./runtime.js";
import type { Input, StatedFile } from "./types.js";

/** How many ids a row has, for each input that is made of texts. */
const LENGTHS = {
<% for t in model.texts %>
  <%= t.identifier %>: <%= t.dimensions[1].size %>,
<% endfor %>
} as const;

/** The inputs under their names in the file. */
const NAMES = {
<% for t in model.texts %>
  <%= t.identifier %>: <%= t.name|text %>,
<% endfor %>
} as const;

/** An input that is made of texts. */
export type TextInput = keyof typeof LENGTHS;

const FILE: StatedFile = {
  path: "model/vocabulary.json",
  sha256: <%= model.vocabulary.sha256|text %>,
  bytes: <%= model.vocabulary.bytes %>,
};

const UNKNOWN = 1;
const FIRST_WORD = 2;
const WORD = /[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)?/gu;

/** Code points without a character in Unicode 14.0: the first and last of each run. */
const UNASSIGNED = new RegExp(
  "[" +
<% for line in model.vocabulary.unassigned|batch(4) %>
    "<% for first, last in line %>\\u{<%= "%x" % first %>}-\\u{<%= "%x" % last %>}<% endfor %>" +
<% endfor %>
    "]",
  "gu",
);

/** The words that the model knows. */
export class Words {
  readonly #ids: ReadonlyMap<string, ReadonlyMap<string, number>>;

  private constructor(words: Readonly<Record<string, readonly string[]>>) {
    this.#ids = new Map(
      Object.entries(words).map(([name, known]) => [
        name,
        new Map(known.map((word, place) => [word, place + FIRST_WORD])),
      ]),
    );
  }

  /**
   * Load the vocabulary, beside this project where no other place is said.
   *
   * @throws HostError with code `model-missing` or `model-altered`.
   */
  static async load(location: string | URL = new URL(FILE.path, HERE)): Promise<Words> {
    const bytes = await readStated(location, FILE, "the vocabulary's file", "Words.load(...)");
    return new Words(JSON.parse(new TextDecoder().decode(bytes)));
  }

  /** Return the words of a text, before they are looked up. */
  split(text: string): string[] {
    const lower = text.replace(UNASSIGNED, " ").normalize("NFC").toLowerCase();
    return lower.replaceAll("\u03c2", "\u03c3").match(WORD) ?? [];
  }

  /**
   * Return the ids of texts, a row for each, for an input of the model.
   *
   * @throws HostError with code `dtype`: what was given is no list of strings.
   */
  ids(texts: readonly string[], input: TextInput = <%= model.texts[0].identifier|text %>): Input<"int32"> {
    const length = LENGTHS[input];
    const known = this.#ids.get(NAMES[input]);
    const data = new Int32Array(checked(texts, NAMES[input]).length * length);
    texts.forEach((text, row) => {
      const ids = this.split(text)
        .slice(0, length)
        .map((word) => known?.get(word) ?? UNKNOWN);
      data.set(ids.length ? ids : [UNKNOWN], row * length);
    });
    return { data, dims: [texts.length, length] };
  }
}

/** Return the texts, when they are texts: a program in JavaScript may give anything. */
function checked(texts: readonly string[], input: string): readonly string[] {
  const odd = Array.isArray(texts) ? texts.findIndex((text) => typeof text !== "string") : 0;
  if (Array.isArray(texts) && odd < 0) return texts;
  const got = Array.isArray(texts) ? `${describe(texts[odd])} at ${odd}` : describe(texts);
  throw new HostError("dtype", `${got}; expected a list of strings`, {
    input,
    got,
    expected: "a list of strings",
    remedy: "give an array with one string for each row",
  });
}
