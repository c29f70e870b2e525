// Compiles the contracts and prints {"name": "creation code in hex"} as JSON.
// Usage: NODE_PATH=<folder>/node_modules node tests/contracts/compile.mjs, after `npm install --prefix <folder> solc@0.8.37`
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");
const here = new URL(".", import.meta.url);
const files = { "Deployless.sol": new URL("../../bot/proof/contracts/Deployless.sol", here), "Doubles.sol": new URL("Doubles.sol", here) };
const sources = Object.fromEntries(Object.entries(files).map(([name, url]) => [name, { content: readFileSync(url, "utf8") }]));
const settings = {
  evmVersion: "paris", // no newer opcodes, so that older chains run it as well
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
};
const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
for (const problem of output.errors ?? []) console.error(problem.formattedMessage);
const codes = Object.values(output.contracts).flatMap((file) => Object.entries(file));
console.log(JSON.stringify(Object.fromEntries(codes.map(([name, contract]) => [name, contract.evm.bytecode.object])), null, 2));
