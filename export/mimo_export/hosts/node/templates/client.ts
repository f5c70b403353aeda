<% set Name = model.spelling.pascal %>
/**
 * The model "<%= model.name|comment(" * ") %>", typed by its contract.
 *
 * Made by mimo-portable <%= version %> from the bundle's `signature.json`: embed the bundle again instead
 * of editing this file.
 */

<% if model.preprocessing %>
import { Preparation } from "./prepare.js";
<% endif %>
import { Session } from "./session.js";
import type { Contract, Input, LoadOptions, Output<%= ", TensorSpec" if model.preprocessing %> } from "./types.js";

export { HostError, type ErrorCode } from "./errors.js";
export type { Contract, Input, LoadOptions, Output } from "./types.js";
<% if model.vocabulary %>
export { Words, type TextInput } from "./words.js";
<% endif %>

<% macro described(tensor) %>
  /**
<% if tensor.meaning or tensor.unit %>
   * <%= (tensor.meaning ~ (" [" ~ tensor.unit ~ "]" if tensor.unit else ""))|comment("   * ") %>
   *
<% endif %>
   * <%= tensor.dtype %> <%= tensor.shape_text|comment("   * ") %>.
   * In the file: <%= tensor.name|comment("   * ") %>
<% if tensor.ids is not none %>
   * Token ids from 0 to <%= tensor.ids - 1 %>.
<% endif %>
<% if tensor.labels|length %>
   * Along the last axis: <%= tensor.labels|join(", ")|comment("   * ") %>.
<% endif %>
   */<% endmacro %>

<% macro spec(tensor, prepared=false) %>
    {
      name: <%= tensor.name|text %>,
      identifier: <%= tensor.identifier|text %>,
      dtype: <%= tensor.dtype|text %>,
      dims: [<% for d in tensor.dimensions %><%= ", " if not loop.first %><%= d.symbol|text if d.symbol else d.size %><% endfor %>],
<% if tensor.ids is not none %>
      ids: <%= tensor.ids %>,
<% endif %>
<% if prepared %>
      prepared: true,
<% endif %>
<% if tensor.is_class %>
      isClass: true,
<% endif %>
    },<% endmacro %>

/** What the model takes<%= ", before its preprocessing" if model.preprocessing %>, in the contract's order. */
export interface <%= Name %>Inputs {
<% for tensor in model.given %>
<%= described(tensor) %>
  readonly <%= tensor.identifier %>: Input<<%= tensor.dtype|text %>>;
<% endfor %>
}

/** What the model gives, in the contract's order. */
export interface <%= Name %>Outputs {
<% for tensor in model.outputs %>
<%= described(tensor) %>
  readonly <%= tensor.identifier %>: Output<<%= tensor.dtype|text %>>;
<% endfor %>
}

/** What each number along an output's last axis is called. */
export const labels = {
<% for tensor in model.outputs if tensor.labels|length %>
  <%= tensor.identifier %>: [<% for label in tensor.labels %><%= ", " if not loop.first %><%= label|text %><% endfor %>],
<% endfor %>
} as const;

/** Names, shapes and dtypes, and the one file that they are true of. */
export const contract: Contract = {
  model: <%= model.name|text %>,
  file: {
    path: <%= model.onnx.path|text %>,
    sha256: <%= model.onnx.sha256|text %>,
    bytes: <%= model.onnx.bytes %>,
  },
  inputs: [
<% for tensor in model.inputs %>
<%= spec(tensor) %>
<% endfor %>
  ],
  outputs: [
<% for tensor in model.outputs %>
<%= spec(tensor) %>
<% endfor %>
  ],
};

<% if model.preprocessing %>
/** What a user gives; the contract's inputs are made of it. */
export const given: readonly TensorSpec[] = [
<% for tensor in model.given %>
<%= spec(tensor, prepared=tensor.dtype == "string" and tensor.name in model.preprocessing.samples) %>
<% endfor %>
];

<% endif %>
/** The loaded model. Release it when it is no longer needed, or declare it with `await using`. */
export class <%= Name %>Model {
  readonly #session: Session;
<% if model.preprocessing %>
  readonly #preparation: Preparation;
  readonly #options: LoadOptions;

  private constructor(session: Session, preparation: Preparation, options: LoadOptions) {
    this.#session = session;
    this.#preparation = preparation;
    this.#options = options;
  }
<% else %>

  private constructor(session: Session) {
    this.#session = session;
  }
<% endif %>

  /**
<% if model.preprocessing %>
   * Load the model's file and the rules of its preprocessing, if this client was made for them.
<% else %>
   * Load the model's file, if it is the one that this client was made for.
<% endif %>
   *
   * @throws HostError with code `model-missing`, `model-altered` or `model-invalid`.
   */
  static async load(options: LoadOptions = {}): Promise<<%= Name %>Model> {
<% if model.preprocessing %>
    const preparation = await Preparation.load(options.preprocessing);
    return new <%= Name %>Model(await Session.open(contract, options), preparation, options);
<% else %>
    return new <%= Name %>Model(await Session.open(contract, options));
<% endif %>
  }

  /**
   * Run a batch. All inputs have the same batch; 0 gives empty outputs.
   *
   * @throws HostError of the code that says what is wrong, with the input's name.
   */
  async run(inputs: <%= Name %>Inputs): Promise<<%= Name %>Outputs> {
    const given = inputs as unknown as Readonly<Record<string, unknown>>;
<% if model.preprocessing %>
    const prepared = this.#prepare(given, "identifier");
    return (await this.#session.run(prepared, "name", "identifier")) as unknown as <%= Name %>Outputs;
<% else %>
    return (await this.#session.run(given, "identifier")) as unknown as <%= Name %>Outputs;
<% endif %>
  }

<% if model.preprocessing %>
  /** Return the file's inputs for what a user has, both by their names in the contract. */
  prepared(inputs: Readonly<Record<string, Input>>): Record<string, Input> {
    return this.#prepare(inputs, "name");
  }

  #prepare(inputs: Readonly<Record<string, unknown>>, key: "identifier" | "name"): Record<string, Input> {
    return this.#preparation.prepare(inputs, key, { ...contract, given }, this.#options);
  }

<% endif %>
<% if model.preprocessing %>
  /** Run the file as it is: its inputs by their names in it, which `prepared` gives. */
<% else %>
  /** The same by the names in the file, for programs that do not know the model. */
<% endif %>
  async runByName(inputs: Readonly<Record<string, Input>>): Promise<Record<string, Output>> {
    return this.#session.run(inputs, "name");
  }

  /** Give the model's memory back, when all calls have ended. */
  release(): Promise<void> {
    return this.#session.release();
  }

  /** The same, at the end of the block of an `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** The model under one name for every bundle: what `main` and `verify` load. */
export const Model = <%= Name %>Model;
