// What `pulumi preview --policy-pack policies` starts. Types are checked by `tsc`: at every preview it would take longer than the preview.
require("tsx/cjs");
process.chdir(__dirname);
require("./pack.ts").serve();
