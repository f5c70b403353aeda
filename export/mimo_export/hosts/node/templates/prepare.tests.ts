/** Tests of the preprocessing: the examples that came with the bundle, and what is refused. */

import { Model, contract, given, type Input } from "./client.js";
import { Preparation } from "./prepare.js";
import { apply, type Given } from "./rules.js";
import { firstCase, loaded, raised, same, type Platform, type Test } from "./testing.js";

/** Return the elements of nested lists in C order, and their shape. */
function flat(rows: unknown): { data: (string | number | bigint)[]; dims: number[] } {
  const dims: number[] = [];
  for (let item = rows; Array.isArray(item); item = item[0]) dims.push(item.length);
  return { data: [rows].flat(Infinity) as (string | number)[], dims };
}

/** Return elements as their decimal digits: integers beyond 2^53 are strings in JSON. */
function digits(data: ArrayLike<unknown>): string[] {
  return Array.from(data, (item) => String(typeof item === "boolean" ? Number(item) : item));
}

/** Return an example's values of a source: strings stay, integers become exact. */
function valuesOf(name: string, rows: unknown): Given {
  const { data, dims } = flat(rows);
  const isText = given.find((spec) => spec.name === name)?.dtype === "string";
  return { data: isText ? data : data.map((item) => BigInt(item)), dims };
}

/** Return tests of the rules. */
export function preparationTests({ read, url, options }: Platform): Test[] {
  return [
    {
      name: "the rules give for every example what Keras gives",
      run: async () => {
        const { rules, examples } = await Preparation.load();
        same(rules.length > 0 && examples.length > 0, true, "rules and examples");
        for (const { inputs, outputs } of examples) {
          for (const rule of rules) {
            const got = apply(
              rule,
              rule.sources.map((source) => valuesOf(source, inputs[source])),
            );
            const wanted = flat(outputs[rule.output.name]);
            const floats = rule.output.dtype.startsWith("float");
            same(got.dims, wanted.dims, rule.output.name);
            same(
              floats ? Array.from(got.data as Float32Array) : digits(got.data),
              floats ? wanted.data : digits(wanted.data),
              rule.output.name,
            );
          }
        }
      },
    },
    {
      name: "what a user has gives what the prepared inputs give",
      run: async () => {
        const row = await firstRow();
        await loaded(options, async (model) => {
          const outputs = await model.runByName(model.prepared(row));
          const named = Object.fromEntries(given.map((spec) => [spec.identifier, row[spec.name]]));
          const typed = (await model.run(named as never)) as unknown as Record<string, unknown>;
          for (const { name, identifier } of contract.outputs)
            same(typed[identifier], outputs[name]);
        });
      },
    },
    {
      name: "a batch of 0 gives empty outputs",
      run: async () => {
        const row = await firstRow();
        const none = Object.fromEntries(
          given.map(({ name, identifier }) => {
            const { data, dims } = row[name] as Input;
            return [identifier, { data: data.slice(0, 0), dims: [0, ...dims.slice(1)] }];
          }),
        );
        await loaded(options, async (model) => {
          const outputs = (await model.run(none as never)) as unknown as Record<
            string,
            { dims: number[] }
          >;
          for (const { identifier } of contract.outputs) same(outputs[identifier]?.dims[0], 0);
        });
      },
    },
    ...given
      .filter(({ dtype }) => dtype === "string")
      .map(({ name, identifier }) => ({
        name: `refused: '${name}' is no text`,
        run: async () => {
          const row = await firstRow();
          await loaded(options, async (model) => {
            const good = model.prepared(row);
            for (const wrong of ["\ud800", 1, undefined]) {
              const { data, dims } = row[name] as Input;
              const changed = {
                ...row,
                [name]: { data: Array.from(data as string[], () => wrong), dims },
              };
              const error = await raised(
                Promise.resolve().then(() => model.prepared(changed as never)),
              );
              same([error.code, error.input], ["dtype", name], identifier);
            }
            await model.runByName(good);
          });
        },
      })),
    {
      name: "rules that are missing or altered are refused",
      run: async () => {
        const preprocessing = new URL("missing.json", import.meta.url);
        const missing = await raised(Model.load({ ...options, preprocessing }));
        same(missing.code, "model-missing", missing.message);
        const bytes = (await read("model/preprocessing.json")).slice();
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
        const altered = await raised(Model.load({ ...options, preprocessing: await url(bytes) }));
        same(altered.code, "model-altered", altered.message);
        await (await Model.load(options)).release();
      },
    },
  ];
}

/** One row of what a user gives: of the examples, and for what no rule reads, of the golden vectors. */
async function firstRow(): Promise<Record<string, Input>> {
  const [{ examples }, good] = [await Preparation.load(), await firstCase(1)];
  const row: Record<string, Input> = Object.create(null);
  for (const { name, dtype } of given) {
    const rows = examples[0]?.inputs[name];
    const { data, dims } =
      rows === undefined ? (good.inputs[name] as Input) : (valuesOf(name, rows) as Input);
    const one = data.slice(0, data.length / (dims[0] ?? 1));
    const whole = rows === undefined || dtype === "string" || dtype.includes("64");
    const elements = whole ? one : Array.from(one as ArrayLike<bigint>, Number);
    row[name] = { data: elements as readonly string[], dims: [1, ...dims.slice(1)] };
  }
  return row;
}
