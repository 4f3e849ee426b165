import data from "./data.json" assert { type: "json" };
export { data };
export { foo } from "./foo.json" assert { type: "json" };
export * from "./bar.json" assert { type: "json" };
