<% from "zeros.ts" import zeros %>
/** A minimal program: load, run one row, print, release. Put your own values in the place of zeros. */

import { HostError, Model<%= ", labels" if model.outputs|selectattr("labels")|list %> } from "./client.js";

try {
  const model = await Model.load();
  try {
    const outputs = await model.run({
<% for t in model.given %>
      <%= t.identifier %>: <%= zeros(t, model.preprocessing and model.preprocessing.samples) %>,
<% endfor %>
    });
<% for t in model.outputs %>
    console.log(<%= t.name|text %>, outputs.<%= t.identifier %>.dims, outputs.<%= t.identifier %>.data<%= ", labels." ~ t.identifier if t.labels|length %>);
<% endfor %>
  } finally {
    await model.release();
  }
} catch (error) {
  if (!(error instanceof HostError)) throw error;
  console.error(`error [${error.code}]: ${error.message}`);
  process.exitCode = 1;
}
