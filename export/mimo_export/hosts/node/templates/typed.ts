/** Tests of the typed client, written for this contract. */

import type { <%= "Input, " if not model.preprocessing %>LoadOptions } from "./client.js";
import { <%= "firstCase, " if not model.preprocessing %>loaded, raised, same, type Test } from "./testing.js";

/** Return the tests of the bundle's own names and types. */
export function typedTests(options: LoadOptions): Test[] {
  return [
    {
      name: "the compiler refuses what does not fit the contract",
      run: async () => {
        await loaded(options, async (model) => {
          // @ts-expect-error: an input of the contract is missing
          same((await raised(model.run({}))).code, "name-missing");
          // @ts-expect-error: a text is no tensor
          same((await raised(model.run({ <% for t in model.given %><%= ", " if not loop.first %><%= t.identifier %>: "text"<% endfor %> }))).code, "dtype");
        });
      },
    },
<% if not model.preprocessing %>
    {
      name: "inputs by the client's names give what they give by the file's",
      run: async () => {
        const good = await firstCase(1);
        await loaded(options, async (model) => {
          const named = await model.runByName(good.inputs);
          const typed = await model.run({
<% for tensor in model.inputs %>
            <%= tensor.identifier %>: good.inputs[<%= tensor.name|text %>] as Input<<%= tensor.dtype|text %>>,
<% endfor %>
          });
<% for tensor in model.outputs %>
          same(typed.<%= tensor.identifier %>, named[<%= tensor.name|text %>]);
<% endfor %>
        });
      },
    },
<% endif %>
  ];
}

