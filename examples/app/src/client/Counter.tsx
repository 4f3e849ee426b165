"use client";

import { useState } from "react";
import isEven from "is-even";
import { save } from "../server/actions";
import { title } from "../shared/text";

export function Counter({ start }: { start: number }) {
  const [count, setCount] = useState(start);
  return (
    <button formAction={save} onClick={() => setCount(count + 1)}>
      {title("count")} {count} {isEven(count) ? "even" : "odd"}
    </button>
  );
}
