export declare const add: import("./types.js").Curried<
  Date,
  import("../options.js").Options<Date>
>;
export declare const Command_base: {
    new (input: string): import("./client.js").Command<string, import("./client.js").Output>;
    fees?: import("./fees.js").Fees<undefined> | undefined;
};
export type Wide = import("./a.js").B<{ c: string }>[] | import("./d.js").E<"f" | "g">;
