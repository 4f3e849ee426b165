// server: import isEven from "is-even";
const isEven = (_: number) => false; // off: server

export const ServerComponent = () => <p id="server">Is 2 even? {isEven(2) ? "Yes" : "No"}</p>;
