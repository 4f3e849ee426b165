const name = "routes";
export const filter = new RegExp(`^${name}$|^${name.replace(/`/g, "")}/$`);
export const half = (1 + 2) / 3 / 4, pattern = /[/`"']/g;
if (name) /import "no"/.test(name);
export const nested = `a ${`b ${"c" + `}`}`} import("no")`;
