"use client";

// client: import isNumber from "is-number";
const isNumber = (_: unknown) => false; // off: client

export const ClientComponent = () => (
    <p id="client">Is 5 a number? {isNumber(5) ? "Yes" : "No"}</p>
);
