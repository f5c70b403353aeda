/** The page: each model starts by itself, so that one that fails leaves the others alone. */

<% for name in models %>
import { start as <%= name %> } from "./<%= name %>.js";
<% endfor %>
import { Card } from "./card.js";

const STARTS: readonly (readonly [string, (card: Card) => Promise<void>])[] = [
<% for name in models %>
  [<%= name|text %>, <%= name %>],
<% endfor %>
];

for (const [name, start] of STARTS) {
  const card = new Card(name);
  await start(card).catch((error: unknown) => card.broken(error));
}
