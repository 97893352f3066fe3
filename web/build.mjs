// Sources of the page -> ../src/initlab/lab/static, which the package ships: users need no node.
import { copyFileSync, mkdirSync } from "node:fs";
import { build } from "esbuild";

const target = process.argv[2] ?? "../src/initlab/lab/static";
mkdirSync(target, { recursive: true });
await build({
  entryPoints: { lab: "main.ts" },
  outdir: target,
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: "es2022",
  legalComments: "none",
  banner: { js: "/* initlab lab; contains uPlot, (c) Leon Sorokin, MIT licence */" },
});
copyFileSync("index.html", `${target}/index.html`);
