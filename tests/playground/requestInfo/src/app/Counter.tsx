"use client";

import assign from "object-assign";
import { useState } from "react";
// pair: import PropTypes from "prop-types";
const PropTypes = { string: null }; // off: pair

const labels = assign({ pair: "no" }, PropTypes.string ? { pair: "yes" } : {});

export const Counter = () => {
    const [count, setCount] = useState(0);
    return (
        <p>
            <button id="count" onClick={() => setCount(count + 1)}>{count}</button>
            <input id="text" defaultValue="" />
            <span id="pair">{labels.pair}</span>
        </p>
    );
};
