/** From what a user has, strings among it, to the inputs of the model's file. */

import { check, type Key } from "./checks.js";
import { readStated } from "./files.js";
import { apply, type Given, type Rule } from "./rules.js";
import { HERE } from "./runtime.js";
import type { Contract, Input, LoadOptions, StatedFile, TensorSpec } from "./types.js";

const FILE: StatedFile = {
  path: "model/preprocessing.json",
  sha256: <%= model.preprocessing.sha256|text %>,
  bytes: <%= model.preprocessing.bytes %>,
};

/** Rows of what a user has, and what Keras makes of them, by name, as nested lists. */
export interface Example {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The rules that came with the model. */
export class Preparation {
  readonly rules: readonly Rule[];
  readonly examples: readonly Example[];

  private constructor(document: { rules: readonly Rule[]; examples: readonly Example[] }) {
    this.rules = document.rules;
    this.examples = document.examples;
  }

  /**
   * Load the rules, if they are the ones of this client.
   *
   * @throws HostError with code `model-missing` or `model-altered`.
   */
  static async load(location: string | URL = new URL(FILE.path, HERE)): Promise<Preparation> {
    const bytes = await readStated(
      location,
      FILE,
      "the preprocessing's file",
      "load({ preprocessing: ... })",
    );
    return new Preparation(JSON.parse(new TextDecoder().decode(bytes)));
  }

  /**
   * Return the inputs of the model's file, by their names in it.
   *
   * @param given What a user has.
   * @param contract Of the file, with what a user has for its inputs as `given`.
   * @throws HostError of the code that says what is wrong.
   */
  prepare(
    given: Readonly<Record<string, unknown>>,
    key: Key,
    contract: Contract & { readonly given: readonly TensorSpec[] },
    options: Pick<LoadOptions, "nan" | "maxBatch">,
  ): Record<string, Input> {
    const { inputs } = check({ ...contract, inputs: contract.given }, given, key, options);
    const known = new Map(contract.given.map(({ name }, place) => [name, inputs[place] as Input]));
    const prepared: Record<string, Input> = Object.create(null);
    for (const { name } of contract.inputs) {
      const rule = this.rules.find(({ output }) => output.name === name);
      prepared[name] =
        rule === undefined
          ? (known.get(name) as Input)
          : (apply(
              rule,
              rule.sources.map((source) => known.get(source) as Given),
            ) as Input);
    }
    return prepared;
  }
}
