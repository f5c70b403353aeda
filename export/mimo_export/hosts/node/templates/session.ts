/** A loaded model: it checks, runs, and gives back named outputs. */

import { check, type Key } from "./checks.js";
import { HostError, reason } from "./errors.js";
import { readStated } from "./files.js";
import { HERE, ort, sessionOptions } from "./runtime.js";
import type { Contract, Data, DataOf, Dtype, LoadOptions, Output, TensorSpec } from "./types.js";

export class Session {
  readonly #contract: Contract;
  readonly #options: LoadOptions;
  readonly #session: ort.InferenceSession;
  readonly #running = new Set<Promise<unknown>>();
  #released: Promise<void> | undefined;

  private constructor(contract: Contract, options: LoadOptions, session: ort.InferenceSession) {
    this.#contract = contract;
    this.#options = options;
    this.#session = session;
  }

  /**
   * Load the model's file, if it is the one that the contract is of.
   *
   * @throws HostError with code `model-missing`, `model-altered` or `model-invalid`.
   */
  static async open(contract: Contract, options: LoadOptions = {}): Promise<Session> {
    const location = options.model ?? new URL(contract.file.path, HERE);
    const bytes = await readStated(
      location,
      contract.file,
      "the model's file",
      "load({ model: ... })",
    );
    const runtimeOptions = sessionOptions(options.threads);
    try {
      const session = await ort.InferenceSession.create(bytes, runtimeOptions);
      return new Session(contract, options, session);
    } catch (error) {
      throw new HostError("model-invalid", `the runtime cannot load the model: ${reason(error)}`, {
        where: String(location),
        remedy: "install a newer version of the runtime",
        cause: error,
      });
    }
  }

  /**
   * Run the model. A batch of 0 is answered with empty outputs, without the runtime.
   *
   * @param given Inputs, by identifier or by the contract's name.
   * @param answers The names of the outputs; the same kind where it is left out.
   * @throws HostError of the code that says what is wrong.
   */
  async run(
    given: Readonly<Record<string, unknown>>,
    key: Key,
    answers: Key = key,
  ): Promise<Record<string, Output>> {
    this.#checkOpen();
    const { inputs, sizes } = check(this.#contract, given, key, this.#options);
    if (sizes.get("batch") === 0) return this.#empty(sizes, answers);
    const feeds: Record<string, ort.Tensor> = Object.create(null);
    this.#contract.inputs.forEach((spec, index) => {
      const { data, dims } = inputs[index] as (typeof inputs)[number];
      feeds[spec.name] = new ort.Tensor(spec.dtype, data as Uint8Array, dims);
    });
    const running = this.#session.run(feeds);
    this.#running.add(running);
    try {
      return this.#named(await running, answers);
    } catch (error) {
      if (error instanceof HostError) throw error;
      throw new HostError("runtime", `the runtime failed: ${reason(error)}`, {
        where: this.#contract.inputs
          .map((spec, i) => `${spec.name} [${inputs[i]?.dims.join(", ")}]`)
          .join(", "),
        remedy: "check sizes and memory; the next call may work",
        cause: error,
      });
    } finally {
      this.#running.delete(running);
    }
  }

  /** Give the model's memory back, when all calls have ended. It can be called twice. */
  release(): Promise<void> {
    this.#released ??= Promise.allSettled(this.#running).then(() => this.#session.release());
    return this.#released;
  }

  #checkOpen(): void {
    if (this.#released === undefined) return;
    throw new HostError("released", "the model was released", { remedy: "load it again" });
  }

  #empty(sizes: ReadonlyMap<string, number>, key: Key): Record<string, Output> {
    return this.#record(key, (spec) => {
      const dims = spec.dims.map((size) =>
        typeof size === "string" ? (sizes.get(size) ?? 0) : size,
      );
      return { data: emptyData(spec.dtype), dims };
    });
  }

  #named(found: ort.InferenceSession.OnnxValueMapType, key: Key): Record<string, Output> {
    return this.#record(key, (spec) => {
      const tensor = found[spec.name];
      if (tensor?.type !== spec.dtype) {
        const got = tensor?.type ?? "nothing";
        throw new HostError("runtime", `output '${spec.name}' is ${got}; expected ${spec.dtype}`, {
          remedy: "this client and the model's file do not belong together: embed the bundle again",
        });
      }
      return { data: bits(spec, tensor.data as Data), dims: tensor.dims };
    });
  }

  #record(key: Key, make: (spec: TensorSpec) => Output): Record<string, Output> {
    return Object.fromEntries(this.#contract.outputs.map((spec) => [spec[key], make(spec)]));
  }
}

/** Return float16 as bits: a runtime with Float16Array answers with that. */
function bits(spec: TensorSpec, data: Data): Data {
  if (spec.dtype !== "float16" || data instanceof Uint16Array) return data;
  const { buffer, byteOffset, length } = data as unknown as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}

const EMPTY: { readonly [T in Dtype]: () => DataOf[T] } = {
  float16: () => new Uint16Array(),
  float32: () => new Float32Array(),
  float64: () => new Float64Array(),
  int8: () => new Int8Array(),
  int16: () => new Int16Array(),
  int32: () => new Int32Array(),
  int64: () => new BigInt64Array(),
  uint8: () => new Uint8Array(),
  uint16: () => new Uint16Array(),
  uint32: () => new Uint32Array(),
  uint64: () => new BigUint64Array(),
  bool: () => new Uint8Array(),
  string: () => [],
};

function emptyData(dtype: Dtype): Data {
  return EMPTY[dtype]();
}
