export const k = () => {}
/import("no")/g.test("k");
