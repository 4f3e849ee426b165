import data from "./data.json" with { type: "json" };
export * from "./entry.js" with {
  "transition": "server-only"
};
export { a } from "./a.js" with { type: "x", };
const later = import("./later.json", { with: { type: "json" } });
export default later ?? data;
