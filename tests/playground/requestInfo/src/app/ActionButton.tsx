"use client";

import { useState } from "react";

import { act } from "@/app/actions";

export const ActionButton = () => {
    const [result, setResult] = useState("");
    return (
        <p>
            <button id="act" onClick={async () => setResult(await act("button"))}>act</button>
            <output id="result">{result}</output>
        </p>
    );
};
