/**
 * What this host promises, tested on this bundle: every wrong input is a typed error with the input's
 * name, and the call after it works. Nothing here is of one platform; `host.test.ts` runs it on Node.js,
 * a page in the browser.
 */

import {
  HostError,
  Model,
  contract,
  type ErrorCode,
  type Input,
  type LoadOptions,
  type Output,
} from "./client.js";
import type { Case } from "./golden.js";
import { Session } from "./session.js";
import { firstCase, loaded, raised, same, type Platform, type Test } from "./testing.js";
import { typedTests } from "./typed.js";
import type { TensorSpec } from "./types.js";
<% if model.preprocessing %>
import { preparationTests } from "./prepare.tests.js";
<% endif %>
<% if model.vocabulary %>
import { wordTests } from "./words.tests.js";
<% endif %>

export type { Platform } from "./testing.js";

type Inputs = Record<string, Input>;

const STRANGE = "no input has this name";
const MANY = 100_000;
/** Elements of all inputs; more than that is a test of the machine's memory. */
const MOST = 3e7;

/** Return the tests of the bundle's contract. */
export function tests(platform: Platform): Test[] {
  const { options } = platform;
  return [
    ...refusals(options),
    ...batches(options),
    ...files(platform),
    ...lifetimes(platform),
    ...typedTests(options),
<% if model.preprocessing %>
    ...preparationTests(platform),
<% endif %>
<% if model.vocabulary %>
    ...wordTests(platform),
<% endif %>
  ];
}

function refusals(options: LoadOptions): Test[] {
  const found: Test[] = [
    refused(options, "an unknown name", "name-unknown", STRANGE, (inputs) => ({
      ...inputs,
      [STRANGE]: zeros(),
    })),
  ];
  for (const spec of contract.inputs) {
    const of = (what: string, code: ErrorCode, change: (input: Input) => unknown): Test =>
      refused(options, `'${spec.name}': ${what}`, code, spec.name, (inputs) => ({
        ...inputs,
        [spec.name]: change(inputs[spec.name] as Input),
      }));
    found.push(
      of("it is missing", "name-missing", () => undefined),
      of("no tensor", "dtype", () => 1),
      of("null", "dtype", () => null),
      of("data of another type", "dtype", ({ dims }) => ({ data: new Date(), dims })),
      of("values of another type", "dtype", ({ data, dims }) => ({
        data: holes(data.length),
        dims,
      })),
      of("no batch", "rank", ({ data, dims }) => ({ data, dims: dims.slice(1) })),
      of("one dimension more", "rank", ({ data, dims }) => ({ data, dims: [...dims, 1] })),
      of("a size that is no number", "dimension", ({ data, dims }) => ({
        data,
        dims: [NaN, ...dims.slice(1)],
      })),
      of("a negative size", "dimension", ({ data, dims }) => ({
        data,
        dims: [-1, ...dims.slice(1)],
      })),
      of("an element too few", "count", ({ data, dims }) => ({ data: data.slice(1), dims })),
    );
    if (spec.dims.length > 1) {
      const last = spec.dims.length - 1;
      const free = typeof spec.dims[last] === "string";
      const size = (dims: readonly number[]): number => (free ? 0 : (dims[last] as number) + 1);
      const what = free ? "a length of 0" : "a fixed size that differs";
      found.push(
        of(what, "dimension", ({ data, dims }) => ({
          data,
          dims: [...dims.slice(0, -1), size(dims)],
        })),
      );
    }
    if (spec !== contract.inputs[0])
      found.push(of("another batch than the others", "symbol", oneRowLess));
    if (spec.ids !== undefined) {
      if (!spec.dtype.startsWith("u"))
        found.push(of("the id -1", "token", (input) => withFirst(input, -1)));
      found.push(
        of("the id after the last", "token", (input) => withFirst(input, spec.ids as number)),
      );
    }
    if (spec.dtype === "string") {
      for (const text of ["a\0b", "\ud800"]) {
        const data = ({ length }: Input["data"]): string[] => new Array<string>(length).fill(text);
        found.push(
          of(`the string ${JSON.stringify(text)}`, "dtype", (input) => ({
            ...input,
            data: data(input.data),
          })),
        );
      }
    }
    if (spec.dtype.startsWith("float"))
      found.push(of("NaN", "nan", (input) => withFirst(input, NaN, spec)));
  }
  return found;
}

function refused(
  options: LoadOptions,
  what: string,
  code: ErrorCode,
  input: string,
  change: (inputs: Inputs) => Record<string, unknown>,
): Test {
  return {
    name: `refused: ${what}`,
    run: async () => {
      const good = await firstCase(2);
      await loaded(options, async (model) => {
        const before = await model.runByName(good.inputs);
        const error = await raised(model.runByName(change({ ...good.inputs }) as Inputs));
        same([error.code, error.input], [code, input], error.message);
        sameOutputs(await model.runByName(good.inputs), before);
      });
    },
  };
}

function batches(options: LoadOptions): Test[] {
  const sizes = contract.inputs.map((spec) => rowSize(spec) * MANY);
  const elements = sizes.reduce((sum, size) => sum + size, 0);
  const many: Test = {
    name: "a batch of 100,000 is answered row by row, or refused by the runtime, and the next call works",
    run: async () => {
      const good = await firstCase(1);
      await loaded({ ...options, nan: "pass" }, async (model) => {
        const one = await model.runByName(good.inputs);
        const found = await model
          .runByName(repeated(good.inputs, MANY))
          .catch((error: unknown) => error);
        if (found instanceof Error) {
          same((found as HostError).code, "runtime", found.message);
        } else {
          for (const spec of contract.outputs) {
            const output = (found as Record<string, Output>)[spec.name] as Output;
            same(output.dims[0], MANY, spec.name);
            const row = (one[spec.name] as Output).data.length;
            close(output.data.slice(-row), (one[spec.name] as Output).data);
          }
        }
        sameOutputs(await model.runByName(good.inputs), one);
      });
    },
  };
  return [
    {
      name: "a batch of 0 gives empty outputs of the right shapes",
      run: async () => {
        const good = await firstCase(1);
        await loaded(options, async (model) => {
          const one = await model.runByName(good.inputs);
          const none = await model.runByName(repeated(good.inputs, 0));
          for (const spec of contract.outputs) {
            const [got, wanted] = [none[spec.name] as Output, one[spec.name] as Output];
            same(got.data.length, 0, spec.name);
            same(got.data.constructor.name, wanted.data.constructor.name, spec.name);
            same(got.dims[0], 0, spec.name);
            same(got.dims.length, spec.dims.length, spec.name);
          }
        });
      },
    },
    elements > MOST
      ? { ...many, skip: `${elements} elements are more than is fair to ask for` }
      : many,
    {
      name: "an array that the caller writes to while the model runs changes no answer",
      run: async () => {
        const good = await firstCase(1);
        await loaded({ ...options, nan: "pass" }, async (model) => {
          const wanted = await model.runByName(repeated(good.inputs, 64));
          for (let round = 0; round < 4; round++) {
            const own = repeated(good.inputs, 64);
            const running = model.runByName(own);
            for (const { data } of Object.values(own)) overwrite(data);
            sameOutputs(await running, wanted);
          }
        });
      },
    },
    {
      name: "a batch over the limit is refused where there is one",
      run: async () => {
        const good = await firstCase(2);
        await loaded({ ...options, maxBatch: 1 }, async (model) => {
          const error = await raised(model.runByName(good.inputs));
          same(error.code, "batch-limit", error.message);
        });
      },
    },
  ];
}

function files(platform: Platform): Test[] {
  const { options } = platform;
  const altered = (what: string, change: (bytes: Uint8Array) => Uint8Array): Test => ({
    name: `the model's file is ${what}`,
    run: async () => {
      const bytes = await platform.read(contract.file.path);
      const model = await platform.url(change(bytes.slice()));
      const error = await raised(Model.load({ ...options, model }));
      same(error.code, "model-altered", error.message);
      await (await Model.load(options)).release();
    },
  });
  return [
    altered("empty", () => new Uint8Array()),
    altered("cut short", (bytes) => bytes.subarray(0, bytes.length / 2)),
    altered("longer", (bytes) => new Uint8Array([...bytes, 0])),
    altered("altered by one bit", (bytes) => {
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] as number) ^ 1;
      return bytes;
    }),
    {
      name: "the model's file is missing",
      run: async () => {
        const error = await raised(
          Model.load({ ...options, model: new URL("missing.onnx", import.meta.url) }),
        );
        same(error.code, "model-missing", error.message);
        await (await Model.load(options)).release();
      },
    },
    {
      name: "the model's file is no model, although its checksum is right",
      run: async () => {
        const model = await platform.url(new Uint8Array());
        const sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        const file = { path: "", sha256, bytes: 0 };
        const error = await raised(Session.open({ ...contract, file }, { ...options, model }));
        same(error.code, "model-invalid", error.message);
        await (await Model.load(options)).release();
      },
    },
  ];
}

function lifetimes(platform: Platform): Test[] {
  const { memory, options } = platform;
  return [
    {
      name: "calls at the same time give what one gives, and a release waits for them",
      run: async () => {
        const good = await firstCase(2);
        const model = await Model.load(options);
        const one = await model.runByName(good.inputs);
        const running = Array.from({ length: 8 }, () => model.runByName(good.inputs));
        // The calls begin first: what is released is refused.
        await Promise.resolve();
        await model.release();
        for (const outputs of await Promise.all(running)) sameOutputs(outputs, one);
      },
    },
    {
      name: "after its release a model refuses to run, and a second release does nothing",
      run: async () => {
        const good = await firstCase(1);
        const model = await Model.load(options);
        await model.release();
        await model.release();
        same((await raised(model.runByName(good.inputs))).code, "released");
      },
    },
    {
      name: "hundreds of calls, good and bad, and ten loads keep no memory",
      ...(memory ? {} : { skip: "this platform does not say how much there is" }),
      run: async () => {
        const good = await firstCase(1);
        const round = async (): Promise<number> => {
          for (let load = 0; load < 10; load++) {
            await loaded(options, async (model) => {
              for (let call = 0; call < 20; call++) {
                await model.runByName(good.inputs);
                await raised(model.runByName({}));
              }
            });
          }
          return memory?.() ?? 0;
        };
        const warm = await round();
        const end = await round();
        same(end - warm < 16e6, true, `${end - warm} bytes more than before`);
      },
    },
  ];
}

function zeros(): Input {
  return { data: new Float32Array(1), dims: [1] };
}

/** Values that no dtype has. */
function holes(length: number): readonly never[] {
  return new Array<never>(Math.max(1, length));
}

function overwrite(data: Input["data"]): void {
  if (Array.isArray(data)) data.fill("something else");
  else if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.fill(1n << 62n);
  else (data as Float32Array).fill(1e9);
}

function oneRowLess({ data, dims }: Input): unknown {
  const [batch = 0, ...rest] = dims;
  return { data: data.slice(0, (data.length / batch) * (batch - 1)), dims: [batch - 1, ...rest] };
}

function withFirst({ data, dims }: Input, value: number, spec?: TensorSpec): unknown {
  const changed = data.slice() as Float32Array | BigInt64Array | Uint16Array;
  if (spec?.dtype === "float16") changed[0] = 0x7e00;
  else if (changed instanceof BigInt64Array || changed instanceof BigUint64Array)
    changed[0] = BigInt(value);
  else changed[0] = value;
  return { data: changed, dims };
}

function rowSize(spec: TensorSpec): number {
  return spec.dims
    .slice(1)
    .reduce<number>((size, dim) => size * (typeof dim === "number" ? dim : 16), 1);
}

/** The first row of each input, as often as asked for. */
function repeated(inputs: Case["inputs"], times: number): Inputs {
  const found: Inputs = Object.create(null);
  for (const [name, { data, dims }] of Object.entries(inputs)) {
    const [batch = 1, ...rest] = dims;
    const row = data.slice(0, data.length / batch);
    found[name] = { data: tiled(row, times) as Float32Array, dims: [times, ...rest] };
  }
  return found;
}

function tiled(row: Input["data"], times: number): Input["data"] {
  if (Array.isArray(row))
    return Array.from({ length: row.length * times }, (_, i) => row[i % row.length]);
  const kind = row.constructor as new (length: number) => Float32Array;
  const found = new kind(row.length * times);
  for (let time = 0; time < times; time++) found.set(row as Float32Array, time * row.length);
  return found;
}

function sameOutputs(got: Record<string, Output>, wanted: Record<string, Output>): void {
  for (const name of Object.keys(wanted)) same(got[name], wanted[name], name);
}

function close(got: Output["data"], wanted: Output["data"]): void {
  wanted.forEach((value: unknown, index: number) => {
    const found: unknown = got[index];
    const near =
      typeof value === "number" &&
      Math.abs((found as number) - value) <= 1e-5 + 1e-5 * Math.abs(value);
    if (!near) same(found, value, `element ${index}`);
  });
}
