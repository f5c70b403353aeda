/** Tests of the words: the examples that came with the bundle, and what is refused. */

import { Model, Words, contract, type TextInput } from "./client.js";
import { firstCase, raised, same, type Platform, type Test } from "./testing.js";

interface Example {
  readonly text: string;
  readonly words: readonly string[];
  /** By the input's name in the file; without the padding behind them. */
  readonly ids: Readonly<Record<string, readonly number[]>>;
}

/** The inputs that are made of texts. */
const INPUTS: readonly TextInput[] = [<% for t in model.texts %><%= ", " if not loop.first %><%= t.identifier|text %><% endfor %>];

/** Return the tests of the words. */
export function wordTests({ read, url, options }: Platform): Test[] {
  const stored = async (): Promise<readonly Example[]> => {
    const text = new TextDecoder().decode(await read("model/golden/words.json"));
    return (JSON.parse(text) as { examples: readonly Example[] }).examples;
  };
  return [
    {
      name: "the words and ids of the examples are Python's",
      run: async () => {
        const [words, examples] = [await Words.load(), await stored()];
        same(examples.length > 30, true, "examples");
        for (const { text, words: wanted } of examples) same(words.split(text), wanted, text);
        for (const input of INPUTS) {
          const { data, dims } = words.ids(
            examples.map(({ text }) => text),
            input,
          );
          const length = dims[1] ?? 0;
          const name = contract.inputs.find(({ identifier }) => identifier === input)?.name ?? "";
          examples.forEach(({ text, ids }, row) => {
            const wanted = [...(ids[name] ?? []), ...new Array<number>(length).fill(0)];
            const got = Array.from(data.slice(row * length, (row + 1) * length));
            same(got, wanted.slice(0, length), text);
          });
        }
      },
    },
    {
      name: "no texts are no rows, a text without words is one unknown word, and the longest is cut",
      run: async () => {
        const words = await Words.load();
        const none = words.ids([]);
        same([none.data.length, none.dims[0]], [0, 0]);
        for (const text of ["", " ", "_.,'", "\0", "\ud800", "\udc00\ud800"]) {
          same(words.split(text), [], JSON.stringify(text));
          same(
            Array.from(words.ids([text]).data.slice(0, 2)),
            [1, 0].slice(0, words.ids([text]).dims[1]),
          );
        }
        const long = words.ids(["\u00e9 ".repeat(500_000)]);
        same(
          Array.from(long.data).every((id) => id > 0),
          true,
          "a row of words",
        );
      },
    },
    {
      name: "the model takes the ids of texts",
      run: async () => {
        const [words, good] = [await Words.load(), await firstCase(1)];
        const inputs = { ...good.inputs };
        const batch = inputs[contract.inputs[0]?.name ?? ""]?.dims[0] ?? 0;
        for (const { name, identifier } of contract.inputs) {
          if (!INPUTS.includes(identifier as TextInput)) continue;
          inputs[name] = words.ids(new Array<string>(batch).fill("a b"), identifier as TextInput);
        }
        const model = await Model.load(options);
        try {
          await model.runByName(inputs);
        } finally {
          await model.release();
        }
      },
    },
    {
      name: "what is no list of texts is refused",
      run: async () => {
        const words = await Words.load();
        for (const wrong of ["text", null, undefined, 1, [1], ["a", undefined], new Array(1)]) {
          const call = Promise.resolve().then(() => words.ids(wrong as unknown as string[]));
          const error = await raised(call);
          same([error.code, error.input], ["dtype", <%= model.texts[0].name|text %>], error.message);
        }
        same(words.ids(["a"]).dims[0], 1);
      },
    },
    {
      name: "a vocabulary that is missing or altered is refused",
      run: async () => {
        const missing = await raised(Words.load(new URL("missing.json", import.meta.url)));
        same(missing.code, "model-missing", missing.message);
        const bytes = (await read("model/vocabulary.json")).slice();
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
        const altered = await raised(Words.load(await url(bytes)));
        same(altered.code, "model-altered", altered.message);
        same((await Words.load()).ids(["a"]).dims[0], 1);
      },
    },
  ];
}
