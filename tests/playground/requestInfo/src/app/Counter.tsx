"use client";

import { useState } from "react";

export const Counter = () => {
    const [count, setCount] = useState(0);
    return (
        <p>
            <button id="count" onClick={() => setCount(count + 1)}>{count}</button>
            <input id="text" defaultValue="" />
        </p>
    );
};
