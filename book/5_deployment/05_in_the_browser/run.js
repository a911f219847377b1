// Runs a piece of JavaScript with the program, as program and as gpt, and the weights, as load(), in its scope, for the notebook.
// Standard input: {program, weights: a path, config, body, values}; standard output: what the piece returns, as JSON.
const fs = require("node:fs");
const { program, weights, config, body, values } = JSON.parse(fs.readFileSync(0, "utf8"));
const place = { exports: {} };
new Function("module", program)(place);
const gpt = place.exports;

function load() {
  const file = fs.readFileSync(weights);
  return new gpt.GPT(gpt.readWeights(file.buffer.slice(file.byteOffset, file.byteOffset + file.length)), config);
}

const Waiting = (async () => {}).constructor; // a function whose body may wait
const run = new Waiting("program", "gpt", "load", "require", ...Object.keys(values), body);
run(gpt, gpt, load, require, ...Object.values(values)).then((result) => console.log(JSON.stringify(result)));
